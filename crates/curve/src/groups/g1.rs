//! The first source group.

use core::fmt;
use core::ops::{Add, Mul, Neg, Sub};

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::backend::group::{P1, P1Affine};
use crate::groups::error::BatchDecodeError;
use crate::groups::points::{public_point, public_sum, secret_point};
use crate::scalars::public::Scalar;
use crate::scalars::secret::{SecretResidue, SecretScalar};
use crate::wiped::wiped;
use milagro_base::{DecodeError, Reader};

/// An element of G1: in the subgroup of order r, and not the identity. 48 bytes compressed, 96
/// uncompressed.
#[derive(Clone, Copy)]
pub struct G1Point(pub(crate) P1Affine);

/// A sum of elements of G1, which may be the identity.
#[derive(Clone, Copy)]
pub struct G1Sum(pub(crate) P1);

/// A secret element of G1, not the identity. Wiped when dropped.
pub struct SecretG1(pub(crate) P1Affine);

/// A sum that contains secret elements of G1. Wiped when dropped.
pub struct SecretG1Sum(pub(crate) P1);

public_point!(G1Point, G1Sum, SecretG1, P1Affine, P1, 48);
public_sum!(G1Sum, G1Point, P1);
secret_point!(SecretG1, SecretG1Sum, G1Point, P1Affine, P1);

/// Bits of the multiplier in [`SecretG1Sum::add_small_product`]; 999,999 fits.
const SMALL_BITS: usize = 20;

impl SecretG1Sum {
    /// The sum with k·P for a secret k below 2^20, such as a PIN: always 20 bits are worked through,
    /// in constant time, which costs a tenth of [`Self::add_product`].
    ///
    /// Returns `None` for a larger k.
    #[must_use]
    pub fn add_small_product(&self, point: &G1Point, k: u32) -> Option<Self> {
        if k >> SMALL_BITS != 0 {
            return None;
        }
        let mut scalar = Zeroizing::new([0; 16]);
        scalar
            .iter_mut()
            .zip(k.to_le_bytes())
            .for_each(|(to, from)| *to = from);
        let product = P1::from(point.0).mul_short(&scalar, SMALL_BITS);
        Some(Self(self.0.add(&product)))
    }

    /// The difference, with the sum of another.
    #[must_use]
    pub fn sub(&self, other: &Self) -> Self {
        Self(self.0.add(&other.0.neg()))
    }
}

impl G1Point {
    /// Reads the 48 bytes of a point out of a longer message.
    ///
    /// # Errors
    /// As [`Self::from_bytes`], and [`DecodeError::Length`].
    pub fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        reader.array().and_then(Self::from_bytes)
    }
}
