//! What the three proofs say (sections 5.1 to 5.4), in the order in which the draft allocates and adds.

use crate::arc::group::{Element, g, h};
use crate::arc::key::PublicKey;
use crate::sigma::relation::Relation;
use crate::suite::nist::P256;

/// Section 5.1, of (m₁, m₂, r₁, r₂): m1Enc = m₁·G + r₁·H, m2Enc = m₂·G + r₂·H.
pub(super) fn request(m1_enc: &Element, m2_enc: &Element) -> Relation<P256> {
    let mut relation = Relation::new();
    let [m1, m2, r1, r2] = relation.secrets();
    let [g, h, m1_enc, m2_enc] = relation.publics([g(), h(), m1_enc, m2_enc]);
    relation.equation(m1_enc, &[(m1, g), (r1, h)]);
    relation.equation(m2_enc, &[(m2, g), (r2, h)]);
    relation
}

/// What a server issues, under the client's blinds.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Answer {
    pub(super) u: Element,
    pub(super) enc_u_prime: Element,
    pub(super) x0_aux: Element,
    pub(super) x1_aux: Element,
    pub(super) x2_aux: Element,
    pub(super) h_aux: Element,
}

/// What the server's proof is about.
pub(super) struct Issue<'a> {
    pub(super) key: &'a PublicKey,
    pub(super) m1_enc: &'a Element,
    pub(super) m2_enc: &'a Element,
    pub(super) answer: &'a Answer,
}

/// Section 5.2, of (x₀, x₁, x₂, xᵦ, b, t₁ = b·x₁, t₂ = b·x₂): that the answer is this key's to this request.
pub(super) fn response(issue: &Issue<'_>) -> Relation<P256> {
    let Issue { key, answer, .. } = issue;
    let mut relation = Relation::new();
    let [x0, x1, x2, blinding, b, t1, t2] = relation.secrets();
    let [g, h, m1_enc, m2_enc] = relation.publics([g(), h(), issue.m1_enc, issue.m2_enc]);
    let [u, enc_u_prime, key0, key1, key2] =
        relation.publics([&answer.u, &answer.enc_u_prime, &key.x0, &key.x1, &key.x2]);
    let [x0_aux, x1_aux, x2_aux, h_aux] = relation.publics([
        &answer.x0_aux,
        &answer.x1_aux,
        &answer.x2_aux,
        &answer.h_aux,
    ]);
    // 1 to 3: the key.
    relation.equation(key0, &[(x0, g), (blinding, h)]);
    relation.equation(key1, &[(x1, h)]);
    relation.equation(key2, &[(x2, h)]);
    // 4: X0Aux = b·xᵦ·H, by way of HAux = b·H.
    relation.equation(h_aux, &[(b, h)]);
    relation.equation(x0_aux, &[(blinding, h_aux)]);
    // 5 and 6: XᵢAux = b·xᵢ·H, which fixes tᵢ.
    relation.equation(x1_aux, &[(t1, h)]);
    relation.equation(x1_aux, &[(b, key1)]);
    relation.equation(x2_aux, &[(b, key2)]);
    relation.equation(x2_aux, &[(t2, h)]);
    // 7 and 8: U = b·G, encUPrime = b·X0 + t₁·m1Enc + t₂·m2Enc.
    relation.equation(u, &[(b, g)]);
    relation.equation(enc_u_prime, &[(b, key0), (t1, m1_enc), (t2, m2_enc)]);
    relation
}

/// The points of a presentation, with those that both sides compute.
pub(super) struct Shown<'a> {
    pub(super) u: &'a Element,
    pub(super) u_prime_commit: &'a Element,
    pub(super) m1_commit: &'a Element,
    pub(super) v: &'a Element,
    pub(super) x1: &'a Element,
    pub(super) tag: &'a Element,
    pub(super) generator: &'a Element,
    pub(super) nonce_commit: &'a Element,
    /// D
    pub(super) bits: &'a [Element],
}

/// Sections 5.3 and 5.4, of (m₁, z, -r, nonce, nonceBlinding, b…, s…, s2…).
///
/// With one bit, D₀ is nonceCommit, and takes its place: no point stands in a statement twice. The draft's text
/// does not say so; its figures do.
pub(super) fn presentation(shown: &Shown<'_>) -> Relation<P256> {
    let mut relation = Relation::new();
    let [m1, z, minus_r, nonce, blinding] = relation.secrets();
    let [g, h, u, _u_prime_commit, m1_commit] =
        relation.publics([g(), h(), shown.u, shown.u_prime_commit, shown.m1_commit]);
    let [v, x1, tag, generator, nonce_commit] = relation.publics([
        shown.v,
        shown.x1,
        shown.tag,
        shown.generator,
        shown.nonce_commit,
    ]);
    relation.equation(m1_commit, &[(m1, u), (z, h)]);
    relation.equation(v, &[(z, x1), (minus_r, g)]);
    relation.equation(nonce_commit, &[(nonce, g), (blinding, h)]);
    relation.equation(generator, &[(m1, tag), (nonce, tag)]);

    let count = shown.bits.len();
    let [b, s, s2] = [(); 3].map(|()| relation.secrets_of(count));
    let commitments = if count == 1 {
        [nonce_commit].into()
    } else {
        relation.publics_of(shown.bits)
    };
    for (((d, b), s), s2) in commitments.into_iter().zip(b).zip(s).zip(s2) {
        relation.equation(d, &[(b, g), (s, h)]);
        // bᵢ·(bᵢ - 1) = 0, made linear: s2ᵢ = (1 - bᵢ)·sᵢ.
        relation.equation(d, &[(b, d), (s2, h)]);
    }
    relation
}
