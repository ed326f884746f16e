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

use crate::names::binding::ChannelBinding;
use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::PermitLabel;
use crate::proof::fresh::Fresh;
use crate::proof::statement::Statement;
use crate::proof::tags;

/// What a proof is for. Every mode has a tag of its own, so that a proof of one is none of another.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Mode {
    /// A login that answers the server's challenge.
    Challenge,
    /// A login at a time.
    OnePass,
    /// A signature on a message at a time.
    Sign,
    /// A login that brings G for a key agreement, in answer to the server's challenge.
    Full,
    /// The same at a time.
    FullOnePass,
}

impl Mode {
    const fn tag(self) -> &'static str {
        match self {
            Self::Challenge => tags::CHALLENGE,
            Self::OnePass => tags::ONE_PASS,
            Self::Sign => tags::SIGN,
            Self::Full => tags::FULL,
            Self::FullOnePass => tags::FULL_ONE_PASS,
        }
    }
}

/// Everything that y covers besides points.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) mode: Mode,
    pub(crate) fresh: &'a Fresh,
    pub(crate) domain: &'a TrustDomainId,
    pub(crate) server: &'a ServerId,
    pub(crate) binding: &'a ChannelBinding,
    pub(crate) identity: &'a Identity,
    pub(crate) label: Option<&'a PermitLabel>,
    /// The message of a signature.
    pub(crate) message: Option<&'a [u8]>,
}

impl Context<'_> {
    /// Tag, trust domain, server id, identity, permit label, channel binding, challenge or time [, message].
    pub(crate) fn transcript(&self) -> Transcript {
        let mut transcript = Transcript::new(self.mode.tag());
        transcript.append("domain", &self.domain.to_bytes());
        transcript.append("server", self.server.as_bytes());
        self.identity.absorb(&mut transcript);
        let label = PermitLabel::write(self.label, Writer::new()).finish();
        transcript.append("permit", &label);
        self.binding.absorb(&mut transcript);
        self.fresh.absorb(&mut transcript);
        if let Some(message) = self.message {
            transcript.append("message", message);
        }
        transcript
    }

    /// What a message says of where it goes.
    pub(crate) fn aim(&self) -> Aim {
        let part = |label, absorb: &dyn Fn(&mut Transcript)| {
            let mut transcript = Transcript::new(tags::AIM);
            self.fresh.absorb(&mut transcript);
            absorb(&mut transcript);
            transcript.bytes(label)
        };
        Aim {
            domain: part("domain", &|t| t.append("domain", &self.domain.to_bytes())),
            server: part("server", &|t| t.append("server", self.server.as_bytes())),
            binding: part("binding", &|t| self.binding.absorb(t)),
        }
    }
}

/// Four bytes each of hashes of the domain, the server and the channel binding that a proof is for, so that an
/// operator can tell which of them a refused login got wrong. They prove nothing and hide nothing: y covers all
/// three, and whoever sees a proof can test a guess of them against its opening. Each hash covers the challenge
/// or time too, so that two messages have no hash in common.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Aim {
    pub(crate) domain: [u8; 4],
    pub(crate) server: [u8; 4],
    pub(crate) binding: [u8; 4],
}

impl Aim {
    pub(crate) fn to_bytes(self) -> [u8; 12] {
        let mut out = [0; 12];
        let parts = [self.domain, self.server, self.binding];
        out.iter_mut()
            .zip(parts.as_flattened())
            .for_each(|(to, from)| *to = *from);
        out
    }

    pub(crate) const fn from_bytes(bytes: [u8; 12]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = bytes;
        Self {
            domain: [a, b, c, d],
            server: [e, f, g, h],
            binding: [i, j, k, l],
        }
    }
}

/// Adds G, which comes before all other points, as the others may be hedged over it.
pub(crate) fn with_agreement(mut context: Transcript, g: Option<&[u8; 48]>) -> Transcript {
    if let Some(g) = g {
        context.append("G", g);
    }
    context
}

/// y = Hs(context [, G], U [, W]), and the transcript so far for what follows. In a key agreement it is short.
pub(crate) fn challenge(
    mut context: Transcript,
    u: &[u8; 48],
    w: Option<&[u8; 48]>,
    agreement: bool,
) -> (Scalar, Transcript) {
    context.append("U", u);
    if let Some(w) = w {
        context.append("W", w);
    }
    let y = if agreement {
        short_challenge(&context, "y")
    } else {
        context.challenge("y")
    };
    (y, context)
}

/// [`challenge`] for the parts of a message.
pub(crate) fn challenge_of(context: Transcript, statement: &Statement) -> (Scalar, Transcript) {
    let g = statement.agreement.map(|more| more.g.to_bytes());
    let w = statement.permit.map(|permit| permit.w.to_bytes());
    let context = with_agreement(context, g.as_ref());
    challenge(context, &statement.u.to_bytes(), w.as_ref(), g.is_some())
}

/// A one-time number, hedged over fresh randomness, S_B and everything that y covers and is known by then. The
/// label keeps x and r apart.
pub(crate) fn nonce<R: CryptoRng + ?Sized>(
    rng: &mut R,
    label: &'static str,
    s_b: &SecretG1,
    context: &Transcript,
) -> SecretScalar {
    let mut transcript = Transcript::new(tags::NONCE);
    transcript.append("for", label.as_bytes());
    transcript.append("S_B", &*s_b.to_bytes());
    transcript.append("context", &context.bytes::<64>("context"));
    SecretScalar::hedged(rng, transcript)
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

/// The two points of G2 that a proof is checked against: Qs (or Pa of a device key), and s·Qs.
#[derive(Clone, Copy)]
pub(crate) struct ServerPoints<'a> {
    pub(crate) first: &'a G2Prepared,
    pub(crate) second: &'a G2Prepared,
}

/// Whether e(V, Qs)·e(U + y·B, s·Qs) = 1. Speaks about the order-r parts of U and V.
pub(crate) fn holds(u: &E1Point, v: &E1Point, y_b: G1Sum, points: ServerPoints<'_>) -> bool {
    #[cfg(test)]
    crate::proof::count::one_more();
    let sum = E1Sum::from(*u) + E1Sum::from(y_b);
    pairing_product_is_one(
        Term::new(*v, points.first),
        &[Term::new(sum, points.second)],
    )
}
