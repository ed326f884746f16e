//! The two curves of ACS.

use curve25519_dalek::constants::{
    ED25519_BASEPOINT_POINT, ED25519_BASEPOINT_TABLE, RISTRETTO_BASEPOINT_POINT,
    RISTRETTO_BASEPOINT_TABLE,
};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{IsIdentity, VartimeMultiscalarMul};
use milagro_base::DecodeError;
use sha2::{Digest, Sha512};

use crate::compat::acs::elligator;

/// One of the two curves of ACS: [`Ristretto255`] or [`Ed25519`]. Sealed.
pub trait Curve: sealed::Group {}

impl<C: sealed::Group> Curve for C {}

pub(crate) mod sealed {
    use core::fmt::Debug;
    use core::ops::{Add, Sub};

    use curve25519_dalek::scalar::Scalar;

    use milagro_base::DecodeError;

    /// A group of order L.
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Group: Copy + Debug + Default + Eq + Send + Sync + 'static {
        type Point: Copy
            + Debug
            + Eq
            + Add<Output = Self::Point>
            + Sub<Output = Self::Point>
            + Send
            + Sync;

        /// None for the identity, and where the map has no value.
        fn hash(input: &[u8]) -> Option<Self::Point>;
        fn decode(bytes: &[u8; 32]) -> Result<Self::Point, DecodeError>;
        fn encode(point: &Self::Point) -> [u8; 32];
        fn generator() -> Self::Point;
        fn is_identity(point: &Self::Point) -> bool;
        fn mul(point: &Self::Point, scalar: &Scalar) -> Self::Point;
        fn mul_base(scalar: &Scalar) -> Self::Point;
        /// Σ scalarᵢ·pointᵢ in variable time: public data only.
        fn double_mul_vartime(scalars: [&Scalar; 2], points: [&Self::Point; 2]) -> Self::Point;
    }
}

/// ACS over ristretto255.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ristretto255;

impl sealed::Group for Ristretto255 {
    type Point = RistrettoPoint;

    fn hash(input: &[u8]) -> Option<RistrettoPoint> {
        let point = RistrettoPoint::from_uniform_bytes(&Sha512::digest(input).into());
        (!point.is_identity()).then_some(point)
    }

    fn decode(bytes: &[u8; 32]) -> Result<RistrettoPoint, DecodeError> {
        let point = CompressedRistretto(*bytes)
            .decompress()
            .ok_or(DecodeError::Encoding)?;
        if point.is_identity() {
            Err(DecodeError::Identity)
        } else {
            Ok(point)
        }
    }

    fn encode(point: &RistrettoPoint) -> [u8; 32] {
        point.compress().to_bytes()
    }

    fn generator() -> RistrettoPoint {
        RISTRETTO_BASEPOINT_POINT
    }

    fn is_identity(point: &RistrettoPoint) -> bool {
        point.is_identity()
    }

    fn mul(point: &RistrettoPoint, scalar: &Scalar) -> RistrettoPoint {
        point * scalar
    }

    fn mul_base(scalar: &Scalar) -> RistrettoPoint {
        scalar * RISTRETTO_BASEPOINT_TABLE
    }

    fn double_mul_vartime(scalars: [&Scalar; 2], points: [&RistrettoPoint; 2]) -> RistrettoPoint {
        RistrettoPoint::vartime_multiscalar_mul(scalars, points)
    }
}

/// ACS over the prime-order subgroup of edwards25519.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ed25519;

impl sealed::Group for Ed25519 {
    type Point = EdwardsPoint;

    fn hash(input: &[u8]) -> Option<EdwardsPoint> {
        elligator::map(&Sha512::digest(input).into()).filter(|point| !point.is_identity())
    }

    fn decode(bytes: &[u8; 32]) -> Result<EdwardsPoint, DecodeError> {
        let point = CompressedEdwardsY(*bytes)
            .decompress()
            .ok_or(DecodeError::Encoding)?;
        if point.is_identity() {
            return Err(DecodeError::Identity);
        }
        // Decompression reduces y, so only encoding tells a canonical point.
        if point.compress().to_bytes() != *bytes || !point.is_torsion_free() {
            return Err(DecodeError::Encoding);
        }
        Ok(point)
    }

    fn encode(point: &EdwardsPoint) -> [u8; 32] {
        point.compress().to_bytes()
    }

    fn generator() -> EdwardsPoint {
        ED25519_BASEPOINT_POINT
    }

    fn is_identity(point: &EdwardsPoint) -> bool {
        point.is_identity()
    }

    fn mul(point: &EdwardsPoint, scalar: &Scalar) -> EdwardsPoint {
        point * scalar
    }

    fn mul_base(scalar: &Scalar) -> EdwardsPoint {
        scalar * ED25519_BASEPOINT_TABLE
    }

    fn double_mul_vartime(scalars: [&Scalar; 2], points: [&EdwardsPoint; 2]) -> EdwardsPoint {
        EdwardsPoint::vartime_multiscalar_mul(scalars, points)
    }
}
