//! The group: P-256 with two generators, and its hash functions (sections 3.1 and 6.1).

use alloc::vec::Vec;
use std::sync::OnceLock;

use milagro_base::{DecodeError, Reader};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::modes::context::Hedge;
use crate::modes::wire;
use crate::suite::group::Group as _;
use crate::suite::nist::P256;
use crate::suite::xmd::Tag;
use crate::tags;

pub(crate) type Scalar = p256::Scalar;
pub(crate) type Point = p256::ProjectivePoint;
pub(crate) type Element = wire::Element<P256>;

/// Bytes of an element, Ne.
pub(crate) const ELEMENT: usize = 33;
/// Bytes of a scalar, Ns.
pub(crate) const SCALAR: usize = 32;

/// `HashToGroup(x, info)`
pub(super) fn hash_to_group(x: &[u8], info: &[u8]) -> Element {
    let tag = Tag::new(&[tags::HASH_TO_GROUP, tags::arc::CONTEXT, info]);
    Element::from_point(P256::hash_to_point(&tag, &[x]))
}

/// `HashToScalar(x, info)`
pub(super) fn hash_to_scalar(x: &[u8], info: &[u8]) -> Scalar {
    let tag = Tag::new(&[tags::HASH_TO_SCALAR, tags::arc::CONTEXT, info]);
    P256::hash_to_scalar(&tag, &[x])
}

/// generatorG
pub(super) fn g() -> &'static Element {
    static G: OnceLock<Element> = OnceLock::new();
    G.get_or_init(|| Element::from_point(P256::generator()))
}

/// generatorH, whose logarithm nobody knows.
pub(super) fn h() -> &'static Element {
    static H: OnceLock<Element> = OnceLock::new();
    H.get_or_init(|| hash_to_group(g().as_slice(), tags::arc::GENERATOR_H))
}

/// a·G + b·H
pub(super) fn commit(a: &Scalar, b: &Scalar) -> Point {
    P256::mul_base(a) + P256::mul(&h().point, b)
}

/// The next element of a message.
pub(super) fn read(reader: &mut Reader<'_>) -> Result<Element, DecodeError> {
    Element::from_bytes(reader.bytes(ELEMENT)?)
}

/// The next scalar of a message, which must not be zero.
pub(super) fn read_scalar(reader: &mut Reader<'_>) -> Result<Zeroizing<Scalar>, DecodeError> {
    let scalar = Zeroizing::new(P256::decode_scalar(reader.bytes(SCALAR)?)?);
    if P256::is_zero(&scalar) {
        Err(DecodeError::ZeroScalar)
    } else {
        Ok(scalar)
    }
}

/// The encoding of a scalar.
pub(crate) fn encode(scalar: &Scalar) -> Zeroizing<[u8; SCALAR]> {
    Zeroizing::new(P256::encode_scalar(scalar))
}

/// `count` secret scalars that are not zero: each is a hash of 64 fresh bytes, of its place, and of what it is
/// for. With `about` goes everything that the step depends on, so a generator that repeats itself gives other
/// scalars to another step.
pub(super) fn draw<R: CryptoRng + ?Sized>(
    rng: &mut R,
    purpose: &[u8],
    about: &[u8],
    count: usize,
) -> Zeroizing<Vec<Scalar>> {
    let hedge = Hedge::<P256>::new(rng, purpose);
    let mut scalars = Zeroizing::new(Vec::with_capacity(count));
    for index in (0_u32..).take(count) {
        scalars.push(*hedge.scalar(&[&index.to_be_bytes(), about]));
    }
    scalars
}

/// The same, of a number that is known beforehand.
pub(super) fn draw_array<R: CryptoRng + ?Sized, const N: usize>(
    rng: &mut R,
    purpose: &[u8],
    about: &[u8],
) -> Zeroizing<[Scalar; N]> {
    let hedge = Hedge::<P256>::new(rng, purpose);
    let mut scalars = Zeroizing::new([Scalar::ONE; N]);
    for (index, scalar) in (0_u32..).zip(scalars.iter_mut()) {
        *scalar = *hedge.scalar(&[&index.to_be_bytes(), about]);
    }
    scalars
}
