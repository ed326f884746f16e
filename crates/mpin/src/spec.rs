//! The formulas of the protocol, one function each, in the letters of the M-Pin papers (M. Scott,
//! "M-Pin: A Multi-Factor Zero Knowledge Authentication Protocol"; IETF draft-scott-mpin).

use milagro_curve::encoding::Writer;
use milagro_curve::{
    E1Point, E1Sum, G1Point, G2Prepared, Scalar, SecretG1, SecretG1Sum, SecretResidue,
    SecretScalar, Transcript, pairing_product_is_one,
};

use crate::{ChannelBinding, Identity, PermitLabel, ServerId, TrustDomainId, tags};

/// Everything that y covers besides U.
pub(crate) struct Context<'a> {
    pub(crate) domain: &'a TrustDomainId,
    pub(crate) server: &'a ServerId,
    pub(crate) identity: &'a Identity,
    pub(crate) label: Option<&'a PermitLabel>,
    pub(crate) binding: &'a ChannelBinding,
    pub(crate) nonce: &'a [u8; 32],
}

impl Context<'_> {
    fn absorb(&self, transcript: &mut Transcript) {
        transcript.append("domain", &self.domain.to_bytes());
        transcript.append("server", self.server.as_bytes());
        self.identity.absorb(transcript);
        let label = PermitLabel::write(self.label, Writer::new()).finish();
        transcript.append("permit", &label);
        self.binding.absorb(transcript);
        transcript.append("nonce", self.nonce);
    }
}

/// B = A, or A + N with a permit whose label point is N; `None` if that is the identity.
pub(crate) fn base(a: &G1Point, n: Option<&G1Point>) -> Option<G1Point> {
    match n {
        None => Some(*a),
        Some(n) => (*a + *n).to_point(),
    }
}

/// S_B = S, or S + s·N with a permit; `None` if that is the identity.
pub(crate) fn secret(s: &SecretG1, permit: Option<&G1Point>) -> Option<SecretG1> {
    match permit {
        None => Some(s.clone()),
        Some(permit) => SecretG1Sum::zero()
            .add(s)
            .add(&SecretG1::from(*permit))
            .to_secret(),
    }
}

/// x, hedged over fresh randomness, S_B and everything that y covers but U.
pub(crate) fn nonce<R: milagro_curve::rand_core::CryptoRng + ?Sized>(
    rng: &mut R,
    s_b: &SecretG1,
    context: &Context<'_>,
) -> SecretScalar {
    let mut transcript = Transcript::new(tags::NONCE);
    transcript.append("S_B", &*s_b.to_bytes());
    context.absorb(&mut transcript);
    SecretScalar::hedged(rng, transcript)
}

/// y = Hs(tag, context, U).
pub(crate) fn challenge(context: &Context<'_>, u: &[u8; 48]) -> Scalar {
    let mut transcript = Transcript::new(tags::CHALLENGE);
    context.absorb(&mut transcript);
    transcript.append("U", u);
    transcript.challenge("y")
}

/// V = -(x + y)·S_B; `None` if x + y = 0.
pub(crate) fn response(x: &SecretScalar, y: &Scalar, s_b: &SecretG1) -> Option<G1Point> {
    let factor: SecretResidue = x.to_residue().add_public(y).neg();
    Some(s_b.mul(&factor.to_nonzero()?).declassify())
}

/// Whether e(V, Qs)·e(U + y·B, s·Qs) = 1. Speaks about the order-r parts of U and V.
pub(crate) fn holds(
    (u, v): (&E1Point, &E1Point),
    y: &Scalar,
    b: &G1Point,
    (qs, s_qs): (&G2Prepared, &G2Prepared),
) -> bool {
    let sum = E1Sum::from(*u) + E1Sum::from(b * y);
    pairing_product_is_one(&[(E1Sum::from(*v), qs), (sum, s_qs)])
}
