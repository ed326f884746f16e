//! What a suite has to offer: a group of prime order, its hash functions and encodings.

use alloc::vec::Vec;
use core::fmt::Debug;
use core::ops::{Add, Mul, Sub};

use milagro_base::DecodeError;
use sha2::digest::{Digest, block_api::BlockSizeUser};
use zeroize::Zeroize;

use crate::suite::xmd::Tag;

/// A ciphersuite: [`Ristretto255`](crate::Ristretto255) unless another one is named.
///
/// Sealed: the suites are those of this crate.
pub trait Suite: Group {}

impl<G: Group> Suite for G {}

/// A group of prime order with its hash functions and encodings.
///
/// Encoding is the expensive step of the small groups, so products that will be encoded are computed from
/// *scaled* scalars: for ristretto255 that is half the scalar, since the encodings of doubles share one
/// inversion; for the others nothing.
#[expect(unnameable_types, reason = "sealed")]
pub trait Group: Copy + Clone + Debug + Default + Eq + Send + Sync + 'static {
    /// The name of RFC 9497, section 4.
    const IDENTIFIER: &'static str;
    /// Bytes of an encoded element.
    const ELEMENT_LEN: usize;
    /// Bytes of an encoded scalar.
    const SCALAR_LEN: usize;

    type Hash: Digest + BlockSizeUser + Clone + Send + Sync;
    type Scalar: Copy
        + Debug
        + Eq
        + Zeroize
        + Send
        + Sync
        + Add<Output = Self::Scalar>
        + Sub<Output = Self::Scalar>
        + Mul<Output = Self::Scalar>;
    type Point: Copy
        + Debug
        + Eq
        + Zeroize
        + Send
        + Sync
        + Add<Output = Self::Point>
        + Sub<Output = Self::Point>;
    type ElementBytes: Copy + Debug + Eq + AsRef<[u8]> + Zeroize + Send + Sync;
    type ScalarBytes: Copy + AsRef<[u8]> + Zeroize + Send + Sync;
    type OutputBytes: Copy + AsRef<[u8]> + Zeroize + Send + Sync;
    /// Multiples of one base, for constant-time multiplication.
    type Table: Send + Sync;

    fn hash_to_point(tag: &Tag<Self::Hash>, message: &[&[u8]]) -> Self::Point;
    fn hash_to_scalar(tag: &Tag<Self::Hash>, message: &[&[u8]]) -> Self::Scalar;
    fn output(hash: Self::Hash) -> Self::OutputBytes;

    /// Canonical, in the group, not the identity.
    fn decode(bytes: &[u8]) -> Result<(Self::Point, Self::ElementBytes), DecodeError>;
    fn encode(point: &Self::Point) -> Self::ElementBytes;
    /// Canonical; may be zero.
    fn decode_scalar(bytes: &[u8]) -> Result<Self::Scalar, DecodeError>;
    fn encode_scalar(scalar: &Self::Scalar) -> Self::ScalarBytes;

    fn scale(scalar: &Self::Scalar) -> Self::Scalar;
    fn unscale(point: &Self::Point) -> Self::Point;
    /// Encodings of what `unscale` would give.
    fn encode_scaled(points: &[Self::Point]) -> Vec<Self::ElementBytes>;

    fn generator() -> Self::Point;
    fn is_identity(point: &Self::Point) -> bool;
    fn is_zero(scalar: &Self::Scalar) -> bool;
    fn one() -> Self::Scalar;
    /// All inputs non-zero.
    fn invert_all(scalars: &mut [Self::Scalar]);

    fn mul(point: &Self::Point, scalar: &Self::Scalar) -> Self::Point;
    fn mul_base(scalar: &Self::Scalar) -> Self::Point;
    fn table(base: &Self::Point) -> Self::Table;
    fn mul_table(table: &Self::Table, scalar: &Self::Scalar) -> Self::Point;

    /// Σ scalarᵢ·pointᵢ in variable time: public data only.
    fn msm_vartime(scalars: &[Self::Scalar], points: &[Self::Point]) -> Self::Point;
    /// a·point + b·G in variable time: public data only.
    fn double_mul_base_vartime(
        a: &Self::Scalar,
        point: &Self::Point,
        b: &Self::Scalar,
    ) -> Self::Point;
}
