//! The bytes of Apache Milagro and MIRACL Core.
//!
//! Scalars are 48 bytes and coordinates 48 bytes, big-endian. Every reader is strict, as in the rest of
//! the crate, where those libraries are not: coordinates below p, points on the curve, in the subgroup of
//! order r and not the identity.

use milagro_base::DecodeError;
use milagro_curve::{G1Point, G2Point, Gt, Scalar, SecretG1, SecretG2, SecretScalar};
use zeroize::Zeroizing;

/// Bytes of a point of G1: `04 || x || y`.
pub const G1_LEN: usize = 97;
/// Bytes of a point of G1 in short: `02` or `03` by the parity of y, then x.
pub const G1_COMPRESSED_LEN: usize = 49;
/// Bytes of a point of G2 in Milagro: `x.c0 || x.c1 || y.c0 || y.c1`.
pub const G2_MILAGRO_LEN: usize = 192;
/// Bytes of a point of G2 in MIRACL Core: `04 || x.c1 || x.c0 || y.c1 || y.c0`.
pub const G2_MIRACL_LEN: usize = 193;
/// Bytes of a point of G2 in short: `02` or `03` by the parity of y.c0 (of y.c1 if that is zero), then
/// `x.c1 || x.c0`.
pub const G2_COMPRESSED_LEN: usize = 97;
/// Bytes of a scalar: 16 zero bytes, then the scalar.
pub const SCALAR_LEN: usize = 48;

/// Where the coefficients of w^0 to w^5 stand in `a.a, a.b, b.a, b.b, c.a, c.b`: both libraries build
/// Fp12 = Fp4[w]/(w³ - v) on Fp4 = Fp2[v]/(v² - (1 + i)), so that v = w³.
const POWERS: [usize; 6] = [0, 3, 1, 4, 2, 5];

/// Writes a point of G1.
#[must_use]
pub fn g1_to_bytes(point: &G1Point) -> [u8; G1_LEN] {
    *prefixed(&point.to_uncompressed())
}

/// Reads a point of G1.
///
/// # Errors
/// [`DecodeError::Encoding`] for another prefix than 04, or as for [`G1Point::from_uncompressed`].
pub fn g1_from_bytes(bytes: &[u8; G1_LEN]) -> Result<G1Point, DecodeError> {
    let [4, coordinates @ ..] = bytes else {
        return Err(DecodeError::Encoding);
    };
    G1Point::from_uncompressed(coordinates)
}

/// Writes a point of G1 in short.
#[must_use]
pub fn g1_to_compressed(point: &G1Point) -> [u8; G1_COMPRESSED_LEN] {
    let bytes = point.to_uncompressed();
    let (x, y) = bytes.split_at(48);
    joined(&[&[2 + odd(y)], x])
}

/// Reads a point of G1 in short.
///
/// # Errors
/// [`DecodeError::Encoding`] for another prefix than 02 and 03, or as for [`G1Point::from_bytes`].
pub fn g1_from_compressed(bytes: &[u8; G1_COMPRESSED_LEN]) -> Result<G1Point, DecodeError> {
    let [sign, x @ ..] = bytes;
    let point = G1Point::from_bytes(&flagged(*sign, *x)?)?;
    let right = g1_to_compressed(&point).first() == Some(sign);
    Ok(if right { point } else { -point })
}

/// Writes a point of G2 as Milagro does.
#[must_use]
pub fn g2_to_milagro(point: &G2Point) -> [u8; G2_MILAGRO_LEN] {
    *swapped(&point.to_uncompressed())
}

/// Reads a point of G2 as Milagro writes it.
///
/// # Errors
/// As for [`G2Point::from_uncompressed`].
pub fn g2_from_milagro(bytes: &[u8; G2_MILAGRO_LEN]) -> Result<G2Point, DecodeError> {
    G2Point::from_uncompressed(&swapped(bytes))
}

/// Writes a point of G2 as MIRACL Core does.
#[must_use]
pub fn g2_to_miracl(point: &G2Point) -> [u8; G2_MIRACL_LEN] {
    *prefixed(&point.to_uncompressed())
}

/// Reads a point of G2 as MIRACL Core writes it.
///
/// # Errors
/// [`DecodeError::Encoding`] for another prefix than 04, or as for [`G2Point::from_uncompressed`].
pub fn g2_from_miracl(bytes: &[u8; G2_MIRACL_LEN]) -> Result<G2Point, DecodeError> {
    let [4, coordinates @ ..] = bytes else {
        return Err(DecodeError::Encoding);
    };
    G2Point::from_uncompressed(coordinates)
}

/// Writes a point of G2 in short, as MIRACL Core does.
#[must_use]
pub fn g2_to_compressed(point: &G2Point) -> [u8; G2_COMPRESSED_LEN] {
    let bytes = point.to_uncompressed();
    let (x, y) = bytes.split_at(96);
    let (c1, c0) = y.split_at(48);
    let decisive = if c0.iter().all(|byte| *byte == 0) {
        c1
    } else {
        c0
    };
    joined(&[&[2 + odd(decisive)], x])
}

/// Reads a point of G2 in short.
///
/// # Errors
/// [`DecodeError::Encoding`] for another prefix than 02 and 03, or as for [`G2Point::from_bytes`].
pub fn g2_from_compressed(bytes: &[u8; G2_COMPRESSED_LEN]) -> Result<G2Point, DecodeError> {
    let [sign, x @ ..] = bytes;
    let point = G2Point::from_bytes(&flagged(*sign, *x)?)?;
    let right = g2_to_compressed(&point).first() == Some(sign);
    Ok(if right { point } else { -point })
}

/// Writes an element of GT as Milagro does: `a.a.a, a.a.b, a.b.a, a.b.b, b..., c...`.
#[must_use]
pub fn gt_to_milagro(element: &Gt) -> [u8; Gt::LEN] {
    let bytes = element.to_bytes();
    let powers = bytes.as_chunks::<96>().0;
    let parts: Vec<_> = POWERS
        .iter()
        .filter_map(|power| powers.get(*power))
        .collect();
    let mut out = [0; Gt::LEN];
    for (to, from) in out.as_chunks_mut::<96>().0.iter_mut().zip(parts) {
        *to = *from;
    }
    out
}

/// Writes an element of GT as MIRACL Core does: Milagro's twelve coefficients in the opposite order.
#[must_use]
pub fn gt_to_miracl(element: &Gt) -> [u8; Gt::LEN] {
    let mut out = gt_to_milagro(element);
    out.as_chunks_mut::<48>().0.reverse();
    out
}

/// Writes a scalar.
#[must_use]
pub fn scalar_to_bytes(scalar: &Scalar) -> [u8; SCALAR_LEN] {
    pad48(&scalar.to_bytes())
}

/// Reads a scalar that is not zero.
///
/// # Errors
/// [`DecodeError::ScalarOutOfRange`] for r and above, [`DecodeError::ZeroScalar`].
pub fn scalar_from_bytes(bytes: &[u8; SCALAR_LEN]) -> Result<Scalar, DecodeError> {
    let scalar = Scalar::from_bytes(unpadded(bytes)?)?;
    if scalar.is_zero() {
        return Err(DecodeError::ZeroScalar);
    }
    Ok(scalar)
}

/// Writes a secret scalar into a buffer that is wiped.
#[must_use]
pub fn secret_scalar_to_bytes(scalar: &SecretScalar) -> Zeroizing<[u8; SCALAR_LEN]> {
    Zeroizing::new(pad48(&scalar.to_bytes()))
}

/// Reads a secret scalar that is not zero.
///
/// # Errors
/// As for [`scalar_from_bytes`].
pub fn secret_scalar_from_bytes(bytes: &[u8; SCALAR_LEN]) -> Result<SecretScalar, DecodeError> {
    SecretScalar::from_bytes(unpadded(bytes)?)
}

/// 16 zero bytes before a hash: how these libraries store 32 bytes in a field of 48.
pub(super) fn pad48(bytes: &[u8; 32]) -> [u8; 48] {
    joined(&[&[0; 16], bytes])
}

/// Writes a secret point of G1 into a buffer that is wiped.
#[must_use]
pub fn secret_g1_to_bytes(point: &SecretG1) -> Zeroizing<[u8; G1_LEN]> {
    prefixed(&point.to_uncompressed())
}

/// Reads a secret point of G1.
///
/// # Errors
/// As for [`g1_from_bytes`].
pub fn secret_g1_from_bytes(bytes: &[u8; G1_LEN]) -> Result<SecretG1, DecodeError> {
    g1_from_bytes(bytes).map(SecretG1::from)
}

/// Reads a secret point of G2 as Milagro writes it.
///
/// # Errors
/// As for [`g2_from_milagro`].
pub fn secret_g2_from_milagro(bytes: &[u8; G2_MILAGRO_LEN]) -> Result<SecretG2, DecodeError> {
    g2_from_milagro(bytes).map(SecretG2::from)
}

/// Writes a secret point of G2 as Milagro does, into a buffer that is wiped.
#[must_use]
pub fn secret_g2_to_milagro(point: &SecretG2) -> Zeroizing<[u8; G2_MILAGRO_LEN]> {
    swapped(&point.to_uncompressed())
}

pub(super) fn secret_g2_to_miracl(point: &SecretG2) -> Zeroizing<[u8; G2_MIRACL_LEN]> {
    prefixed(&point.to_uncompressed())
}

/// `04 || coordinates`.
fn prefixed<const N: usize, const M: usize>(coordinates: &[u8; N]) -> Zeroizing<[u8; M]> {
    Zeroizing::new(joined(&[&[4], coordinates]))
}

/// Exchanges the two halves of both coordinates.
fn swapped(bytes: &[u8; 192]) -> Zeroizing<[u8; 192]> {
    let mut out = Zeroizing::new(*bytes);
    for coordinate in out.as_chunks_mut::<96>().0 {
        coordinate.rotate_left(48);
    }
    out
}

/// x with the flag of a compressed point in our own encoding, the sign left open.
fn flagged<const N: usize>(sign: u8, mut x: [u8; N]) -> Result<[u8; N], DecodeError> {
    match (sign, x.first_mut()) {
        (2 | 3, Some(first)) if *first & 0xe0 == 0 => *first |= 0x80,
        _ => return Err(DecodeError::Encoding),
    }
    Ok(x)
}

fn unpadded(bytes: &[u8; SCALAR_LEN]) -> Result<&[u8; 32], DecodeError> {
    match bytes.split_last_chunk() {
        Some((padding, scalar)) if padding.iter().all(|byte| *byte == 0) => Ok(scalar),
        _ => Err(DecodeError::ScalarOutOfRange),
    }
}

/// The lowest bit of a big-endian number.
fn odd(number: &[u8]) -> u8 {
    number.last().map_or(0, |byte| byte & 1)
}

/// The parts one after another; their lengths add up to N.
fn joined<const N: usize>(parts: &[&[u8]]) -> [u8; N] {
    let mut out = [0; N];
    for (to, from) in out.iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from;
    }
    out
}
