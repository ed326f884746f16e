//! What a client asks with (section 4.2.1).

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};

use crate::arc::group::{ELEMENT, Element, SCALAR, read};
use crate::arc::statement;
use crate::sigma::proof::{Proof, Rejected};
use crate::suite::nist::P256;
use crate::tags;

/// Client to server: two commitments, and a proof that the client can open them. 226 bytes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Request {
    pub(super) m1_enc: Element,
    pub(super) m2_enc: Element,
    pub(super) proof: Proof<P256>,
}

impl Request {
    /// Length in bytes, `Nrequest`.
    pub const LEN: usize = 2 * ELEMENT + 5 * SCALAR;

    /// Reads `m1Enc ‖ m2Enc ‖ proof`.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, for points and scalars that are not canonical, for the identity and
    /// for zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() != Self::LEN {
            return Err(DecodeError::Length);
        }
        let mut reader = Reader::new(bytes);
        Ok(Self {
            m1_enc: read(&mut reader)?,
            m2_enc: read(&mut reader)?,
            proof: Proof::read(&mut reader, 4)?,
        })
    }

    /// Writes what [`Self::from_bytes`] reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = [self.m1_enc.as_slice(), self.m2_enc.as_slice()].concat();
        self.proof.write(&mut bytes);
        bytes
    }

    /// # Errors
    /// [`Rejected`] if the client cannot open the commitments.
    pub(super) fn verify(&self) -> Result<(), Rejected> {
        statement::request(&self.m1_enc, &self.m2_enc).verify(tags::arc::REQUEST, &self.proof)
    }
}
