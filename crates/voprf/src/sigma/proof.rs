//! Proofs as they cross the wire.

use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader};

use crate::modes::wire::hex;
use crate::sigma::transcript::Codec;

/// (c, s): a challenge with a response for each secret.
#[derive(Clone, Eq, PartialEq)]
pub(crate) struct Proof<S: Codec> {
    pub(crate) challenge: S::Scalar,
    pub(crate) responses: Vec<S::Scalar>,
}

impl<S: Codec> Proof<S> {
    /// Reads the proof of a statement with that many secrets, which the caller has bounded.
    ///
    /// # Errors
    /// [`DecodeError::Length`]; `ScalarOutOfRange` and `ZeroScalar` for scalars outside 1 to p - 1.
    pub(crate) fn read(reader: &mut Reader<'_>, secrets: usize) -> Result<Self, DecodeError> {
        let mut scalar = || {
            let scalar = S::decode_scalar(reader.bytes(S::SCALAR_LEN)?)?;
            if S::is_zero(&scalar) {
                Err(DecodeError::ZeroScalar)
            } else {
                Ok(scalar)
            }
        };
        Ok(Self {
            challenge: scalar()?,
            responses: (0..secrets).map(|_| scalar()).collect::<Result<_, _>>()?,
        })
    }

    /// `c ‖ s₁ ‖ … ‖ sₙ`
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        for scalar in core::iter::once(&self.challenge).chain(&self.responses) {
            out.extend_from_slice(S::encode_scalar(scalar).as_ref());
        }
    }
}

impl<S: Codec> fmt::Debug for Proof<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        hex(f, "Proof", &bytes)
    }
}

/// A proof does not hold for this key and these elements: all that is said of why.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "there is nothing more to say")]
pub struct Rejected;

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proof rejected")
    }
}

impl core::error::Error for Rejected {}
