//! What a client shows (section 4.3.2).

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader};

use crate::arc::group::{ELEMENT, Element, SCALAR, read};
use crate::arc::terms::Limit;
use crate::sigma::proof::Proof;
use crate::suite::nist::P256;

/// Client to server: one of the presentations of a credential. 486 bytes for a limit of 2, 129 more for each
/// doubling.
///
/// # Security
/// It is bound to nothing but its terms: whoever has it first spends it. Send it encrypted, to the server that
/// it is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Presentation {
    pub(super) u: Element,
    pub(super) u_prime_commit: Element,
    pub(super) m1_commit: Element,
    pub(super) tag: Element,
    pub(super) nonce_commit: Element,
    /// D
    pub(super) bits: Vec<Element>,
    pub(super) proof: Proof<P256>,
}

impl Presentation {
    /// Length in bytes for that limit, `Npresentation`: 5·33 + k·33 + (6 + 3k)·32 with k = ⌈log₂ limit⌉.
    #[must_use]
    pub fn len(limit: Limit) -> usize {
        let bits = limit.bits_len();
        // At most 32 bits.
        (5 + bits) * ELEMENT + (6 + 3 * bits) * SCALAR
    }

    /// Reads `U ‖ UPrimeCommit ‖ m1Commit ‖ tag ‖ nonceCommit ‖ D ‖ proof`.
    ///
    /// # Errors
    /// [`DecodeError`] for any length but that of this limit, for points and scalars that are not canonical, for
    /// the identity and for zero.
    pub fn from_bytes(bytes: &[u8], limit: Limit) -> Result<Self, DecodeError> {
        if bytes.len() != Self::len(limit) {
            return Err(DecodeError::Length);
        }
        let bits = limit.bits_len();
        let mut points = Reader::new(bytes);
        // Scalars are the cheaper part, and come last.
        let mut scalars = Reader::new(bytes);
        scalars.bytes((5 + bits) * ELEMENT)?;
        let proof = Proof::read(&mut scalars, 5 + 3 * bits)?;
        Ok(Self {
            u: read(&mut points)?,
            u_prime_commit: read(&mut points)?,
            m1_commit: read(&mut points)?,
            tag: read(&mut points)?,
            nonce_commit: read(&mut points)?,
            bits: (0..bits)
                .map(|_| read(&mut points))
                .collect::<Result<_, _>>()?,
            proof,
        })
    }

    /// Writes what [`Self::from_bytes`] reads.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let [u, u_prime_commit, m1_commit] =
            [&self.u, &self.u_prime_commit, &self.m1_commit].map(Element::as_slice);
        let [tag, nonce_commit] = [&self.tag, &self.nonce_commit].map(Element::as_slice);
        let mut bytes = [u, u_prime_commit, m1_commit, tag, nonce_commit].concat();
        for bit in &self.bits {
            bytes.extend_from_slice(bit.as_slice());
        }
        self.proof.write(&mut bytes);
        bytes
    }
}
