//! The formulas of the exchange, one function each, in the letters of Apache Milagro (Chow and Choo's
//! protocol 1 over a type-3 pairing).

use milagro_curve::{
    G1Point, G2Point, G2Prepared, Scalar, SecretG1, SecretGt, SecretScalar, Transcript,
    pairing::pairing_secret, table::SecretG1Table,
};
use milagro_dta::{
    Agreement,
    issue::{HashToFirst as _, HashToSecond as _},
};

use crate::exchange::{Early, SharedSecret};
use crate::exchange::{Prologue, Unconfirmed};
use crate::names::Identity;
use crate::tags;

/// The three points that the two ends send.
#[derive(Clone, Copy, Debug)]
pub(super) struct Points {
    /// PaG1 = x·H1(A).
    pub(super) pa: G1Point,
    /// PgG1 = w·H1(A).
    pub(super) pg: G1Point,
    /// PbG2 = y·H2(B).
    pub(super) pb: G2Point,
}

/// H1(A), under the tag of the protocol `agreement`.
pub(super) fn first(a: &Identity) -> G1Point {
    Agreement::first_point(&a.to_subject())
}

/// H2(B), under the tag of the protocol `agreement`.
pub(super) fn second(b: &Identity) -> G2Point {
    Agreement::second_point(&b.to_subject())
}

/// Everything that is said, in order.
pub(super) fn said(prologue: &Prologue, (a, b): (&Identity, &Identity), points: &Points) -> Early {
    let mut early = Early::new(tags::PEER_TO_PEER, prologue);
    early.append("initiator", &a.to_bytes());
    early.append("responder", &b.to_bytes());
    early.append("PaG1", &points.pa.to_bytes());
    early.append("PgG1", &points.pg.to_bytes());
    early.append("PbG2", &points.pb.to_bytes());
    early
}

/// πa and πb: two hashes of everything.
pub(super) fn challenges(said: &Early) -> (Scalar, Scalar) {
    let transcript = said.transcript();
    (transcript.challenge("a"), transcript.challenge("b"))
}

/// What x, w and y are hedged over, beside what the callers add: the key and the prologue.
pub(super) fn hedge(key: &[u8], own: &Identity, prologue: &Prologue) -> Transcript {
    let mut hedge = Transcript::new(tags::PEER_TO_PEER_NONCE);
    hedge.append("key", key);
    hedge.append("own identity", &own.to_bytes());
    hedge.append("prologue", &prologue.digest());
    hedge
}

/// k = e((x + πa)·D1, πb·H2(B) + PbG2), with a table of D1.
///
/// # Errors
/// [`Unconfirmed`] if a factor is zero, which happens once in 2^254.
pub(super) fn initiator_key(
    d1: &SecretG1Table,
    x: &SecretScalar,
    b: &G2Point,
    pb: &G2Point,
    (pi_a, pi_b): (Scalar, Scalar),
) -> Result<SecretGt, Unconfirmed> {
    #[cfg(test)]
    crate::tests::count_pairing();
    let x_pi = x.to_residue().add_public(&pi_a);
    let left = d1.mul(&x_pi.to_nonzero().ok_or(Unconfirmed)?);
    let right = (b * &pi_b + *pb).to_point().ok_or(Unconfirmed)?;
    Ok(pairing_secret(&left, &G2Prepared::from(&right)))
}

/// k = e(πa·H1(A) + PaG1, (y + πb)·D2), with y + πb moved to the left, where it costs less.
///
/// # Errors
/// [`Unconfirmed`] if a factor is zero, which happens once in 2^254.
pub(super) fn responder_key(
    d2: &G2Prepared,
    y: &SecretScalar,
    a: &G1Point,
    pa: &G1Point,
    (pi_a, pi_b): (Scalar, Scalar),
) -> Result<SecretGt, Unconfirmed> {
    #[cfg(test)]
    crate::tests::count_pairing();
    let y_pi = y.to_residue().add_public(&pi_b);
    let left = (a * &pi_a + *pa).to_point().ok_or(Unconfirmed)?;
    let left = left.mul_secret(&y_pi.to_nonzero().ok_or(Unconfirmed)?);
    Ok(pairing_secret(&left, d2))
}

/// k || D.
pub(super) fn shared(k: &SecretGt, d: &SecretG1) -> SharedSecret {
    SharedSecret::new(&[&*k.to_bytes(), &*d.to_bytes()])
}
