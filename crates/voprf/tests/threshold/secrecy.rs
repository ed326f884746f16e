//! What t - 1 issuers know.

use milagro_dta::sharing::Group;
use milagro_voprf::modes::threshold::Shared;
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::{Blinded, Ristretto255};

use super::support::{SIZES, authorities, issuers, rng, subsets};

/// The number of the issuer at a place.
fn node(place: usize) -> u64 {
    u64::try_from(place + 1).unwrap()
}

/// Lagrange's coefficients for the value at x of a polynomial that is known at these nodes.
fn coefficients<G: Group>(nodes: &[u64], x: u64) -> Vec<G::Scalar> {
    let scalar = G::Scalar::from;
    let coefficient = |(place, j): (usize, &u64)| {
        let others = nodes
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != place);
        others.fold(scalar(1), |product, (_, m)| {
            let below = G::invert(&(scalar(*j) - scalar(*m))).unwrap();
            product * (scalar(x) - scalar(*m)) * below
        })
    };
    nodes.iter().enumerate().map(coefficient).collect()
}

/// Of t - 1 parts Dj = f(j)·C and *any* element Y there is a polynomial f of degree t - 1 with f(0)·C = Y: the
/// missing parts are computed, and then every t of the n parts give Y. So the parts fit every output alike.
fn every_output_is_consistent<S: Shared>() {
    for (t, n) in SIZES {
        let issuers = issuers::<S>(&authorities::<S>(t, n));
        let public = issuers[0].shared().public_key();
        let (blinded, _) = public.blind(&mut rng(), &["secret"]).unwrap();
        // The candidates: other blinded elements are as good as any element of the group.
        let (candidates, _) = public.blind(&mut rng(), &["x", "y", "z"]).unwrap();
        let element = |bytes: &[u8]| S::Sharing::element_from_bytes(bytes).unwrap();
        let known: Vec<_> = issuers[..usize::from(t - 1)]
            .iter()
            .map(|issuer| {
                let partial = issuer.evaluate(&mut rng(), &blinded).unwrap();
                element(partial.evaluated()[0].to_bytes().as_ref())
            })
            .collect();
        for candidate in candidates {
            let claimed = element(Blinded::to_bytes(&candidate).as_ref());
            let nodes: Vec<u64> = (0..u64::from(t)).collect();
            let values: Vec<_> = [claimed].into_iter().chain(known.iter().copied()).collect();
            let part = |x: u16| {
                let weights = coefficients::<S::Sharing>(&nodes, x.into());
                S::Sharing::combination_vartime(&values, &weights).unwrap()
            };
            let parts: Vec<_> = (1..=n).map(part).collect();
            assert_eq!(parts[..known.len()], known, "the parts that are known stay");
            for places in subsets(t, n) {
                let nodes: Vec<_> = places.iter().map(|place| node(*place)).collect();
                let chosen: Vec<_> = places.iter().map(|place| parts[*place]).collect();
                let weights = coefficients::<S::Sharing>(&nodes, 0);
                let sum = S::Sharing::combination_vartime(&chosen, &weights);
                assert_eq!(sum, Some(claimed));
            }
        }
    }
}

#[test]
fn fewer_than_t_parts_fit_every_output_on_ristretto255() {
    every_output_is_consistent::<Ristretto255>();
}

#[test]
fn fewer_than_t_parts_fit_every_output_on_bls12381() {
    every_output_is_consistent::<Bls12381G1>();
}

#[test]
fn shares_are_not_shown() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    assert_eq!(format!("{:?}", issuers[0]), "KeyShare { .. }");
}
