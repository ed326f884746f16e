//! What a redemption is bound to.

use alloc::boxed::Box;

use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};

/// The name of a redeemer: 1 to 255 bytes, agreed between it and its clients, told apart byte by byte.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedeemerId(Box<[u8]>);

impl RedeemerId {
    /// The longest name in bytes.
    pub const MAX_LEN: usize = 255;

    /// Takes a name.
    ///
    /// # Errors
    /// [`OutOfRange`] if it is empty or longer than [`RedeemerId::MAX_LEN`].
    pub fn new(name: &[u8]) -> Result<Self, OutOfRange> {
        if name.is_empty() || name.len() > Self::MAX_LEN {
            return Err(OUT_OF_RANGE);
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
/// The context says what the payload is for: protocol and version, route, tenant; or the channel, by its TLS
/// exporter, where a request must not be taken to another connection. Both sides know it, so it is not sent.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Binding<'a> {
    /// The redeemer that the request is for.
    pub redeemer: &'a RedeemerId,
    /// What the payload is for; may be empty.
    pub context: &'a [u8],
    /// What the redeemer shall accept; may be empty.
    pub payload: &'a [u8],
}
