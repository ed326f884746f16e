//! The map of libsodium's `crypto_core_ed25519_from_uniform` in the version that ACS was built with:
//! Elligator 2 onto curve25519 with the non-square 2, then the birational map to edwards25519, the sign of x
//! from the top bit, the cofactor cleared.

use crypto_bigint::modular::ConstMontyForm;
use crypto_bigint::{U256, const_monty_params};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use subtle::{ConditionallySelectable, ConstantTimeEq};

mod modulus {
    use super::{U256, const_monty_params};

    const_monty_params!(
        P,
        U256,
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",
        "2²⁵⁵ - 19"
    );
}

type Field = ConstMontyForm<modulus::P, { U256::LIMBS }>;

/// A in v² = u³ + A·u² + u.
const A: Field = Field::new(&U256::from_u32(486_662));
/// (p - 1)/2
const HALF: U256 =
    U256::from_be_hex("3ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff6");

/// u = -A/(1 + 2f²), or -A - u where u³ + A·u² + u is no square; y = (u - 1)/(u + 1).
pub(super) fn map(uniform: &[u8; 64]) -> Option<EdwardsPoint> {
    let (half, _) = uniform.split_first_chunk::<32>()?;
    let mut f = *half;
    let [.., top] = &mut f;
    let sign = *top & 0x80;
    *top &= 0x7f;

    let one = Field::ONE;
    let f = Field::new(&U256::from_le_slice(&f));
    let denominator = (one + f.square().double()).invert().into_option()?;
    let u = A.neg() * denominator;
    let v2 = u * (u.square() + A * u + one);
    let square = encode(&v2.pow(&HALF)).ct_eq(&encode(&one));
    let (first, second) = (encode(&u), encode(&(A.neg() - u)));
    let mut chosen = [0; 32];
    for ((c, a), b) in chosen.iter_mut().zip(second).zip(first) {
        *c = u8::conditional_select(&a, &b, square);
    }
    let u = Field::new(&U256::from_le_slice(&chosen));
    let mut y = encode(&((u - one) * (u + one).invert().into_option()?));
    let [.., top] = &mut y;
    *top |= sign;
    Some(CompressedEdwardsY(y).decompress()?.mul_by_cofactor())
}

fn encode(x: &Field) -> [u8; 32] {
    x.retrieve().to_le_bytes().into()
}
