//! Shared and unshared keys give the same elements and the same outputs.

use milagro_voprf::modes::threshold::Shared;
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::{Evaluated, Ristretto255};

use super::support::{SIZES, authorities, evaluate, issuers, rng, shared, subsets, unshared};

fn equals_the_unshared_key<S: Shared>() {
    for (t, n) in SIZES {
        let authorities = authorities::<S>(t, n);
        let (issuers, shared) = (issuers::<S>(&authorities), shared::<S>(&authorities));
        let key = unshared::<S>(&authorities);
        assert_eq!(key.public_key(), shared.public_key());
        let inputs: Vec<_> = (0..5_u8).map(|i| vec![i; usize::from(i)]).collect();
        let expected = key.evaluate_batch(&inputs).unwrap();
        let (blinded, pending) = shared.public_key().blind(&mut rng(), &inputs).unwrap();
        let first: Vec<_> = (0..usize::from(t)).collect();
        let evaluation = evaluate(&issuers, &first, &blinded);
        let (alone, _) = key.blind_evaluate(&mut rng(), &blinded).unwrap();
        assert_eq!(evaluation.evaluated(), alone);
        let outputs = pending.finalize_shared(&evaluation).unwrap();
        for (output, expected) in outputs.iter().zip(&expected) {
            assert_eq!(output.as_bytes().as_ref(), expected.as_bytes().as_ref());
        }
        assert_eq!(outputs.len(), expected.len());
    }
}

#[test]
fn output_equals_the_unshared_keys_on_ristretto255() {
    equals_the_unshared_key::<Ristretto255>();
}

#[test]
fn output_equals_the_unshared_keys_on_bls12381() {
    equals_the_unshared_key::<Bls12381G1>();
}

fn subsets_agree<S: Shared>() {
    for (t, n) in SIZES {
        let authorities = authorities::<S>(t, n);
        let issuers = issuers::<S>(&authorities);
        let public = issuers[0].shared().public_key();
        let (blinded, _) = public.blind(&mut rng(), &["one", "two"]).unwrap();
        let (alone, _) = unshared::<S>(&authorities)
            .blind_evaluate(&mut rng(), &blinded)
            .unwrap();
        let partials: Vec<_> = issuers
            .iter()
            .map(|issuer| issuer.evaluate(&mut rng(), &blinded).unwrap())
            .collect();
        let mut count = 0;
        for places in subsets(t, n) {
            let mut collector =
                milagro_voprf::modes::threshold::Collector::new(issuers[0].shared(), &blinded);
            // In descending order, for once: the order of arrival does not matter.
            for place in places.iter().rev() {
                collector
                    .add(issuers[*place].id(), partials[*place].clone())
                    .unwrap();
            }
            let evaluation = collector.finish().unwrap();
            let bytes = |d: &Evaluated<S>| d.to_bytes().as_ref().to_vec();
            let ours: Vec<_> = evaluation.evaluated().iter().map(bytes).collect();
            let expected: Vec<_> = alone.iter().map(bytes).collect();
            assert_eq!(ours, expected, "{places:?}");
            count += 1;
        }
        let expected = match (t, n) {
            (2, 3) => 3,
            (3, 5) => 10,
            _ => 126,
        };
        assert_eq!(count, expected);
    }
}

#[test]
fn every_t_of_n_agree_on_ristretto255() {
    subsets_agree::<Ristretto255>();
}

#[test]
fn every_t_of_n_agree_on_bls12381() {
    subsets_agree::<Bls12381G1>();
}
