//! The pairing e: G1 × G2 → GT.

use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::backend::fp12::Fp12;
use crate::backend::group::{P1, P1Affine};
use crate::backend::lines::{Lines, miller_loop};
use crate::groups::g1::{G1Point, SecretG1};
use crate::groups::g2::{G2Point, SecretG2};
use crate::groups::gt::{Gt, SecretGt};
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

milagro_base::opaque_debug!(G2Prepared);

/// e(p, q), the pairing of blst: the exact reduced ate pairing to the power -3. In constant time.
#[must_use]
pub fn pairing(p: &G1Point, q: &G2Prepared) -> Gt {
    Gt(reduced(&p.0, q))
}

/// As [`pairing`], of a secret point.
#[must_use]
pub fn pairing_secret(p: &SecretG1, q: &G2Prepared) -> SecretGt {
    SecretGt(reduced(&p.0, q))
}

/// One factor e(P, Q) of a product.
#[derive(Clone, Copy, Debug)]
pub struct Term<'a> {
    /// P, which may be the identity and may have components of small order.
    pub point: E1Sum,
    /// Q.
    pub prepared: &'a G2Prepared,
}

impl<'a> Term<'a> {
    /// e(P, Q) for anything that is a point of the first curve.
    #[must_use]
    pub fn new(point: impl Into<E1Sum>, prepared: &'a G2Prepared) -> Self {
        let point = point.into();
        Self { point, prepared }
    }
}

/// Π e(Pi, Qi), with one Miller loop and one final exponentiation for all. Terms whose point is the
/// identity count as one; components of small order do not matter.
///
/// There is a first term because an empty product, which is one, would be a verdict about nothing.
#[must_use]
pub fn pairing_product(first: Term<'_>, others: &[Term<'_>]) -> Gt {
    let terms = || core::iter::once(&first).chain(others);
    let mut points = Zeroizing::new(Vec::with_capacity(1 + others.len()));
    points.extend(terms().map(|term| term.point.0));
    let points = Zeroizing::new(P1::batch_to_affine(&points));
    let lines: Vec<&Lines> = terms().map(|term| &term.prepared.0).collect();
    Gt(miller_loop(&points, &lines).final_exponentiation())
}

/// Whether Π e(Pi, Qi) = 1; terms count as in [`pairing_product`].
#[must_use]
pub fn pairing_product_is_one(first: Term<'_>, others: &[Term<'_>]) -> bool {
    pairing_product(first, others).0.ct_eq(&Fp12::ONE).into()
}

fn reduced(point: &P1Affine, prepared: &G2Prepared) -> Fp12 {
    miller_loop(&[*point], &[&prepared.0]).final_exponentiation()
}
