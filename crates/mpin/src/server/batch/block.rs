//! The test of one block.

use std::collections::HashMap;

use milagro_curve::{
    G1Point, G2Prepared, Scalar,
    loose::E1Point,
    msm::Combination,
    pairing::{Term, pairing_product_is_one},
};

use super::candidate::{Candidate, Weights};
use crate::server::check::Prepared;
use crate::server::verifier::Verifier;

/// z·base = R + c·X, to be joined.
struct Opening<'a> {
    base: &'a G1Point,
    point: &'a E1Point,
    r: &'a E1Point,
    z: &'a Scalar,
    c: Scalar,
}

impl Opening<'_> {
    /// Adds weight·(z·base - R - c·X).
    fn join(&self, sum: &mut Combination, weight: u128) {
        let scalar = Scalar::from(weight);
        sum.add(*self.base, &(scalar * *self.z));
        sum.subtract_short(*self.r, weight);
        sum.add(*self.point, &-(scalar * self.c));
    }
}

/// Adds τ·(z·B - R - c·U) and, with a permit, τ'·(z·A - R' - c·W).
fn join_openings(sum: &mut Combination, prepared: &Prepared, weights: &Weights) {
    let Prepared {
        statement, a, b, ..
    } = prepared;
    let mut opening = Opening {
        base: b,
        point: &statement.u,
        r: &statement.r,
        z: &statement.z,
        c: Scalar::from(prepared.c),
    };
    opening.join(sum, weights.tau);
    if let Some(permit) = &statement.permit {
        (opening.base, opening.point, opening.r) = (a, &permit.w, &permit.r);
        opening.join(sum, weights.tau2);
    }
}

/// Whether all openings hold: Σ τi·(zi·Bi - Ri - ci·Ui) + Σ τi'·(zi·Ai - Ri' - ci·Wi) vanishes on the order-r
/// part. No pairing is computed, and no V looked at.
pub(super) fn opened<'a>(block: impl Iterator<Item = &'a Candidate>) -> bool {
    let mut sum = Combination::default();
    for candidate in block {
        join_openings(&mut sum, &candidate.prepared, &candidate.weights);
    }
    sum.vanishes_vartime()
}

/// Whether all proofs of the block hold; an empty block does not.
pub(super) fn holds(verifier: &Verifier, block: &[Candidate]) -> bool {
    #[cfg(test)]
    crate::proof::count::one_more();
    let mut first = Combination::default();
    let mut second = Combination::default();
    // Σ ρi·Vi of the proofs that have a Pa of their own, by Pa.
    let mut devices: HashMap<[u8; 96], (&G2Prepared, Combination)> = HashMap::new();
    for Candidate {
        prepared,
        weights,
        opened,
        ..
    } in block
    {
        let Prepared { statement, b, .. } = prepared;
        match (&prepared.pa, prepared.case.pinned) {
            (Some(pa), Some(key)) => devices
                .entry(key.to_bytes())
                .or_insert_with(|| (pa, Combination::default()))
                .1
                .add_short(statement.v, weights.rho),
            _ => first.add_short(statement.v, weights.rho),
        }
        second.add_short(statement.u, weights.rho);
        second.add(*b, &(Scalar::from(weights.rho) * prepared.y));
        if !opened {
            join_openings(&mut first, prepared, weights);
        }
    }
    let Ok(second) = second.sum_vartime() else {
        return false;
    };
    // Where openings are known to hold and every proof has a Pa of its own, nothing is left to pair with Qs.
    let qs = (&verifier.qs, &first);
    let devices = devices.values().map(|(pa, sum)| (*pa, sum));
    let others: Vec<Term<'_>> = core::iter::once(qs)
        .chain(devices)
        .filter_map(|(prepared, sum)| Some(Term::new(sum.sum_vartime().ok()?, prepared)))
        .collect();
    pairing_product_is_one(Term::new(second, &verifier.s_qs), &others)
}
