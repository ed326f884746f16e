//! What one issuer sends.

use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::{DecodeError, Reader, Writer};
use milagro_dta::{AuthorityId, Edition};

use crate::modes::threshold::sharing::Shared;
use crate::modes::wire::{Evaluated, Proof};
use crate::suite::ristretto::Ristretto255;

/// One issuer's part of an evaluation: elements with one proof for all of them.
///
/// Bytes, version 1: `01 ‖ domain id (32) ‖ generation (8) ‖ domain digest (32) ‖ issuer (2) ‖ proof ‖ D₁ ‖ … ‖
/// Dₙ`: 139 + 32·n for ristretto255, 139 + 48·n for BLS12381G1.
#[derive(Clone)]
pub struct Partial<S: Shared = Ristretto255> {
    pub(super) edition: [u8; Edition::LEN],
    pub(super) from: AuthorityId,
    pub(super) proof: Proof<S>,
    pub(super) evaluated: Vec<Evaluated<S>>,
}

impl<S: Shared> Partial<S> {
    const VERSION: u8 = 1;
    /// Bytes before the elements.
    const HEAD: usize = 3 + Edition::LEN + Proof::<S>::LEN;

    /// Whose part it says it is.
    #[must_use]
    pub const fn from(&self) -> AuthorityId {
        self.from
    }

    /// Dij = kj·Ci, in the order of the batch, as long as nobody has checked the proof by this issuer's word.
    #[must_use]
    pub fn evaluated(&self) -> &[Evaluated<S>] {
        &self.evaluated
    }

    /// Encodes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let elements = self.evaluated.len().saturating_mul(S::ELEMENT_LEN);
        let head = Writer::with_capacity(elements.saturating_add(Self::HEAD))
            .u8(Self::VERSION)
            .bytes(&self.edition)
            .u16(self.from.get())
            .bytes(&self.proof.to_bytes());
        let elements = self.evaluated.iter();
        elements
            .fold(head, |writer, element| writer.bytes(element.0.as_slice()))
            .finish()
    }

    /// Decodes the part of a batch of `count` elements. The length is compared before any element is read.
    ///
    /// # Errors
    /// [`DecodeError::Version`], [`DecodeError::Length`]; `Value` for an issuer's number of 0 or above 255;
    /// [`DecodeError`] as for proofs and elements.
    pub fn from_bytes(bytes: &[u8], count: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let expected = count
            .checked_mul(S::ELEMENT_LEN)
            .and_then(|elements| elements.checked_add(Self::HEAD));
        if expected != Some(bytes.len()) {
            return Err(DecodeError::Length);
        }
        let edition = *reader.array()?;
        let from = AuthorityId::new(reader.u16()?).ok_or(DecodeError::Value)?;
        let proof = Proof::from_bytes(reader.bytes(Proof::<S>::LEN)?)?;
        let evaluated = Evaluated::list_from_bytes(reader.bytes(reader.remaining())?)?;
        Ok(Self {
            edition,
            from,
            proof,
            evaluated,
        })
    }
}

impl<S: Shared> Debug for Partial<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partial")
            .field("from", &self.from)
            .field("count", &self.evaluated.len())
            .finish_non_exhaustive()
    }
}
