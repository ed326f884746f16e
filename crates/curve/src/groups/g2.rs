//! The second source group.

use core::fmt;
use core::ops::{Add, Mul, Neg, Sub};

use subtle::{Choice, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::backend::group::{P2, P2Affine};
use crate::groups::error::BatchDecodeError;
use crate::groups::points::{public_point, public_sum, secret_point};
use crate::scalars::public::Scalar;
use crate::scalars::secret::{SecretResidue, SecretScalar};
use crate::wiped::wiped;
use milagro_base::DecodeError;

/// An element of G2: in the subgroup of order r, and not the identity. 96 bytes compressed, 192
/// uncompressed.
#[derive(Clone, Copy)]
pub struct G2Point(pub(crate) P2Affine);

/// A sum of elements of G2, which may be the identity.
#[derive(Clone, Copy)]
pub struct G2Sum(pub(crate) P2);

/// A secret element of G2, not the identity. Wiped when dropped.
pub struct SecretG2(pub(crate) P2Affine);

/// A sum that contains secret elements of G2. Wiped when dropped.
pub struct SecretG2Sum(pub(crate) P2);

public_point!(G2Point, G2Sum, SecretG2, P2Affine, P2, 96);
public_sum!(G2Sum, G2Point, P2);
secret_point!(SecretG2, SecretG2Sum, G2Point, P2Affine, P2);
