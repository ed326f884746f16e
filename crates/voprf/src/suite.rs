//! The groups and hashes of RFC 9497, section 4.

#[cfg(feature = "bls12381")]
mod bls12381;
#[cfg(feature = "nist")]
mod nist;
mod ristretto;

#[cfg(feature = "bls12381")]
pub use bls12381::Bls12381G1;
#[cfg(feature = "p256")]
pub use nist::P256;
#[cfg(feature = "p384")]
pub use nist::P384;
#[cfg(feature = "p521")]
pub use nist::P521;
pub use ristretto::Ristretto255;

/// A ciphersuite: [`Ristretto255`] unless another one is named.
///
/// Sealed: the suites are those of this crate.
pub trait Suite: sealed::Group {}

impl<G: sealed::Group> Suite for G {}

pub(crate) mod sealed {
    use alloc::vec::Vec;
    use core::fmt::Debug;
    use core::ops::{Add, Mul, Sub};

    use sha2::digest::{Digest, block_api::BlockSizeUser};
    use zeroize::Zeroize;

    use crate::error::DecodeError;
    use crate::xmd::Tag;

    /// A group of prime order with its hash functions and encodings.
    ///
    /// Encoding is the expensive step of the small groups, so products that will be encoded are computed from *scaled* scalars:
    /// for ristretto255 that is half the scalar, since the encodings of doubles share one inversion; for the others nothing.
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
        type ElementBytes: Copy + Debug + Eq + AsRef<[u8]> + Send + Sync;
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
}

/// What a key may be used for: one of [`Oprf`], [`Voprf`], [`Poprf`] (RFC 9497, section 3.1).
///
/// Sealed. Every hash of the protocol covers the mode, so nothing made in one mode means anything in another.
pub trait Mode: mode::Sealed {}

pub(crate) mod mode {
    #[expect(unnameable_types, reason = "sealed")]
    pub trait Sealed:
        Copy + Clone + core::fmt::Debug + Default + Eq + Send + Sync + 'static
    {
        const ID: u8;
    }
}

macro_rules! mode {
    ($(#[$doc:meta])* $name:ident = $id:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
        pub struct $name;
        impl mode::Sealed for $name { const ID: u8 = $id; }
        impl Mode for $name {}
    };
}

mode!(
    /// Oblivious, not verifiable: the client cannot tell which key was used.
    Oprf = 0
);
mode!(
    /// Verifiable: one proof per batch ties the evaluation to the public key.
    Voprf = 1
);
mode!(
    /// Verifiable, with a public tag that enters every evaluation.
    Poprf = 2
);
