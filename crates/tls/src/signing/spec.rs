//! The formulas of the signature scheme, one function each, in the letters of the paper (J. C. Cha and
//! J. H. Cheon, "An Identity-Based Signature from Gap Diffie-Hellman Groups", PKC 2003, section 3; also
//! ISO/IEC 14888-3, IBS-2). Groups are those of a type-3 pairing: identities and signatures in G1, the
//! public key s·Q in G2.

use milagro_curve::{
    G1Point, G1Sum, G2Prepared, Scalar, SecretG1, SecretScalar, Transcript,
    loose::E1Sum,
    pairing::{Term, pairing_product_is_one},
    table::{G1Table, SecretG1Table},
};
use milagro_dta::issue::HashToFirst as _;

use crate::names::Identity;
use crate::signing::signature::Context;
use crate::tags;
use milagro_dta::Signing;

/// A = H1(id), under the tag of the protocol `signing`.
pub(crate) fn point(identity: &Identity) -> G1Point {
    #[cfg(test)]
    crate::tests::count_hash();
    Signing::first_point(&identity.to_subject())
}

/// Everything that h covers but U.
fn transcript(context: Context, identity: &Identity, message: &[u8]) -> Transcript {
    let mut transcript = Transcript::new(context.tag());
    transcript.append("identity", &identity.to_bytes());
    transcript.append("message", message);
    transcript
}

/// h = Hs(tag, id, U, message), 128 bits. A challenge as short as the security level is enough for
/// signatures of this kind (G. Neven, N. P. Smart, B. Warinschi, "Hash Function Requirements for Schnorr
/// Signatures", 2009) and makes h·A half as dear.
pub(crate) fn challenge(
    context: Context,
    identity: &Identity,
    u: &G1Point,
    message: &[u8],
) -> u128 {
    let mut transcript = transcript(context, identity, message);
    transcript.append("U", &u.to_bytes());
    u128::from_be_bytes(transcript.bytes("h"))
}

/// k, hedged over fresh randomness, D and everything that h covers but U; another one for every attempt.
pub(crate) fn nonce(
    fresh: &[u8; 32],
    d: &SecretG1,
    (context, identity): (Context, &Identity),
    message: &[u8],
    attempt: u64,
) -> SecretScalar {
    let mut nonce = Transcript::new(tags::NONCE);
    nonce.append("D", &*d.to_bytes());
    let covered = transcript(context, identity, message).bytes::<32>("covered");
    nonce.append("covered", &covered);
    nonce.append_u64("attempt", attempt);
    nonce.append("fresh randomness", fresh);
    SecretScalar::from_wide_bytes(&nonce.secret_bytes::<64>("k"))
}

/// U = k·A, with a table of A.
pub(crate) fn commitment(a: &G1Table, k: &SecretScalar) -> G1Point {
    a.mul(k)
}

/// V = (k + h)·D, with a table of D; `None` if k + h = 0.
pub(crate) fn response(k: &SecretScalar, h: u128, d: &SecretG1Table) -> Option<G1Point> {
    let factor = k.to_residue().add_public(&Scalar::from(h)).to_nonzero()?;
    Some(d.mul(&factor).declassify())
}

/// Whether e(V, Q) = e(U + h·A, s·Q), given h·A.
pub(crate) fn holds(
    (u, v): (&G1Point, &G1Point),
    product: G1Sum,
    keys: (&G2Prepared, &G2Prepared),
) -> bool {
    equal(E1Sum::from(*v), (product + *u).into(), keys)
}

/// Whether e(left, Q) = e(right, s·Q).
pub(crate) fn equal(left: E1Sum, right: E1Sum, (q, s_q): (&G2Prepared, &G2Prepared)) -> bool {
    #[cfg(test)]
    crate::tests::count_pairing();
    pairing_product_is_one(Term::new(-left, q), &[Term::new(right, s_q)])
}

/// Whether D = s·A: e(D, Q) = e(A, s·Q).
pub(crate) fn is_key(d: &SecretG1, a: &G1Point, keys: (&G2Prepared, &G2Prepared)) -> bool {
    // Public to this equation alone, which takes the same time for every point.
    equal(d.clone().declassify().into(), (*a).into(), keys)
}
