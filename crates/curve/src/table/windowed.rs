//! Multiples in windows, for a base that is multiplied by secrets.

use subtle::{ConditionallySelectable as _, ConstantTimeEq as _};
use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

use crate::backend::fr::Fr;
use crate::backend::group::{P1, P1Affine};
use crate::groups::g1::{G1Point, G1Sum, SecretG1};
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;

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
        Self::of(base.0)
    }

    /// The base may be secret: nothing is left behind on the heap.
    fn of(base: P1Affine) -> Self {
        let mut multiples = Zeroizing::new(Vec::with_capacity(16 * WINDOWS));
        let mut base = P1::from(base);
        for _ in 0..WINDOWS {
            let mut multiple = P1::default();
            for _ in 0..16 {
                multiples.push(multiple);
                multiple = multiple.add(&base);
            }
            base = multiple;
        }
        let multiples = Zeroizing::new(P1::batch_to_affine(&multiples));
        Self(multiples.as_chunks::<16>().0.to_vec())
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

milagro_base::opaque_debug!(G1Table);

/// As [`G1Table`], of a secret base. Wiped when dropped.
pub struct SecretG1Table(G1Table);

impl SecretG1Table {
    /// Precomputes the multiples of a secret base.
    #[must_use]
    pub fn new(base: &SecretG1) -> Self {
        Self(G1Table::of(base.0))
    }

    /// k·P, in constant time; never the identity.
    #[must_use]
    pub fn mul(&self, k: &SecretScalar) -> SecretG1 {
        SecretG1(self.0.product(&k.0).to_affine())
    }
}

milagro_base::opaque_debug!(SecretG1Table);

impl Drop for SecretG1Table {
    fn drop(&mut self) {
        for row in &mut self.0.0 {
            row.zeroize();
        }
    }
}

impl ZeroizeOnDrop for SecretG1Table {}
