//! P-256, P-384 and P-521 (RFC 9497, sections 4.3 to 4.5), over the curve crates of RustCrypto.

use alloc::vec;
use alloc::vec::Vec;

use elliptic_curve::array::typenum::Unsigned;
use elliptic_curve::array::{Array, ArraySize};
use elliptic_curve::ff::{BatchInverter, Field, PrimeField};
use elliptic_curve::group::cofactor::CofactorGroup;
use elliptic_curve::group::{CurveAffine, Group as _, GroupEncoding};
use elliptic_curve::ops::{LinearCombination, MulByGeneratorVartime, Reduce};
use elliptic_curve::point::BatchNormalize;
use elliptic_curve::{CurveArithmetic, CurveGroup, FieldBytes};
use hash2curve::MapToCurve;
use milagro_base::DecodeError;
use sha2::digest::{Digest, FixedOutput, Output, block_api::BlockSizeUser};
use zeroize::Zeroize;

use crate::suite::group::Group;
use crate::suite::xmd::Tag;

/// What one curve adds to [`Group`]: its name, its types and its sizes.
#[expect(unnameable_types, reason = "sealed")]
pub trait Nist: Copy + core::fmt::Debug + Default + Eq + Send + Sync + 'static {
    /// The name of RFC 9497, section 4.
    const NAME: &'static str;
    /// Bytes of a compressed point.
    const POINT: usize;
    /// Bytes of a scalar.
    const SCALAR: usize;

    type Curve: CurveArithmetic<
            Scalar = Self::Field,
            ProjectivePoint = Self::Projective,
            AffinePoint = Self::Affine,
        > + MapToCurve<Length = Self::Wide>;
    /// Bytes that are reduced to one field element.
    type Wide: ArraySize;
    type Affine: CurveAffine<Curve = Self::Projective, Scalar = Self::Field>
        + GroupEncoding<Repr = Self::Compressed>;
    type Field: PrimeField<Repr = FieldBytes<Self::Curve>> + Reduce<Array<u8, Self::Wide>> + Zeroize;
    type Projective: CurveGroup<Scalar = Self::Field, Affine = Self::Affine>
        + CofactorGroup<Subgroup = Self::Projective>
        + GroupEncoding<Repr = Self::Compressed>
        + LinearCombination<[(Self::Projective, Self::Field)]>
        + MulByGeneratorVartime
        + BatchNormalize<[Self::Projective], Output = Vec<Self::Affine>>
        + Zeroize;
    type Compressed: Copy + Default + AsRef<[u8]> + AsMut<[u8]>;
    type Hash: Digest + BlockSizeUser + FixedOutput + Clone + Send + Sync;
    type Element: Copy
        + core::fmt::Debug
        + Eq
        + AsRef<[u8]>
        + From<Self::Compressed>
        + Zeroize
        + Send
        + Sync;
    type Secret: Copy + AsRef<[u8]> + From<FieldBytes<Self::Curve>> + Zeroize + Send + Sync;
    type Digest: Copy + AsRef<[u8]> + From<Output<Self::Hash>> + Zeroize + Send + Sync;
}

impl<N: Nist> Group for N {
    const IDENTIFIER: &'static str = N::NAME;
    const ELEMENT_LEN: usize = N::POINT;
    const SCALAR_LEN: usize = N::SCALAR;

    type Hash = N::Hash;
    type Scalar = N::Field;
    type Point = N::Projective;
    type ElementBytes = N::Element;
    type ScalarBytes = N::Secret;
    type OutputBytes = N::Digest;
    type Table = N::Projective;

    fn hash_to_point(tag: &Tag<N::Hash>, message: &[&[u8]]) -> N::Projective {
        let len = N::Wide::USIZE;
        let mut uniform = vec![0; 2 * len];
        tag.expand_into(message, &mut uniform);
        let map = |half| N::Curve::map_to_curve(Reduce::reduce(&wide::<N>(half)));
        let point = uniform.chunks_exact(len).map(map).sum();
        uniform.zeroize();
        point
    }

    fn hash_to_scalar(tag: &Tag<N::Hash>, message: &[&[u8]]) -> N::Field {
        let mut uniform = Array::<u8, N::Wide>::default();
        tag.expand_into(message, &mut uniform);
        let scalar = N::Field::reduce(&uniform);
        uniform.as_mut_slice().zeroize();
        scalar
    }

    fn output(hash: N::Hash) -> N::Digest {
        hash.finalize_fixed().into()
    }

    /// Compressed points only (RFC 9497, section 4.3): the tags 02 and 03.
    fn decode(bytes: &[u8]) -> Result<(N::Projective, N::Element), DecodeError> {
        if bytes.len() != N::POINT {
            return Err(DecodeError::Length);
        }
        match bytes.split_first() {
            Some((2 | 3, _)) => {}
            Some((0, rest)) if rest.iter().all(|byte| *byte == 0) => {
                return Err(DecodeError::Identity);
            }
            _ => return Err(DecodeError::Encoding),
        }
        let mut compressed = N::Compressed::default();
        copy(compressed.as_mut(), bytes);
        let point = N::Projective::from_bytes(&compressed)
            .into_option()
            .ok_or(DecodeError::Encoding)?;
        Ok((point, compressed.into()))
    }

    fn encode(point: &N::Projective) -> N::Element {
        point.to_bytes().into()
    }

    fn decode_scalar(bytes: &[u8]) -> Result<N::Field, DecodeError> {
        if bytes.len() != N::SCALAR {
            return Err(DecodeError::Length);
        }
        let mut repr = FieldBytes::<N::Curve>::default();
        copy(&mut repr, bytes);
        N::Field::from_repr(repr)
            .into_option()
            .ok_or(DecodeError::ScalarOutOfRange)
    }

    fn encode_scalar(scalar: &N::Field) -> N::Secret {
        scalar.to_repr().into()
    }

    fn scale(scalar: &N::Field) -> N::Field {
        *scalar
    }

    fn unscale(point: &N::Projective) -> N::Projective {
        *point
    }

    fn encode_scaled(points: &[N::Projective]) -> Vec<N::Element> {
        let affine = <N::Projective as BatchNormalize<[N::Projective]>>::batch_normalize(points);
        affine
            .into_iter()
            .map(|point| point.to_bytes().into())
            .collect()
    }

    fn generator() -> N::Projective {
        N::Projective::generator()
    }

    fn is_identity(point: &N::Projective) -> bool {
        point.is_identity().into()
    }

    fn is_zero(scalar: &N::Field) -> bool {
        scalar.is_zero().into()
    }

    fn one() -> N::Field {
        N::Field::ONE
    }

    fn invert_all(scalars: &mut [N::Field]) {
        let mut scratch = vec![N::Field::ZERO; scalars.len()];
        BatchInverter::invert_with_external_scratch(scalars, &mut scratch);
        scratch.zeroize();
    }

    fn mul(point: &N::Projective, scalar: &N::Field) -> N::Projective {
        *point * *scalar
    }

    fn mul_base(scalar: &N::Field) -> N::Projective {
        N::Projective::mul_by_generator(scalar)
    }

    fn table(base: &N::Projective) -> N::Projective {
        *base
    }

    fn mul_table(table: &N::Projective, scalar: &N::Field) -> N::Projective {
        *table * *scalar
    }

    fn msm_vartime(scalars: &[N::Field], points: &[N::Projective]) -> N::Projective {
        let terms: Vec<_> = points
            .iter()
            .copied()
            .zip(scalars.iter().copied())
            .collect();
        N::Projective::lincomb_vartime(terms.as_slice())
    }

    fn double_mul_base_vartime(a: &N::Field, point: &N::Projective, b: &N::Field) -> N::Projective {
        N::Projective::mul_by_generator_and_mul_add_vartime(b, a, point)
    }
}

fn wide<N: Nist>(bytes: &[u8]) -> Array<u8, N::Wide> {
    let mut array = Array::default();
    copy(&mut array, bytes);
    array
}

fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

#[cfg(any(feature = "p256", feature = "p384", feature = "p521"))]
macro_rules! suite {
    (
        $name:ident, $text:literal, $krate:ident::$curve:ident, $hash:ident,
        $scalar:literal, $point:literal, $digest:literal
    ) => {
        #[doc = concat!(
            $text, " (RFC 9497, section 4): elements of ", $point, " bytes, scalars of ", $scalar,
            ", outputs of ", $digest, "."
        )]
        #[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
        pub struct $name;

        impl Nist for $name {
            const NAME: &'static str = $text;
            const POINT: usize = $point;
            const SCALAR: usize = $scalar;
            type Curve = $krate::$curve;
            type Wide = <$krate::$curve as MapToCurve>::Length;
            type Affine = $krate::AffinePoint;
            type Field = $krate::Scalar;
            type Projective = $krate::ProjectivePoint;
            type Compressed = <$krate::ProjectivePoint as GroupEncoding>::Repr;
            type Hash = sha2::$hash;
            type Element = [u8; $point];
            type Secret = [u8; $scalar];
            type Digest = [u8; $digest];
        }
    };
}

#[cfg(feature = "p256")]
suite!(P256, "P256-SHA256", p256::NistP256, Sha256, 32, 33, 32);
#[cfg(feature = "p384")]
suite!(P384, "P384-SHA384", p384::NistP384, Sha384, 48, 49, 48);
#[cfg(feature = "p521")]
suite!(P521, "P521-SHA512", p521::NistP521, Sha512, 66, 67, 64);
