//! The two messages of drawing tokens.

use alloc::vec::Vec;

use crate::modes::wire::{Blinded, Evaluated, Proof};
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::token::codec::Reader;
use crate::tokens::token::{FormatError, KeyId};

/// Client to issuer: the key it wants tokens under, and its blinded nonces.
///
/// Bytes, version 1: `01 ‖ key id (32) ‖ elements`, 1 to [`MAX_BATCH`](crate::MAX_BATCH) of them, 32 bytes each for ristretto255, to the end.
///
/// # Security
/// Public. It says who draws how many tokens, and nothing about the tokens.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenRequest<S: Suite = Ristretto255> {
    pub(super) key_id: KeyId,
    pub(super) blinded: Vec<Blinded<S>>,
}

impl<S: Suite> TokenRequest<S> {
    const VERSION: u8 = 1;

    /// The key that is asked for.
    #[must_use]
    pub const fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// How many tokens are asked for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.blinded.len()
    }

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 + KeyId::LEN + self.count() * S::ELEMENT_LEN);
        out.push(Self::VERSION);
        out.extend_from_slice(self.key_id.as_bytes());
        for element in &self.blinded {
            out.extend_from_slice(element.to_bytes().as_ref());
        }
        out
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// `Truncated`, `UnknownVersion`, and `Element` with the reason if the elements are not a list of 1 to [`MAX_BATCH`](crate::MAX_BATCH).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        reader.version(Self::VERSION)?;
        let key_id = KeyId::from_bytes(&reader.array()?);
        let blinded = Blinded::list_from_bytes(reader.rest())?;
        Ok(Self { key_id, blinded })
    }
}

/// Issuer to client: the evaluations, in the order of the request, with one proof for all.
///
/// Bytes, version 1: `01 ‖ proof ‖ elements`; the proof has 64 bytes for ristretto255, the elements as in [`TokenRequest`].
///
/// # Security
/// Public.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenResponse<S: Suite = Ristretto255> {
    pub(super) proof: Proof<S>,
    pub(super) evaluated: Vec<Evaluated<S>>,
}

impl<S: Suite> TokenResponse<S> {
    const VERSION: u8 = 1;

    /// The bytes on the wire.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out =
            Vec::with_capacity(1 + Proof::<S>::LEN + self.evaluated.len() * S::ELEMENT_LEN);
        out.push(Self::VERSION);
        out.extend_from_slice(&self.proof.to_bytes());
        for element in &self.evaluated {
            out.extend_from_slice(element.to_bytes().as_ref());
        }
        out
    }

    /// Reads the bytes on the wire.
    ///
    /// # Errors
    /// `Truncated`, `UnknownVersion`, and `Element` with the reason if the proof or the elements are not well-formed.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader(bytes);
        reader.version(Self::VERSION)?;
        let proof = Proof::from_bytes(reader.bytes(Proof::<S>::LEN)?)?;
        let evaluated = Evaluated::list_from_bytes(reader.rest())?;
        Ok(Self { proof, evaluated })
    }
}
