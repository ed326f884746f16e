//! A point that is multiplied more than once.

use milagro_base::DecodeError;
use zeroize::Zeroizing;

use crate::backend::comb::{Comb, products};
use crate::backend::group::P1;
use crate::groups::g1::{G1Point, G1Sum, SecretG1};
use crate::loose::E1Point;
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;

/// A point with 1.5 kB of its multiples: worth making for a point that is multiplied twice or more, or whose
/// subgroup is still to be checked, which makes most of them on the way.
#[derive(Clone)]
pub struct G1Comb {
    point: G1Point,
    comb: Comb,
}

impl G1Comb {
    /// Precomputes the multiples of a public point.
    #[must_use]
    pub fn new(point: &G1Point) -> Self {
        Self {
            point: *point,
            comb: Comb::new(&point.0),
        }
    }

    /// Checks the subgroup of a point and keeps the multiples that this takes.
    ///
    /// # Errors
    /// [`DecodeError::NotInSubgroup`].
    pub fn check(point: E1Point) -> Result<Self, DecodeError> {
        let comb = Comb::checked(&point.0).ok_or(DecodeError::NotInSubgroup)?;
        let point = G1Point(point.0);
        Ok(Self { point, comb })
    }

    /// P.
    #[must_use]
    pub const fn point(&self) -> &G1Point {
        &self.point
    }

    /// k·P; variable time in k, which is public and may be zero. Below 2^127 it takes a third less.
    #[must_use]
    pub fn mul_vartime(&self, k: &Scalar) -> G1Sum {
        G1Sum(self.comb.product_vartime(&self.point.0, &k.0))
    }

    /// k·P for publication and k·P' as a secret: both products of an ephemeral Diffie-Hellman exchange,
    /// in constant time.
    #[must_use]
    pub fn exchange(&self, other: &Self, k: &SecretScalar) -> (G1Point, SecretG1) {
        let both = products(&[(&self.comb, &k.0), (&other.comb, &k.0)]);
        let both = Zeroizing::new(P1::batch_to_affine(&Zeroizing::new(both)));
        let mut both = both.iter().copied();
        let mut next = || both.next().unwrap_or_default();
        (G1Point(next()), SecretG1(next()))
    }
}

milagro_base::opaque_debug!(G1Comb);
