//! Tables for a base that repeats.

use core::fmt;

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::Zeroize as _;

use crate::backend::{Fr, P1, P1Affine};
use crate::{G1Point, G1Sum, Scalar, SecretScalar};

/// Windows of four bits in a scalar.
const WINDOWS: usize = 64;

/// The multiples j·16^i·P for 0 <= j < 16 and 0 <= i < 64: 98 kB, which make a multiplication of P a
/// sum of 64 points, in constant time.
#[derive(Clone)]
pub struct G1Table(Vec<[P1Affine; 16]>);

impl G1Table {
    /// Precomputes the multiples of a public base.
    #[must_use]
    pub fn new(base: &G1Point) -> Self {
        let mut multiples = Vec::with_capacity(16 * WINDOWS);
        let mut base = P1::from(base.0);
        for _ in 0..WINDOWS {
            let mut multiple = P1::default();
            for _ in 0..16 {
                multiples.push(multiple);
                multiple = multiple.add(&base);
            }
            base = multiple;
        }
        Self(P1::batch_to_affine(&multiples).as_chunks::<16>().0.to_vec())
    }

    /// k·P for publication, in constant time; never the identity.
    #[must_use]
    pub fn mul(&self, k: &SecretScalar) -> G1Point {
        G1Point(self.product(&k.0).to_affine())
    }

    /// k·P for a scalar that may be zero, in constant time.
    #[must_use]
    pub fn mul_scalar(&self, k: &Scalar) -> G1Sum {
        G1Sum(self.product(&k.0))
    }

    fn product(&self, k: &Fr) -> P1 {
        let mut bytes = k.to_le_bytes();
        let mut sum = P1::default();
        let nibbles = bytes.iter().flat_map(|byte| [byte & 15, byte >> 4]);
        for (nibble, row) in nibbles.zip(&self.0) {
            let mut term = P1Affine::default();
            for (index, candidate) in (0_u8..).zip(row) {
                term.conditional_assign(candidate, index.ct_eq(&nibble));
            }
            sum = sum.add_affine(&term);
        }
        bytes.zeroize();
        sum
    }
}

impl fmt::Debug for G1Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("G1Table").finish_non_exhaustive()
    }
}
