//! The formulas of the protocol, one function each, in the letters of the M-Pin papers (M. Scott,
//! "M-Pin: A Multi-Factor Zero Knowledge Authentication Protocol"; IETF draft-scott-mpin).

use milagro_base::Writer;
use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, G1Sum, G2Prepared, Scalar, SecretG1, SecretG1Sum, SecretResidue, SecretScalar,
    Transcript,
    loose::{E1Point, E1Sum},
    pairing::{Term, pairing_product_is_one},
};

use crate::{ChannelBinding, Identity, PermitLabel, ServerId, TrustDomainId, tags};

/// What makes a proof one of its kind, and fresh. Every kind has a tag of its own.
#[derive(Clone, Copy)]
pub(crate) enum Mode<'a> {
    /// A login that answers the server's nonce.
    Challenge(&'a [u8; 32]),
    /// A login at a time.
    OnePass(u64),
    /// A signature on a message at a time.
    Sign(u64, &'a [u8]),
    /// A login that brings R for a key agreement.
    Full(Fresh, &'a [u8; 48]),
}

/// What makes a key agreement fresh.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fresh {
    /// The server's nonce.
    Nonce([u8; 32]),
    /// A time.
    Time(u64),
}

impl Fresh {
    pub(crate) fn absorb(&self, transcript: &mut Transcript) {
        match self {
            Self::Nonce(nonce) => transcript.append("nonce", nonce),
            Self::Time(time) => transcript.append_u64("time", *time),
        }
    }
}

impl Mode<'_> {
    fn transcript(&self) -> Transcript {
        let tag = match self {
            Self::Challenge(_) => tags::CHALLENGE,
            Self::OnePass(_) => tags::ONE_PASS,
            Self::Sign(..) => tags::SIGN,
            Self::Full(Fresh::Nonce(_), _) => tags::FULL,
            Self::Full(Fresh::Time(_), _) => tags::FULL_ONE_PASS,
        };
        let mut transcript = Transcript::new(tag);
        match self {
            Self::Challenge(nonce) => transcript.append("nonce", *nonce),
            Self::OnePass(time) => transcript.append_u64("time", *time),
            Self::Sign(time, message) => {
                transcript.append_u64("time", *time);
                transcript.append("message", message);
            }
            Self::Full(fresh, r) => {
                fresh.absorb(&mut transcript);
                transcript.append("R", *r);
            }
        }
        transcript
    }
}

/// Everything that y covers besides U.
pub(crate) struct Context<'a> {
    pub(crate) mode: Mode<'a>,
    pub(crate) domain: &'a TrustDomainId,
    pub(crate) server: &'a ServerId,
    pub(crate) identity: &'a Identity,
    pub(crate) label: Option<&'a PermitLabel>,
    pub(crate) binding: &'a ChannelBinding,
}

impl Context<'_> {
    fn transcript(&self) -> Transcript {
        let mut transcript = self.mode.transcript();
        transcript.append("domain", &self.domain.to_bytes());
        transcript.append("server", self.server.as_bytes());
        self.identity.absorb(&mut transcript);
        let label = PermitLabel::write(self.label, Writer::new()).finish();
        transcript.append("permit", &label);
        self.binding.absorb(&mut transcript);
        transcript
    }

    /// y = Hs(tag(mode), context, U), and the transcript so far for what follows.
    pub(crate) fn challenge(&self, u: &[u8; 48]) -> (Scalar, Transcript) {
        let mut transcript = self.transcript();
        transcript.append("U", u);
        let y = match self.mode {
            Mode::Full(..) => short_challenge(&transcript, "y"),
            _ => transcript.challenge("y"),
        };
        (y, transcript)
    }

    /// x, hedged over fresh randomness, S_B and everything that y covers but U.
    pub(crate) fn nonce<R: CryptoRng + ?Sized>(&self, rng: &mut R, s_b: &SecretG1) -> SecretScalar {
        let mut transcript = Transcript::new(tags::NONCE);
        transcript.append("S_B", &*s_b.to_bytes());
        transcript.append("context", &self.transcript().bytes::<32>("context"));
        SecretScalar::hedged(rng, transcript)
    }
}

/// A challenge of 127 bits, for y and h of a key agreement, which halves what they cost. It is as long as the
/// security level: enough for y, as in Schnorr's signatures (G. Neven, N. Smart, B. Warinschi, "Hash function
/// requirements for Schnorr signatures", 2009), and for h, as in HMQV (H. Krawczyk, CRYPTO 2005).
pub(crate) fn short_challenge(transcript: &Transcript, label: &'static str) -> Scalar {
    Scalar::from(u128::from_be_bytes(transcript.bytes(label)) >> 1)
}

/// B = A, or A + N with a permit whose label point is N; `None` if that is the identity.
pub(crate) fn base(a: &G1Point, n: Option<&G1Point>) -> Option<G1Point> {
    match n {
        None => Some(*a),
        Some(n) => (*a + *n).to_point(),
    }
}

/// S_B = S, or S + s·N with a permit; with a device key z, z·(s·N) is added. `None` if that is the
/// identity.
pub(crate) fn secret(
    s: &SecretG1,
    permit: Option<&G1Point>,
    z: Option<&SecretScalar>,
) -> Option<SecretG1> {
    let Some(permit) = permit else {
        return Some(s.clone());
    };
    let permit = match z {
        None => SecretG1::from(*permit),
        Some(z) => permit.mul_secret(z),
    };
    SecretG1Sum::zero().add(s).add(&permit).to_secret()
}

/// V = -(x + y)·S_B; `None` if x + y = 0.
pub(crate) fn response(x: &SecretScalar, y: &Scalar, s_b: &SecretG1) -> Option<G1Point> {
    let factor: SecretResidue = x.to_residue().add_public(y).neg();
    Some(s_b.mul(&factor.to_nonzero()?).declassify())
}

/// Whether e(V, Qs)·e(U + y·B, s·Qs) = 1. Speaks about the order-r parts of U and V. With a device
/// key, Pa stands for the first Qs.
pub(crate) fn holds(
    (u, v): (&E1Point, &E1Point),
    y_b: G1Sum,
    (qs, s_qs): (&G2Prepared, &G2Prepared),
) -> bool {
    let sum = E1Sum::from(*u) + E1Sum::from(y_b);
    pairing_product_is_one(Term::new(*v, qs), &[Term::new(sum, s_qs)])
}
