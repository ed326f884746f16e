//! 0 ≤ nonce < limit, bit by bit (section 5.4).

use alloc::vec::Vec;

use subtle::{Choice, ConditionallySelectable as _, ConstantTimeLess as _};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::arc::group::{Element, Point, Scalar, g, h};
use crate::arc::terms::Limit;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;

impl Limit {
    /// How many bits a presentation commits to, as a length.
    pub(crate) fn bits_len(self) -> usize {
        usize::try_from(self.bits()).unwrap_or(usize::MAX)
    }

    /// `ComputeBases`: 1, 2, 4, …, 2^(k-2), and what is missing to a sum of limit - 1, largest first. Any
    /// selection of them sums up to less than the limit, and every number below it is the sum of one.
    pub(super) fn bases(self) -> Vec<u32> {
        let powers = self.bits().saturating_sub(1);
        let mut bases: Vec<u32> = (0..powers).map(|i| 1 << i).collect();
        // Between 1 and 2^(k-1), since 2^(k-1) < limit.
        bases.push(self.get().saturating_sub(1 << powers));
        bases.sort_unstable_by(|a, b| b.cmp(a));
        bases
    }
}

/// A bit with its blinding: D = b·G + s·H.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct Bit {
    /// b
    pub(super) value: Scalar,
    /// s
    pub(super) blinding: Scalar,
    /// s2 = (1 - b)·s
    pub(super) product: Scalar,
    commitment: Point,
}

/// The bits of a nonce, whose commitments sum up to that of the nonce: the last blinding follows from the others
/// and `sum`, the blinding of the nonce. The draft's decomposition, greedy, in constant time.
pub(super) fn decompose(
    limit: Limit,
    nonce: u32,
    blindings: &[Scalar],
    sum: &Scalar,
) -> Zeroizing<Vec<Bit>> {
    let bases = limit.bases();
    let mut bits = Zeroizing::new(Vec::with_capacity(bases.len()));
    let mut rest = Zeroizing::new(nonce);
    let mut left = Zeroizing::new(*sum);
    for (index, base) in bases.iter().enumerate() {
        let bit = !rest.ct_lt(base);
        let taken = u32::conditional_select(&0, base, bit);
        *rest = rest.wrapping_sub(taken);
        let blinding = match blindings.get(index) {
            Some(blinding) => {
                *left -= Scalar::from(*base) * blinding;
                Zeroizing::new(*blinding)
            }
            None => Zeroizing::new(inverse(*base) * *left),
        };
        bits.push(Bit::new(bit, &blinding));
    }
    bits
}

/// 1 / base. No base is zero, and none is secret.
fn inverse(base: u32) -> Scalar {
    let mut inverse = [Scalar::from(base)];
    P256::invert_all(&mut inverse);
    let [inverse] = inverse;
    inverse
}

impl Bit {
    fn new(bit: Choice, blinding: &Scalar) -> Self {
        let one = Point::conditional_select(&Point::IDENTITY, &g().point, bit);
        Self {
            value: Scalar::from(u32::from(bit.unwrap_u8())),
            blinding: *blinding,
            product: Scalar::conditional_select(blinding, &Scalar::ZERO, bit),
            commitment: one + P256::mul(&h().point, blinding),
        }
    }
}

/// The commitments D of the bits.
pub(super) fn commitments(bits: &[Bit]) -> Vec<Element> {
    let points: Vec<_> = bits.iter().map(|bit| bit.commitment).collect();
    Element::from_scaled(&points).collect()
}

/// Whether the commitment to the nonce is Σ baseᵢ·Dᵢ.
pub(super) fn is_sum(limit: Limit, commitments: &[Element], nonce: &Element) -> bool {
    let bases: Vec<_> = limit.bases().into_iter().map(Scalar::from).collect();
    let points: Vec<_> = commitments.iter().map(|element| element.point).collect();
    bases.len() == points.len() && P256::msm_vartime(&bases, &points) == nonce.point
}
