//! The formulas, one function each, in the letters of Chow and Choo (ISC 2007, section 3) as Milagro's
//! `wcc.c` writes them for a type-3 pairing.

use milagro_curve::{
    G1Point, G1Sum, G2Point, G2Prepared, G2Sum, Scalar, SecretG1, SecretG2, SecretGt, SecretScalar,
    pairing::{pairing, pairing_secret},
};
use milagro_mpin::compat::encoding::{g1_to_bytes, g2_to_milagro};
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

/// PaG1, PgG1 and PbG2.
pub(super) type Points = (G1Point, G1Point, G2Point);

/// πa = Hq(PaG1 || PbG2 || PgG1 || IdB).
pub(super) fn pi_a((pa, pg, pb): &Points, id_b: &[u8]) -> Scalar {
    hq([&g1_to_bytes(pa), &g2_to_milagro(pb), &g1_to_bytes(pg), id_b])
}

/// πb = Hq(PbG2 || PaG1 || PgG1 || IdA).
pub(super) fn pi_b((pa, pg, pb): &Points, id_a: &[u8]) -> Scalar {
    hq([&g2_to_milagro(pb), &g1_to_bytes(pa), &g1_to_bytes(pg), id_a])
}

/// Hq(bytes) = OS2IP(SHA-256(bytes)) mod r.
fn hq(parts: [&[u8]; 4]) -> Scalar {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    Scalar::from_wide_bytes(&hash.finalize())
}

/// k = e((x + πa)·sA, πb·B + PbG2); `None` if a factor vanishes.
pub(super) fn initiator_k(
    (x, pi_a): (&SecretScalar, &Scalar),
    s_a: &SecretG1,
    (pi_b, b, pb): (&Scalar, &G2Point, &G2Point),
) -> Option<SecretGt> {
    let left = s_a.mul(&x.to_residue().add_public(pi_a).to_nonzero()?);
    let right = (b * pi_b + G2Sum::from(*pb)).to_point()?;
    Some(pairing_secret(&left, &G2Prepared::from(&right)))
}

/// k = e(πa·A + PaG1, (y + πb)·sB); `None` if a factor vanishes.
pub(super) fn responder_k(
    (pi_a, a, pa): (&Scalar, &G1Point, &G1Point),
    (y, pi_b): (&SecretScalar, &Scalar),
    s_b: &SecretG2,
) -> Option<SecretGt> {
    let left = (a * pi_a + G1Sum::from(*pa)).to_point()?;
    let right = s_b.mul(&y.to_residue().add_public(pi_b).to_nonzero()?);
    Some(SecretGt::from(pairing(&left, &G2Prepared::from(&right))))
}

/// The first 16 bytes of SHA-256(tr(k) || 04 || D.x || D.y).
pub(super) fn key(k: &SecretGt, d: &SecretG1) -> Zeroizing<[u8; 16]> {
    let hash = Sha256::new()
        .chain_update(k.trace_bytes().as_slice())
        .chain_update([4])
        .chain_update(d.to_uncompressed().as_slice());
    let mut hash: [u8; 32] = hash.finalize().into();
    let mut key = Zeroizing::new([0; 16]);
    key.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
    hash.zeroize();
    key
}
