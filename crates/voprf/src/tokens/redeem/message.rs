//! What a client sends to a redeemer.

use alloc::vec::Vec;
use core::fmt;

use zeroize::{ZeroizeOnDrop, Zeroizing};

use super::mac::TAG_LEN;
use crate::tokens::store::Spend;
use crate::tokens::token::codec::Reader;
use crate::tokens::token::{FormatError, KeyId, Nonce, TokenOutput, UseIndex};

/// A redemption bound to its payload: key id, nonce, use index and tag, 98 bytes beside the payload.
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ nonce (32) ‖ j (1) ‖ tag (32)`.
///
/// # Security
/// Public: it holds no secret, buys nothing but the payload it was made for, and that once.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedemptionRequest {
    pub(super) key_id: KeyId,
    pub(super) nonce: Nonce,
    pub(super) use_index: UseIndex,
    pub(super) tag: [u8; TAG_LEN],
}

impl RedemptionRequest {
    /// Length in bytes.
    pub const LEN: usize = 1 + KeyId::LEN + Nonce::LEN + 1 + TAG_LEN;
    const VERSION: u8 = 1;

    /// What it would spend.
    #[must_use]
    pub const fn spend(&self) -> Spend {
        Spend {
            key_id: self.key_id,
            nonce: self.nonce,
            use_index: self.use_index,
        }
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(Self::LEN);
        out.push(Self::VERSION);
        out.extend_from_slice(self.key_id.as_bytes());
        out.extend_from_slice(self.nonce.as_bytes());
        out.push(self.use_index.get());
        out.extend_from_slice(&self.tag);
        out
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// `Truncated`, `TrailingBytes`, `UnknownVersion`, and `OutOfRange` for a use index from 64 on.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        reader.version(Self::VERSION)?;
        let key_id = KeyId::from_bytes(&reader.array()?);
        let nonce = Nonce::from_bytes(&reader.array()?);
        let use_index = UseIndex::new(reader.u8()?)?;
        let tag = reader.array()?;
        reader.finish()?;
        Ok(Self {
            key_id,
            nonce,
            use_index,
            tag,
        })
    }
}

/// A redemption that shows the output itself and is bound to nothing: key id, nonce, output.
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ nonce (32) ‖ length (1) ‖ output (32, 48 or 64)`.
///
/// # Security
/// A bearer token: see [`Token::redeem_bare`](crate::Token::redeem_bare).
pub struct BareRequest {
    pub(super) key_id: KeyId,
    pub(super) nonce: Nonce,
    pub(super) output: TokenOutput,
}

impl BareRequest {
    /// The longest encoding in bytes.
    pub const MAX_LEN: usize = 1 + KeyId::LEN + Nonce::LEN + 1 + TokenOutput::MAX_LEN;
    const VERSION: u8 = 1;

    /// A request for an output that came about elsewhere, as in a protocol that this crate is compatible with.
    #[must_use]
    pub const fn new(key_id: KeyId, nonce: Nonce, output: TokenOutput) -> Self {
        Self {
            key_id,
            nonce,
            output,
        }
    }

    /// The bytes on the wire, in a buffer that wipes itself.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(Self::MAX_LEN));
        out.push(Self::VERSION);
        out.extend_from_slice(self.key_id.as_bytes());
        out.extend_from_slice(self.nonce.as_bytes());
        self.output.write(&mut out);
        out
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// `Truncated`, `TrailingBytes`, `UnknownVersion`, and `OutOfRange` for an output of another length.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        reader.version(Self::VERSION)?;
        let key_id = KeyId::from_bytes(&reader.array()?);
        let nonce = Nonce::from_bytes(&reader.array()?);
        let output = TokenOutput::read(&mut reader)?;
        reader.finish()?;
        Ok(Self {
            key_id,
            nonce,
            output,
        })
    }
}

impl fmt::Debug for BareRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BareRequest").finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for BareRequest {}
