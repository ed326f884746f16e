//! Hashing to the curve, RFC 9380 suites for BLS12-381 with SHA-256.

use blst::{blst_encode_to_g1, blst_encode_to_g2};

use super::group::{P1, P2};

/// RFC 9380 `hash_to_curve`, suite `BLS12381G1_XMD:SHA-256_SSWU_RO_`.
pub(crate) fn hash_to_g1(message: &[u8], dst: &[u8]) -> P1 {
    P1::from_blstrs(blstrs::G1Projective::hash_to_curve(message, dst, &[]))
}

/// RFC 9380 `hash_to_curve`, suite `BLS12381G2_XMD:SHA-256_SSWU_RO_`.
pub(crate) fn hash_to_g2(message: &[u8], dst: &[u8]) -> P2 {
    P2::from_blstrs(blstrs::G2Projective::hash_to_curve(message, dst, &[]))
}

/// RFC 9380 `encode_to_curve`, suite `BLS12381G1_XMD:SHA-256_SSWU_NU_`.
pub(crate) fn encode_to_g1(message: &[u8], dst: &[u8]) -> P1 {
    let mut out = P1::default();
    // SAFETY: the lengths are those of the slices, and the optional augmentation is null with length 0.
    unsafe {
        blst_encode_to_g1(
            out.raw_mut(),
            message.as_ptr(),
            message.len(),
            dst.as_ptr(),
            dst.len(),
            core::ptr::null(),
            0,
        );
    }
    out
}

/// RFC 9380 `encode_to_curve`, suite `BLS12381G2_XMD:SHA-256_SSWU_NU_`.
pub(crate) fn encode_to_g2(message: &[u8], dst: &[u8]) -> P2 {
    let mut out = P2::default();
    // SAFETY: as above.
    unsafe {
        blst_encode_to_g2(
            out.raw_mut(),
            message.as_ptr(),
            message.len(),
            dst.as_ptr(),
            dst.len(),
            core::ptr::null(),
            0,
        );
    }
    out
}
