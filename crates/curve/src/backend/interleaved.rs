//! Sums Σ ki·Pi of a few terms: the doublings are shared, and each term adds a small odd multiple of its point
//! where its scalar has a digit (B. Möller, "Algorithms for multi-exponentiation", SAC 2001).

use zeroize::Zeroizing;

use super::group::{P1, P1Affine};

/// Bits of a signed digit, which is odd: one of ±1, ±3, ±5, ±7.
const WIDTH: u32 = 4;
/// Odd multiples of a point: 1, 3, 5, 7.
const MULTIPLES: usize = 4;
/// A scalar of 128 bits may carry into one digit more.
const DIGITS: usize = 129;

/// Σ ki·Pi; variable time in the scalars, exact for points of any order but 1, 3, 5 and 7.
pub(super) fn interleaved(points: &[P1Affine], scalars: &[u128]) -> P1 {
    let digits: Vec<[i8; DIGITS]> = scalars.iter().map(|k| signed_digits(*k)).collect();
    // The points may be secret.
    let mut multiples = Zeroizing::new(Vec::with_capacity(MULTIPLES * points.len()));
    for point in points {
        let mut multiple = P1::from(*point);
        let double = multiple.double();
        for _ in 0..MULTIPLES {
            multiples.push(multiple);
            multiple = multiple.add(&double);
        }
    }
    let multiples = Zeroizing::new(P1::batch_to_affine(&multiples));
    let (multiples, _) = multiples.as_chunks::<MULTIPLES>();
    let mut out = P1::default();
    for position in (0..DIGITS).rev() {
        out = out.double();
        for (multiples, digits) in multiples.iter().zip(&digits) {
            let digit = digits.get(position).copied().unwrap_or_default();
            let index = usize::from(digit.unsigned_abs() / 2);
            if let Some(multiple) = multiples.get(index).filter(|_| digit != 0) {
                let term = if digit < 0 { multiple.neg() } else { *multiple };
                out = out.add_affine_vartime(&term);
            }
        }
    }
    out
}

/// The digits of k, lowest first: odd or zero, and behind one that is not zero come three that are.
fn signed_digits(mut k: u128) -> [i8; DIGITS] {
    const BASE: u128 = 1 << WIDTH;
    let mut digits = [0; DIGITS];
    for digit in &mut digits {
        let mut carry = 0;
        if k & 1 == 1 {
            let low = k % BASE;
            let negative = low >= BASE / 2;
            let size = if negative { BASE - low } else { low };
            // Below 8.
            let size_i8 = i8::try_from(size).unwrap_or_default();
            if negative {
                let (sum, overflows) = k.overflowing_add(size);
                (k, carry) = (sum, u128::from(overflows) << 127);
                *digit = -size_i8;
            } else {
                k -= size;
                *digit = size_i8;
            }
        }
        k = (k >> 1) | carry;
    }
    digits
}

#[cfg(test)]
mod tests {
    use subtle::ConstantTimeEq as _;

    use super::*;
    use crate::backend::fr::Fr;

    #[test]
    fn digits_add_up_and_are_sparse() {
        let edges = [0, 1, 7, 8, 9, 15, 16, u128::MAX, u128::MAX - 6, 1 << 127];
        let step = 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835;
        let spread = (0..200_u128).map(|index| index.wrapping_mul(step));
        for k in edges.into_iter().chain(spread) {
            let digits = signed_digits(k);
            let sum = digits.iter().rev().fold(Fr::ZERO, |sum, digit| {
                let size = Fr::from_u64(digit.unsigned_abs().into());
                let sum = sum.add(sum);
                if *digit < 0 {
                    sum.sub(size)
                } else {
                    sum.add(size)
                }
            });
            let expected = Fr::from_wide_be_bytes(&k.to_be_bytes());
            assert!(bool::from(sum.ct_eq(&expected)), "{k}");
            for four in digits.windows(4) {
                let set = four.iter().filter(|digit| **digit != 0);
                assert!(set.count() <= 1, "{k}");
            }
            let fits = |digit: &i8| *digit == 0 || (digit % 2 != 0 && digit.unsigned_abs() < 8);
            assert!(digits.iter().all(fits), "{k}");
        }
    }
}
