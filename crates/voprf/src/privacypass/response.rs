//! What goes from issuer to client (RFC 9578, section 5.2; draft-ietf-privacypass-batched-tokens, section 5.2).

use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Reader, Writer};

use crate::modes::wire::{Evaluated, Proof};
use crate::privacypass::kind::TokenSuite;
use crate::privacypass::request::{Form, elements};
use crate::privacypass::{media, varint};
use crate::suite::ristretto::Ristretto255;

/// An issuer's answer: one evaluated element or a batch of them, with one proof.
pub struct TokenResponse<S: TokenSuite = Ristretto255> {
    pub(super) form: Form,
    pub(super) evaluated: Vec<Evaluated<S>>,
    pub(super) proof: Proof<S>,
}

impl<S: TokenSuite> TokenResponse<S> {
    /// The encoding: a TokenResponse or an AmortizedBatchTokenResponse.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = match self.form {
            Form::Single => Writer::new(),
            Form::Batch => {
                let length = self.evaluated.len().saturating_mul(S::ELEMENT_LEN);
                varint::write(Writer::new(), length)
            }
        };
        let all = self
            .evaluated
            .iter()
            .fold(head, |all, element| all.bytes(element.to_bytes().as_ref()));
        all.bytes(&self.proof.to_bytes()).finish()
    }

    /// The media type to send it with.
    #[must_use]
    pub const fn media_type(&self) -> &'static str {
        match self.form {
            Form::Single => media::TOKEN_RESPONSE,
            Form::Batch => media::BATCH_RESPONSE,
        }
    }

    /// Reads the answer to a request of that form for that many tokens. No element is decoded unless all lengths are
    /// right.
    pub(super) fn read(bytes: &[u8], form: Form, count: usize) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let list = match form {
            Form::Single => reader.bytes(S::ELEMENT_LEN)?,
            Form::Batch => elements::<S>(&mut reader, count)?,
        };
        if list.len() / S::ELEMENT_LEN != count {
            return Err(DecodeError::Length);
        }
        let proof = reader.bytes(Proof::<S>::LEN)?;
        reader.finish()?;
        Ok(Self {
            form,
            proof: Proof::from_bytes(proof)?,
            evaluated: Evaluated::list_from_bytes(list)?,
        })
    }
}

impl<S: TokenSuite> fmt::Debug for TokenResponse<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("form", &self.form)
            .field("evaluated", &self.evaluated)
            .field("proof", &self.proof)
            .finish()
    }
}
