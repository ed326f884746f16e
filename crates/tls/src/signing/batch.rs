//! Many signatures at once.
//!
//! N signatures under one public key hold together if, for weights ρi of 128 bits that nobody could know
//! before all signatures were fixed,
//!
//! ```text
//! e(Σ ρi·Vi, Q) = e(Σ ρi·Ui + Σ ρi·hi·Ai, s·Q)
//! ```
//!
//! (small-exponent test of Bellare, Garay, Rabin, EUROCRYPT '98; all points have order r). The weights
//! hash all signatures together with fresh randomness. A test that fails is repeated on both halves, so
//! that every signature gets the verdict it would get alone.

use milagro_curve::rand_core::CryptoRng;
use milagro_curve::{
    G1Point, Scalar, Transcript,
    loose::E1Sum,
    msm::{msm_g1_short_vartime, msm_g1_vartime},
};

use crate::names::Identity;
use crate::signing::anchor::TrustAnchor;
use crate::signing::base::Base;
use crate::signing::signature::{BadSignature, Context, Signature};
use crate::signing::spec;
use crate::tags;

/// What is claimed: this identity signed this message.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// Who.
    pub identity: &'a Identity,
    /// What for.
    pub context: Context,
    /// What.
    pub message: &'a [u8],
    /// With which signature.
    pub signature: &'a Signature,
}

/// A claim with what the equation takes.
struct Term<'a> {
    index: usize,
    claim: &'a Claim<'a>,
    base: Base,
    h: u128,
    weight: u128,
}

/// Checks signatures together and gives each the verdict that [`TrustAnchor::verify`] would give, in
/// order. A batch of good signatures costs two Miller loops in all; every bad one costs up to
/// 2·log2(N) more, so batches are for signatures that are usually good.
///
/// Variable time in the claims, which are public.
pub fn verify_batch<R: CryptoRng + ?Sized>(
    rng: &mut R,
    anchor: &TrustAnchor,
    claims: &[Claim<'_>],
) -> Vec<Result<(), BadSignature>> {
    let mut verdicts = vec![Err(BadSignature); claims.len()];
    let terms = weigh(rng, anchor, claims);
    let mut queue = vec![terms.as_slice()];
    while let Some(block) = queue.pop() {
        if holds(anchor, block) {
            for term in block {
                anchor.remember(term.claim.identity, term.base.clone());
                if let Some(verdict) = verdicts.get_mut(term.index) {
                    *verdict = Ok(());
                }
            }
        } else if block.len() > 1 {
            let (first, second) = block.split_at(block.len() / 2);
            queue.extend([second, first]);
        }
    }
    verdicts
}

/// Hashes what is of this trust domain, and draws the weights after everything else is fixed.
fn weigh<'a, R: CryptoRng + ?Sized>(
    rng: &mut R,
    anchor: &TrustAnchor,
    claims: &'a [Claim<'a>],
) -> Vec<Term<'a>> {
    let mut transcript = Transcript::new(tags::BATCH);
    let mut fresh = [0; 32];
    rng.fill_bytes(&mut fresh);
    transcript.append("fresh randomness", &fresh);
    let mut terms = Vec::with_capacity(claims.len());
    for (index, claim) in claims.iter().enumerate() {
        if claim.identity.principal().domain() != anchor.domain() {
            continue;
        }
        let Claim {
            identity,
            context,
            message,
            signature,
        } = *claim;
        let h = spec::challenge(context, identity, signature.u(), message);
        // h covers the message, too, and is too short to stand for all of it where the generator repeats itself.
        transcript.append("identity", &identity.to_bytes());
        transcript.append("U", &signature.u().to_bytes());
        transcript.append("V", &signature.v().to_bytes());
        transcript.append("h", &h.to_be_bytes());
        terms.push(Term {
            index,
            claim,
            base: anchor.base(identity),
            h,
            weight: 0,
        });
    }
    let weights = transcript.weights("weights", terms.len());
    for (term, weight) in terms.iter_mut().zip(weights) {
        term.weight = weight;
    }
    terms
}

/// Whether all signatures of the block hold.
fn holds(anchor: &TrustAnchor, block: &[Term<'_>]) -> bool {
    if let [term] = block {
        let signature = term.claim.signature;
        let product = term.base.mul_vartime(term.h);
        return spec::holds((signature.u(), signature.v()), product, anchor.keys());
    }
    sums(block).is_some_and(|(left, right)| spec::equal(left, right, anchor.keys()))
}

/// Both sums; `None` never happens, as every point has its weight.
fn sums(block: &[Term<'_>]) -> Option<(E1Sum, E1Sum)> {
    let weights: Vec<u128> = block.iter().map(|term| term.weight).collect();
    let points = |of: fn(&Signature) -> &G1Point| -> Vec<G1Point> {
        block.iter().map(|term| *of(term.claim.signature)).collect()
    };
    let left = msm_g1_short_vartime(&points(Signature::v), &weights).ok()?;
    let right = msm_g1_short_vartime(&points(Signature::u), &weights).ok()?;
    let a: Vec<G1Point> = block.iter().map(|term| *term.base.point()).collect();
    let multiples: Vec<Scalar> = block
        .iter()
        .map(|term| Scalar::from(term.weight) * Scalar::from(term.h))
        .collect();
    let right = right + msm_g1_vartime(&a, &multiples).ok()?;
    Some((left.into(), right.into()))
}
