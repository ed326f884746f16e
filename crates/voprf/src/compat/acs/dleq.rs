//! ACS's proof that two pairs have the same logarithm.

use core::fmt::{self, Debug, Formatter};

use curve25519_dalek::scalar::Scalar;
use milagro_base::DecodeError;
use rand_core::CryptoRng;
use sha2::{Digest, Sha512};
use zeroize::Zeroizing;

use super::curve::Curve;
use crate::error::Error;
use crate::modes::context::Hedge;
use crate::modes::wire::hex;
use crate::suite;
use crate::tags;

/// Bytes of an element or a scalar.
pub const ELEMENT_LEN: usize = 32;
/// Bytes of a proof.
pub const PROOF_LEN: usize = 64;

/// Hs(parts) = SHA-512(parts) mod L.
pub(super) fn hash_to_scalar(parts: &[&[u8]]) -> Scalar {
    let mut hash = Sha512::new();
    for part in parts {
        hash.update(part);
    }
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

pub(super) fn decode_scalar(bytes: &[u8]) -> Result<Scalar, DecodeError> {
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| DecodeError::Length)?;
    Scalar::from_canonical_bytes(bytes)
        .into_option()
        .ok_or(DecodeError::ScalarOutOfRange)
}

/// A secret scalar, not zero.
pub(super) fn decode_secret(bytes: &[u8]) -> Result<Zeroizing<Scalar>, DecodeError> {
    let scalar = Zeroizing::new(decode_scalar(bytes)?);
    if *scalar == Scalar::ZERO {
        Err(DecodeError::ZeroScalar)
    } else {
        Ok(scalar)
    }
}

/// A source of secret scalars; what it is given enters the hash.
pub(super) fn hedge<R: CryptoRng + ?Sized>(
    rng: &mut R,
    role: &[u8],
) -> impl FnMut(&[&[u8]]) -> Scalar + use<R> {
    let hedge = Hedge::<suite::Ristretto255>::new(rng, &[tags::ACS, role].concat());
    let mut count = 0_u32;
    move |message| {
        count = count.wrapping_add(1);
        *hedge.scalar(&[&[count.to_be_bytes().as_slice()], message].concat())
    }
}

/// A point with its bytes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element<C: Curve> {
    pub(super) point: C::Point,
    pub(super) bytes: [u8; 32],
}

impl<C: Curve> Element<C> {
    pub(super) fn new(point: C::Point) -> Self {
        Self {
            point,
            bytes: C::encode(&point),
        }
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let bytes = bytes.try_into().map_err(|_| DecodeError::Length)?;
        Ok(Self {
            point: C::decode(&bytes)?,
            bytes,
        })
    }

    pub(super) fn generator() -> Self {
        Self::new(C::generator())
    }
}

/// log_B1(E1) = log_B2(E2)
pub(super) struct Statement<'a, C: Curve> {
    pub(super) first: [&'a Element<C>; 2],
    pub(super) second: [&'a Element<C>; 2],
}

impl<C: Curve> Statement<'_, C> {
    fn challenge(&self, commitments: [C::Point; 2]) -> Scalar {
        let [b1, e1] = self.first;
        let [b2, e2] = self.second;
        let [r1, r2] = commitments.map(|point| C::encode(&point));
        hash_to_scalar(&[&b1.bytes, &e1.bytes, &b2.bytes, &e2.bytes, &r1, &r2])
    }

    /// The bytes a nonce is hedged with.
    pub(super) fn transcript(&self) -> [u8; 128] {
        let [b1, e1] = self.first;
        let [b2, e2] = self.second;
        let mut bytes = [0; 128];
        let parts = [b1.bytes, e1.bytes, b2.bytes, e2.bytes];
        for (to, from) in bytes.iter_mut().zip(parts.iter().flatten()) {
            *to = *from;
        }
        bytes
    }

    pub(super) fn prove(&self, witness: &Scalar, nonce: &Scalar) -> Proof {
        let bases = [self.first[0], self.second[0]];
        let c = self.challenge(bases.map(|base| C::mul(&base.point, nonce)));
        Proof {
            c,
            s: nonce - c * witness,
        }
    }

    pub(super) fn verify(&self, proof: &Proof) -> Result<(), Error> {
        let commitment = |[b, e]: [&Element<C>; 2]| {
            C::double_mul_vartime([&proof.s, &proof.c], [&b.point, &e.point])
        };
        let commitments = [commitment(self.first), commitment(self.second)];
        if self.challenge(commitments) == proof.c {
            Ok(())
        } else {
            Err(Error::ProofRejected)
        }
    }
}

/// A proof of equal logarithms, 64 bytes.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Proof {
    pub(super) c: Scalar,
    pub(super) s: Scalar,
}

impl Proof {
    /// Decodes `c ‖ s`.
    ///
    /// # Errors
    /// [`DecodeError::Length`]; [`DecodeError::ScalarOutOfRange`] for a scalar that is not below the group
    /// order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (c, s) = bytes.split_at_checked(32).ok_or(DecodeError::Length)?;
        if s.len() != 32 {
            return Err(DecodeError::Length);
        }
        Ok(Self {
            c: decode_scalar(c)?,
            s: decode_scalar(s)?,
        })
    }

    /// Encodes `c ‖ s`.
    #[must_use]
    pub fn to_bytes(&self) -> [u8; PROOF_LEN] {
        let mut bytes = [0; PROOF_LEN];
        let parts = [self.c.to_bytes(), self.s.to_bytes()];
        for (to, from) in bytes.iter_mut().zip(parts.iter().flatten()) {
            *to = *from;
        }
        bytes
    }
}

impl Debug for Proof {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        hex(f, "Proof", &self.to_bytes())
    }
}
