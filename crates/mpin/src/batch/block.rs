//! The test of one block.

use std::collections::HashMap;

use milagro_curve::{
    G1Point, G2Prepared, Scalar,
    loose::{E1Point, E1Sum},
    msm::{msm_e1_short_vartime, msm_e1_vartime, msm_g1_vartime},
    pairing::{Term, pairing_product_is_one},
};

use super::Candidate;
use crate::Verifier;

/// ρ, τ and τ' of one proof.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    rho: u128,
    tau: u128,
    tau2: u128,
}

impl From<[u128; 3]> for Weights {
    fn from([rho, tau, tau2]: [u128; 3]) -> Self {
        Self { rho, tau, tau2 }
    }
}

/// The points and multipliers of one sum, by what they cost.
#[derive(Default)]
struct Terms {
    plus: (Vec<E1Point>, Vec<u128>),
    minus: (Vec<E1Point>, Vec<u128>),
    minus_long: (Vec<E1Point>, Vec<Scalar>),
    subgroup: (Vec<G1Point>, Vec<Scalar>),
}

impl Terms {
    fn add(&mut self, point: E1Point, weight: u128) {
        self.plus.0.push(point);
        self.plus.1.push(weight);
    }

    fn add_multiple(&mut self, point: G1Point, scalar: Scalar) {
        self.subgroup.0.push(point);
        self.subgroup.1.push(scalar);
    }

    /// weight·(z·base - R - c·X).
    fn add_opening(
        &mut self,
        weight: u128,
        (base, x, r): (G1Point, E1Point, E1Point),
        (z, c): (Scalar, Scalar),
    ) {
        let scalar = Scalar::from(weight);
        self.add_multiple(base, scalar * z);
        self.minus.0.push(r);
        self.minus.1.push(weight);
        self.minus_long.0.push(x);
        self.minus_long.1.push(scalar * c);
    }

    /// The sum; `None` never happens, as every point has its multiplier.
    fn sum(&self) -> Option<E1Sum> {
        let plus = msm_e1_short_vartime(&self.plus.0, &self.plus.1).ok()?;
        let minus = msm_e1_short_vartime(&self.minus.0, &self.minus.1).ok()?;
        let long = msm_e1_vartime(&self.minus_long.0, &self.minus_long.1).ok()?;
        let subgroup = msm_g1_vartime(&self.subgroup.0, &self.subgroup.1).ok()?;
        Some(plus + subgroup.into() - minus - long)
    }
}

/// Whether all proofs of the block hold.
pub(super) fn holds(verifier: &Verifier, block: &[Candidate<'_>]) -> bool {
    let mut first = Terms::default();
    let mut second = Terms::default();
    // Σ ρi·Vi of the proofs that have a Pa of their own, by Pa.
    let mut devices: HashMap<[u8; 96], (&G2Prepared, Terms)> = HashMap::new();
    for candidate in block {
        let (statement, admitted) = (candidate.statement, &candidate.admitted);
        let weights = &candidate.weights;
        match (&admitted.pa, statement.identity.device_key()) {
            (Some(pa), Some(point)) => devices
                .entry(point.to_bytes())
                .or_insert_with(|| (pa, Terms::default()))
                .1
                .add(statement.v, weights.rho),
            _ => first.add(statement.v, weights.rho),
        }
        second.add(statement.u, weights.rho);
        second.add_multiple(admitted.b, Scalar::from(weights.rho) * admitted.y);
        if let Some(opening) = &statement.opening {
            let c = opening.challenge(&admitted.transcript, &statement.v);
            let answer = (opening.z, c);
            let points = (admitted.b, statement.u, opening.r);
            first.add_opening(weights.tau, points, answer);
            if let Some(other) = &opening.second {
                let points = (admitted.a, other.w, other.r);
                first.add_opening(weights.tau2, points, answer);
            }
        }
    }
    let Some(first) = first.sum() else {
        return false;
    };
    let second = (&verifier.s_qs, &second);
    let others = devices.values().map(|(pa, terms)| (*pa, terms));
    let others: Option<Vec<Term<'_>>> = core::iter::once(second)
        .chain(others)
        .map(|(prepared, terms)| Some(Term::new(terms.sum()?, prepared)))
        .collect();
    others.is_some_and(|others| pairing_product_is_one(Term::new(first, &verifier.qs), &others))
}
