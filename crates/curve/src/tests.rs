//! Algebra of the backend against slow and obvious computations, and the doors for bad bytes.

mod algebra;
mod comb;
mod decode;
mod e2;
mod proofs;

use crate::loose::E1Point;
use crate::rand_core::{TryRng, UnwrapErr};
use crate::scalars::public::Scalar;
use crate::scalars::secret::SecretScalar;

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
