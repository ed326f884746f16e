//! The endomorphism φ(x, y) = (β²·x, y) of the first curve, which multiplies points of order r by -x².

use blst::{blst_fp, blst_fp_mul};

use super::base_x::{X, base_x_digits};
use super::fr::Fr;
use super::group::P1Affine;

/// β², a cube root of one, in blst's Montgomery form.
const BETA_SQUARED: blst_fp = blst_fp {
    l: [
        0x30f1_361b_798a_64e8,
        0xf3b8_ddab_7ece_5a2a,
        0x16a8_ca3a_c615_77f7,
        0xc26a_2ff8_74fd_029b,
        0x3636_b766_6070_1c6e,
        0x051b_a4ab_241b_6160,
    ],
};

/// -φ(P), which is x²·P for a P of order r.
pub(super) fn times_x_squared(point: &P1Affine) -> P1Affine {
    let mut raw = *point.raw();
    // SAFETY: field arithmetic on initialised values; blst allows the output to be an input.
    unsafe { blst_fp_mul(&raw mut raw.x, &raw const raw.x, &BETA_SQUARED) };
    P1Affine::from_raw(raw).neg()
}

/// Both digits of a public scalar in base x², the lower one first; either has 128 bits.
pub(super) fn base_x_squared_digits(k: &Fr) -> [u128; 2] {
    let [a, b, c, d] = base_x_digits(k).map(u128::from);
    // (|x| - 1)·(|x| + 1) is below 2^128.
    [a + b * u128::from(X), c + d * u128::from(X)]
}
