//! RFC 9380: hashing to the groups and to scalars.

use zeroize::Zeroizing;

pub(crate) mod dst;
mod expand;

pub use self::expand::{
    TooLong, expand_message_xmd_sha256, expand_message_xmd_sha512, expand_message_xof_shake256,
};

use self::dst::Dst;
use self::expand::{expand_message_xof_shake256_k128, short_dst};
use crate::backend::fr::Fr;
use crate::backend::group::{P1, P2};
use crate::backend::hash as backend;
use crate::groups::g1::G1Point;
use crate::groups::g2::G2Point;
use crate::scalars::secret::SecretResidue;

/// Bytes of one uniform field element: L = ceil((ceil(log2 r) + k) / 8) = 48 for k = 128, which is the
/// security level of everything that is hashed to here (section 5.1).
const L: usize = 48;

/// Hashes to G1 as a random oracle: `hash_to_curve` of suite `BLS12381G1_XMD:SHA-256_SSWU_RO_`
/// (RFC 9380, section 8.8.1).
///
/// Variable time in the length of the inputs only. The identity, which no known input gives, is
/// replaced by the generator.
#[must_use]
pub fn hash_to_g1(message: &[u8], dst: Dst<'_>) -> G1Point {
    backend_g1(backend::hash_to_g1(message, &short_dst(dst)))
}

/// Encodes to G1, *not* as a random oracle: `encode_to_curve` of suite
/// `BLS12381G1_XMD:SHA-256_SSWU_NU_` (RFC 9380, section 8.8.1), for interoperation with MIRACL.
#[must_use]
pub fn encode_to_g1(message: &[u8], dst: Dst<'_>) -> G1Point {
    backend_g1(backend::encode_to_g1(message, &short_dst(dst)))
}

/// Hashes to G2 as a random oracle: `hash_to_curve` of suite `BLS12381G2_XMD:SHA-256_SSWU_RO_`
/// (RFC 9380, section 8.8.2).
#[must_use]
pub fn hash_to_g2(message: &[u8], dst: Dst<'_>) -> G2Point {
    backend_g2(&backend::hash_to_g2(message, &short_dst(dst)))
}

/// Encodes to G2, *not* as a random oracle: `encode_to_curve` of suite
/// `BLS12381G2_XMD:SHA-256_SSWU_NU_` (RFC 9380, section 8.8.2).
#[must_use]
pub fn encode_to_g2(message: &[u8], dst: Dst<'_>) -> G2Point {
    backend_g2(&backend::encode_to_g2(message, &short_dst(dst)))
}

/// Hashes to Z/rZ: `hash_to_field` modulo r with one element, `expand_message_xmd` and SHA-256
/// (RFC 9380, section 5.2). The result may be secret, and zero.
#[must_use]
pub fn hash_to_scalar(message: &[u8], dst: Dst<'_>) -> SecretResidue {
    let mut uniform = Zeroizing::new([0; L]);
    // 48 bytes are within what the expander gives.
    let filled = expand_message_xmd_sha256(message, dst, &mut *uniform);
    debug_assert!(filled.is_ok());
    SecretResidue(Fr::from_wide_be_bytes(&*uniform))
}

/// As [`hash_to_scalar`], with `expand_message_xof` and SHAKE256. The suite has k = 128 throughout, so a tag
/// above 255 bytes is reduced to 32 bytes, not to the 64 of [`expand_message_xof_shake256`] (section 5.3.3).
#[must_use]
pub fn hash_to_scalar_xof(message: &[u8], dst: Dst<'_>) -> SecretResidue {
    let mut uniform = Zeroizing::new([0; L]);
    let filled = expand_message_xof_shake256_k128(message, dst, &mut *uniform);
    debug_assert!(filled.is_ok());
    SecretResidue(Fr::from_wide_be_bytes(&*uniform))
}

fn backend_g1(point: P1) -> G1Point {
    let point = point.to_affine();
    if point.is_identity().into() {
        G1Point::generator()
    } else {
        G1Point(point)
    }
}

fn backend_g2(point: &P2) -> G2Point {
    let point = point.to_affine();
    if point.is_identity().into() {
        G2Point::generator()
    } else {
        G2Point(point)
    }
}
