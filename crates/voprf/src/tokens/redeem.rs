//! Spending a token: the request that proves itself, the redeemer that checks and counts, and the bare form beside it.

mod mac;
mod message;
mod redeemer;
mod refusal;

#[cfg(test)]
mod tests;

use alloc::boxed::Box;

use crate::tokens::token::{FormatError, Token};

pub use message::{BareRequest, RedemptionRequest};
pub use redeemer::{OutputSource, Redeemed, Redeemer, Reservation};
pub use refusal::{RedemptionRefused, Refusal};

/// The name of a redeemer: 1 to 255 bytes, agreed between it and its clients, told apart byte by byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedeemerId(Box<[u8]>);

impl RedeemerId {
    /// The longest name in bytes.
    pub const MAX_LEN: usize = 255;

    /// Takes a name.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] if it is empty or longer than [`RedeemerId::MAX_LEN`].
    pub fn new(name: &[u8]) -> Result<Self, FormatError> {
        if name.is_empty() || name.len() > Self::MAX_LEN {
            return Err(FormatError::OutOfRange);
        }
        Ok(Self(name.into()))
    }

    /// The name.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// What a redemption is bound to besides its token: where it is spent, in what context, and on what payload.
///
/// The context says what the payload is for: protocol and version, route, tenant; or the channel, by its TLS exporter,
/// where a request must not be taken to another connection. Both sides know it, so it is not sent.
#[derive(Clone, Copy, Debug)]
pub struct Binding<'a> {
    /// The redeemer that the request is for.
    pub redeemer: &'a RedeemerId,
    /// What the payload is for; may be empty.
    pub context: &'a [u8],
    /// What the redeemer shall accept; may be empty.
    pub payload: &'a [u8],
}

impl Token {
    /// Spends one use on this binding; gives the request, and the token back if uses are left.
    ///
    /// The request may be sent again as often as the network asks for: it buys one thing once.
    #[must_use]
    pub fn redeem(self, binding: &Binding<'_>) -> (RedemptionRequest, Option<Self>) {
        let tag = mac::tag(&self.output, &(&self).into(), binding);
        let request = RedemptionRequest {
            key_id: self.key_id,
            nonce: *self.nonce(),
            use_index: self.next,
            tag,
        };
        (request, self.advance())
    }

    /// Gives the output itself away, for redeemers that know no other form; bound to nothing.
    ///
    /// # Security
    /// Whoever sees the request can spend what the redeemer has not yet counted, on a payload of its own: only inside an
    /// authenticated, encrypted channel to the redeemer.
    #[must_use]
    pub fn redeem_bare(self) -> (BareRequest, Option<Self>) {
        let request = BareRequest {
            key_id: self.key_id,
            nonce: *self.nonce(),
            output: self.output.duplicate(),
        };
        (request, self.advance())
    }
}
