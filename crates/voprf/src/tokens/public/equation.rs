//! e(N, V) = e(H, Q), for one token, for the tokens of many keys, and for the answers to a client.

use alloc::vec::Vec;

use milagro_curve::msm::msm_g1_short_vartime;
use milagro_curve::pairing::{Term, pairing_product_is_one};
use milagro_curve::{G1Point, G1Sum, G2Prepared, Transcript};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

/// A claim that N = k·H for the k behind V.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    pub(super) n: G1Point,
    pub(super) h: G1Point,
    /// V, prepared; claims of one key share one.
    pub(super) key: &'a G2Prepared,
}

/// Weights that nobody can foresee: 128 bits each, from fresh randomness and all of the claims. With a generator
/// that repeats they are hashes of the whole list, which whoever made the list cannot choose.
pub(super) fn weights<R: CryptoRng + ?Sized>(
    rng: &mut R,
    tag: &'static str,
    claims: &[Claim<'_>],
) -> Vec<u128> {
    let mut transcript = Transcript::new(tag);
    let mut fresh = Zeroizing::new([0; 32]);
    rng.fill_bytes(&mut *fresh);
    transcript.append("fresh", &*fresh);
    for claim in claims {
        transcript.append("N", &claim.n.to_bytes());
        transcript.append("H", &claim.h.to_bytes());
    }
    transcript.weights("weight", claims.len())
}

/// Which claims hold: all of them by one product of pairings, one for each key and one for Q. Where that fails,
/// halves are looked at until whatever fails stands alone: a wrong claim costs about 2·log2(n) products more.
pub(super) fn verdicts(
    claims: &[Claim<'_>],
    weights: &[u128],
    generator: &G2Prepared,
) -> Vec<bool> {
    let weighted: Vec<_> = claims.iter().zip(weights.iter().copied()).collect();
    let mut verdicts = Vec::with_capacity(claims.len());
    divide(&weighted, generator, &mut verdicts);
    verdicts
}

/// Whether all claims hold.
pub(super) fn all_hold(claims: &[Claim<'_>], weights: &[u128], generator: &G2Prepared) -> bool {
    let weighted: Vec<_> = claims.iter().zip(weights.iter().copied()).collect();
    hold(&weighted, generator)
}

fn divide(claims: &[(&Claim<'_>, u128)], generator: &G2Prepared, verdicts: &mut Vec<bool>) {
    if claims.is_empty() {
        return;
    }
    let verdict = hold(claims, generator);
    if verdict || claims.len() == 1 {
        verdicts.extend(core::iter::repeat_n(verdict, claims.len()));
        return;
    }
    let (left, right) = claims.split_at(claims.len() / 2);
    divide(left, generator, verdicts);
    divide(right, generator, verdicts);
}

/// Π e(Σ wᵢ·Nᵢ, V) over the keys · e(-Σ wᵢ·Hᵢ, Q) = 1
fn hold(claims: &[(&Claim<'_>, u128)], generator: &G2Prepared) -> bool {
    // One claim has no weight: nothing can cancel it.
    if let [(claim, _)] = claims {
        let hashed = Term::new(-claim.h, generator);
        return pairing_product_is_one(hashed, &[Term::new(claim.n, claim.key)]);
    }
    let mut keys: Vec<(&G2Prepared, Vec<G1Point>, Vec<u128>)> = Vec::new();
    for (claim, weight) in claims {
        let known = keys
            .iter_mut()
            .find(|(key, ..)| core::ptr::eq(*key, claim.key));
        match known {
            Some((_, points, weights)) => {
                points.push(claim.n);
                weights.push(*weight);
            }
            None => keys.push((claim.key, [claim.n].to_vec(), [*weight].to_vec())),
        }
    }
    let hashes: Vec<_> = claims.iter().map(|(claim, _)| claim.h).collect();
    let weights: Vec<_> = claims.iter().map(|(_, weight)| *weight).collect();
    let Ok(hashed) = msm_g1_short_vartime(&hashes, &weights) else {
        return false;
    };
    let sums: Option<Vec<(G1Sum, &G2Prepared)>> = keys
        .iter()
        .map(|(key, points, weights)| Some((msm_g1_short_vartime(points, weights).ok()?, *key)))
        .collect();
    let Some(sums) = sums else { return false };
    let terms: Vec<_> = sums.iter().map(|(sum, key)| Term::new(*sum, key)).collect();
    pairing_product_is_one(Term::new(-hashed, generator), &terms)
}
