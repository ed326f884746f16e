//! ristretto255-SHA512 (RFC 9497, section 4.1), over curve25519-dalek.

use alloc::boxed::Box;
use alloc::vec::Vec;

use curve25519_dalek::constants::{RISTRETTO_BASEPOINT_POINT, RISTRETTO_BASEPOINT_TABLE};
use curve25519_dalek::ristretto::{CompressedRistretto, RistrettoBasepointTable, RistrettoPoint};
use curve25519_dalek::scalar::Scalar;
use curve25519_dalek::traits::{Identity, VartimeMultiscalarMul};
use milagro_base::DecodeError;
use sha2::{Digest, Sha512};
use zeroize::Zeroize;

use crate::suite::group::Group;
use crate::suite::xmd::Tag;

/// ristretto255-SHA512 (RFC 9497, section 4.1): elements and scalars of 32 bytes, outputs of 64.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Ristretto255;

impl Ristretto255 {
    /// The one-way map of RFC 9496, section 4.3.4.
    pub(crate) fn map(uniform: &[u8; 64]) -> RistrettoPoint {
        RistrettoPoint::from_uniform_bytes(uniform)
    }
}

impl Group for Ristretto255 {
    const IDENTIFIER: &'static str = "ristretto255-SHA512";
    const ELEMENT_LEN: usize = 32;
    const SCALAR_LEN: usize = 32;

    type Hash = Sha512;
    type Scalar = Scalar;
    type Point = RistrettoPoint;
    type ElementBytes = [u8; 32];
    type ScalarBytes = [u8; 32];
    type OutputBytes = [u8; 64];
    type Table = Box<RistrettoBasepointTable>;

    fn hash_to_point(tag: &Tag<Sha512>, message: &[&[u8]]) -> RistrettoPoint {
        let mut uniform = tag.expand::<64>(message);
        let point = Self::map(&uniform);
        uniform.zeroize();
        point
    }

    fn hash_to_scalar(tag: &Tag<Sha512>, message: &[&[u8]]) -> Scalar {
        let mut uniform = tag.expand::<64>(message);
        let scalar = Scalar::from_bytes_mod_order_wide(&uniform);
        uniform.zeroize();
        scalar
    }

    fn output(hash: Sha512) -> [u8; 64] {
        hash.finalize().into()
    }

    fn decode(bytes: &[u8]) -> Result<(RistrettoPoint, [u8; 32]), DecodeError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| DecodeError::Length)?;
        let compressed = CompressedRistretto(bytes);
        if compressed == CompressedRistretto::identity() {
            return Err(DecodeError::Identity);
        }
        let point = compressed.decompress().ok_or(DecodeError::Encoding)?;
        Ok((point, bytes))
    }

    fn encode(point: &RistrettoPoint) -> [u8; 32] {
        point.compress().to_bytes()
    }

    fn decode_scalar(bytes: &[u8]) -> Result<Scalar, DecodeError> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| DecodeError::Length)?;
        Scalar::from_canonical_bytes(bytes)
            .into_option()
            .ok_or(DecodeError::ScalarOutOfRange)
    }

    fn encode_scalar(scalar: &Scalar) -> [u8; 32] {
        scalar.to_bytes()
    }

    fn scale(scalar: &Scalar) -> Scalar {
        scalar.div_by_2()
    }

    fn unscale(point: &RistrettoPoint) -> RistrettoPoint {
        point + point
    }

    fn encode_scaled(points: &[RistrettoPoint]) -> Vec<[u8; 32]> {
        let encoded = RistrettoPoint::double_and_compress_batch(points);
        encoded.into_iter().map(|bytes| bytes.to_bytes()).collect()
    }

    fn generator() -> RistrettoPoint {
        RISTRETTO_BASEPOINT_POINT
    }

    fn is_identity(point: &RistrettoPoint) -> bool {
        *point == RistrettoPoint::identity()
    }

    fn is_zero(scalar: &Scalar) -> bool {
        *scalar == Scalar::ZERO
    }

    fn one() -> Scalar {
        Scalar::ONE
    }

    fn invert_all(scalars: &mut [Scalar]) {
        Scalar::invert_batch_alloc(scalars);
    }

    fn mul(point: &RistrettoPoint, scalar: &Scalar) -> RistrettoPoint {
        point * scalar
    }

    fn mul_base(scalar: &Scalar) -> RistrettoPoint {
        scalar * RISTRETTO_BASEPOINT_TABLE
    }

    fn table(base: &RistrettoPoint) -> Self::Table {
        Box::new(RistrettoBasepointTable::create(base))
    }

    fn mul_table(table: &Self::Table, scalar: &Scalar) -> RistrettoPoint {
        scalar * &**table
    }

    fn msm_vartime(scalars: &[Scalar], points: &[RistrettoPoint]) -> RistrettoPoint {
        RistrettoPoint::vartime_multiscalar_mul(scalars, points)
    }

    fn double_mul_base_vartime(a: &Scalar, point: &RistrettoPoint, b: &Scalar) -> RistrettoPoint {
        RistrettoPoint::vartime_double_scalar_mul_basepoint(a, point, b)
    }
}
