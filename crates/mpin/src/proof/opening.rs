//! Openings: every proof shows that its maker knows the x behind U and, in a key agreement, the r behind G.
//!
//! Without one, a registered thief can test another user's PIN through an account of his own, unseen by any
//! counter: U = x·Am + Av, V = -(x + y)·Sm - (Tv + α'·Av) is accepted iff α' is the victim's PIN. He can also
//! hide wrong guesses, by adding c·X to U and c·s·X to V for any pair (X, s·X) that is public; and with G = Av
//! the server's key confirmation would test PINs of a stolen token offline. This is a Schnorr proof over two
//! bases, with a second one beside it under the same challenge:
//!
//! ```text
//! W = x·A (U itself without a permit);  R = ρ·B;  R' = ρ·A;  Rr = ρr·A
//! c = Hs(tag, everything in y, V, R [, R'] [, Rr]), 128 bits;  z = ρ + c·x;  zr = ρr + c·r
//! holds iff z·B = R + c·U, z·A = R' + c·W and zr·A = Rr + c·G, on the order-r parts
//! ```
//!
//! The order-r part of a point Z vanishes iff (1 - X)·Z = O, X the curve's parameter: 1 - X is a multiple of
//! every order that a point outside the subgroup can have, and prime to r (RFC 9380, section 8.8.1).

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{G1Point, Scalar, SecretScalar, Transcript, loose::E1Point, msm::Combination};

use crate::proof::statement::{Statement, WithAgreement, WithPermit};
use crate::proof::tags;

/// A point and what it is a multiple of.
#[derive(Clone, Copy)]
pub(crate) struct Bases<'a> {
    pub(crate) a: &'a G1Point,
    pub(crate) b: &'a G1Point,
}

/// What the maker of a proof knows.
pub(crate) struct Witness<'a> {
    pub(crate) x: &'a SecretScalar,
    pub(crate) u: G1Point,
    /// W, where there is a permit.
    pub(crate) w: Option<G1Point>,
    /// r and G, in a key agreement.
    pub(crate) agreement: Option<(&'a SecretScalar, G1Point)>,
}

/// Opens U = x·B, W = x·A and G = r·A. `said` is the transcript of y, and holds these points.
pub(crate) fn open<R: CryptoRng + ?Sized>(
    rng: &mut R,
    witness: &Witness<'_>,
    bases: Bases<'_>,
    said: &Transcript,
    v: G1Point,
) -> Statement {
    let v_bytes = v.to_bytes();
    let mut hedged = |label: &'static str, secret: &SecretScalar| {
        let mut transcript = Transcript::new(tags::NONCE);
        transcript.append("for", label.as_bytes());
        transcript.append("secret", &*secret.to_bytes());
        transcript.append("y", &said.bytes::<64>("opening"));
        transcript.append("V", &v_bytes);
        SecretScalar::hedged(rng, transcript)
    };
    let rho = hedged("ρ", witness.x);
    let agreement = witness.agreement.map(|(r, g)| (r, hedged("ρr", r), g));
    let r = E1Point::from(bases.b * &rho);
    let second = witness.w.map(|w| WithPermit {
        w: w.into(),
        r: E1Point::from(bases.a * &rho),
    });
    let r_r = agreement
        .as_ref()
        .map(|(_, rho_r, _)| E1Point::from(bases.a * rho_r));
    let c = hash(said, &v_bytes, &r, second.as_ref(), r_r.as_ref());
    let c = Scalar::from(c);
    Statement {
        u: witness.u.into(),
        v: v.into(),
        z: rho.respond(&c, witness.x),
        r,
        permit: second,
        agreement: agreement
            .zip(r_r)
            .map(|((r, rho_r, g), r_r)| WithAgreement {
                g: g.into(),
                r: r_r,
                z: rho_r.respond(&c, r),
            }),
    }
}

/// c, 128 bits. `said` is the transcript of y.
pub(crate) fn challenge(said: &Transcript, statement: &Statement) -> u128 {
    let r_r = statement.agreement.as_ref().map(|more| &more.r);
    let permit = statement.permit.as_ref();
    hash(said, &statement.v.to_bytes(), &statement.r, permit, r_r)
}

fn hash(
    said: &Transcript,
    v: &[u8; 48],
    r: &E1Point,
    permit: Option<&WithPermit>,
    r_r: Option<&E1Point>,
) -> u128 {
    // y and all that it covers (U, W and G among it) enter as a hash of their transcript.
    let mut transcript = Transcript::new(tags::OPENING);
    transcript.append("y", &said.bytes::<64>("opening"));
    transcript.append("V", v);
    transcript.append("R", &r.to_bytes());
    if let Some(permit) = permit {
        transcript.append("R'", &permit.r.to_bytes());
    }
    if let Some(r_r) = r_r {
        transcript.append("Rr", &r_r.to_bytes());
    }
    u128::from_be_bytes(transcript.bytes("c"))
}

/// Whether the equations about x hold on the order-r parts. Variable time in the proof, which is public.
pub(crate) fn holds_vartime(statement: &Statement, c: u128, bases: Bases<'_>) -> bool {
    let Statement { u, r, z, .. } = statement;
    let second = statement.permit.as_ref();
    schnorr(bases.b, z, c, &Commitment { point: u, r })
        && second.is_none_or(|second| {
            let WithPermit { w, r } = second;
            schnorr(bases.a, z, c, &Commitment { point: w, r })
        })
}

/// A point, and the commitment to how it is made.
#[derive(Clone, Copy)]
struct Commitment<'a> {
    point: &'a E1Point,
    r: &'a E1Point,
}

/// Whether z·base - R - c·X vanishes on the order-r part.
fn schnorr(base: &G1Point, z: &Scalar, c: u128, of: &Commitment<'_>) -> bool {
    let mut equation = Combination::with_capacity(4);
    equation.add(*base, z);
    equation.subtract_short(*of.r, 1);
    equation.subtract_short(*of.point, c);
    equation.vanishes_vartime()
}
