//! Scalars in base |x|: multiplying by x is an endomorphism that costs next to nothing, in G1 as in GT.

use subtle::{ConditionallySelectable as _, ConstantTimeGreater as _, ConstantTimeLess as _};
use zeroize::Zeroize as _;

use super::fr::Fr;

/// |x|, where x is the (negative) parameter of the curve.
pub(super) const X: u64 = 0xd201_0000_0001_0000;

/// A scalar in base |x|, least significant digit first, by shift-and-subtract division.
pub(super) fn base_x_digits(scalar: &Fr) -> [u64; 4] {
    let mut bytes = scalar.to_be_bytes();
    let mut value = [0_u64; 4];
    for (limb, chunk) in value.iter_mut().zip(bytes.as_chunks::<8>().0) {
        *limb = u64::from_be_bytes(*chunk);
    }
    let mut digits = [0_u64; 4];
    for digit in &mut digits {
        *digit = divide_by_x(&mut value);
    }
    bytes.zeroize();
    value.zeroize();
    digits
}

/// Divides a big-endian number in place by |x| and returns the remainder.
fn divide_by_x(value: &mut [u64; 4]) -> u64 {
    let mut remainder = 0;
    for limb in value {
        (*limb, remainder) = divide_two_words(remainder, *limb);
    }
    remainder
}

/// Quotient and remainder of `high·2^64 + low` by |x|, for `high` < |x| (N. Möller and T. Granlund, "Improved
/// division by invariant integers", IEEE Transactions on Computers 60, algorithm 4), without branches.
fn divide_two_words(high: u64, low: u64) -> (u64, u64) {
    /// floor((2^128 - 1)/|x|) - 2^64.
    const RECIPROCAL: u64 = 0x3812_04ca_56cd_56b5;
    let estimate = u128::from(RECIPROCAL) * u128::from(high);
    let estimate = estimate.wrapping_add((u128::from(high) << 64) | u128::from(low));
    let [upper, lower] = words(estimate);
    let mut quotient = upper.wrapping_add(1);
    let mut remainder = low.wrapping_sub(quotient.wrapping_mul(X));
    let above = remainder.ct_gt(&lower);
    quotient = u64::conditional_select(&quotient, &quotient.wrapping_sub(1), above);
    remainder = u64::conditional_select(&remainder, &remainder.wrapping_add(X), above);
    let above = !remainder.ct_lt(&X);
    quotient = u64::conditional_select(&quotient, &quotient.wrapping_add(1), above);
    remainder = u64::conditional_select(&remainder, &remainder.wrapping_sub(X), above);
    (quotient, remainder)
}

/// The upper and the lower half.
fn words(value: u128) -> [u64; 2] {
    let bytes = value.to_be_bytes();
    let (halves, _) = bytes.as_chunks::<8>();
    let mut out = [0; 2];
    out.iter_mut()
        .zip(halves)
        .for_each(|(to, half)| *to = u64::from_be_bytes(*half));
    out
}
