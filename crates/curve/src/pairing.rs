//! The pairing e: G1 × G2 → GT.

use core::fmt;

use subtle::ConstantTimeEq as _;

use crate::backend::{Fp12, Lines, P1, P1Affine, miller_loop};
use crate::g1::{G1Point, SecretG1};
use crate::g2::{G2Point, SecretG2};
use crate::gt::{Gt, SecretGt};
use crate::loose::E1Sum;

/// A point of G2 with the line functions of its Miller loop, computed once: 19.6 kB on the heap.
///
/// It may hold a secret point, so it is never shown, compared or encoded, and is wiped when dropped.
#[derive(Clone)]
pub struct G2Prepared(Lines);

impl From<&G2Point> for G2Prepared {
    fn from(point: &G2Point) -> Self {
        Self(Lines::new(&point.0))
    }
}

impl From<&SecretG2> for G2Prepared {
    fn from(point: &SecretG2) -> Self {
        Self(Lines::new(&point.0))
    }
}

impl fmt::Debug for G2Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("G2Prepared").finish_non_exhaustive()
    }
}

/// e(p, q), the pairing of blst: the exact reduced ate pairing to the power -3. In constant time.
#[must_use]
pub fn pairing(p: &G1Point, q: &G2Prepared) -> Gt {
    Gt(reduced(&[(p.0, &q.0)]))
}

/// As [`pairing`], of a secret point.
#[must_use]
pub fn pairing_secret(p: &SecretG1, q: &G2Prepared) -> SecretGt {
    SecretGt(reduced(&[(p.0, &q.0)]))
}

/// Π e(Pi, Qi), with one Miller loop and one final exponentiation for all. Terms whose point is the
/// identity count as one; components of small order do not matter.
#[must_use]
pub fn pairing_product(terms: &[(E1Sum, &G2Prepared)]) -> Gt {
    let points: Vec<P1> = terms.iter().map(|(point, _)| point.0).collect();
    let points = P1::batch_to_affine(&points);
    let terms: Vec<(P1Affine, &Lines)> = points
        .into_iter()
        .zip(terms)
        .map(|(point, (_, prepared))| (point, &prepared.0))
        .collect();
    Gt(reduced(&terms))
}

/// Whether Π e(Pi, Qi) = 1.
#[must_use]
pub fn pairing_product_is_one(terms: &[(E1Sum, &G2Prepared)]) -> bool {
    pairing_product(terms).0.ct_eq(&Fp12::ONE).into()
}

fn reduced(terms: &[(P1Affine, &Lines)]) -> Fp12 {
    miller_loop(terms).final_exponentiation()
}
