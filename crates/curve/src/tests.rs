//! Algebra of the backend against slow and obvious computations, and the doors for bad bytes.

mod algebra;
mod comb;
mod decode;
mod e2;
mod hash;
mod proofs;
mod sums;

use crate::groups::g1::G1Point;
use crate::groups::g2::G2Point;
use crate::loose::{E1Point, E1Sum};
use crate::rand_core::{TryRng, UnwrapErr};
use crate::scalars::public::Scalar;
use crate::scalars::secret::{SecretResidue, SecretScalar};

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// A public random scalar.
pub(crate) fn scalar() -> Scalar {
    Scalar(SecretScalar::random(&mut rng()).0)
}

/// The point (0, 2), of order 3.
pub(crate) fn order_3() -> E1Point {
    let mut bytes = [0; 96];
    bytes[95] = 2;
    E1Point::from_uncompressed(&bytes).unwrap()
}

/// A random point of the curve outside the subgroup.
pub(crate) fn outside() -> E1Point {
    let mut bytes = [0; 48];
    loop {
        getrandom::SysRng.try_fill_bytes(&mut bytes).unwrap();
        bytes[0] = 0x80 | (bytes[0] & 0x0f);
        if let Ok(point) = E1Point::from_bytes(&bytes)
            && point.to_g1().is_err()
        {
            return point;
        }
    }
}

pub(crate) fn g1() -> G1Point {
    &G1Point::generator() * &SecretScalar::random(&mut rng())
}

pub(crate) fn g2() -> G2Point {
    &G2Point::generator() * &SecretScalar::random(&mut rng())
}

/// k·P on the whole curve by double-and-add.
pub(crate) fn e1_mul(point: &E1Point, k: u128) -> E1Sum {
    let mut sum = E1Sum::zero();
    for bit in (0..128).rev() {
        sum = sum + sum;
        if (k >> bit) & 1 == 1 {
            sum = sum + E1Sum::from(*point);
        }
    }
    sum
}

pub(crate) fn same(a: E1Sum, b: E1Sum) -> bool {
    use subtle::ConstantTimeEq as _;
    a.0.to_affine().ct_eq(&b.0.to_affine()).into()
}

pub(crate) fn nonzero(k: u64) -> SecretScalar {
    SecretResidue::from(k).to_nonzero().unwrap()
}
