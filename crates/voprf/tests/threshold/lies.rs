//! Whoever sends anything but its honest part is named, and nobody else is.

use milagro_base::DecodeError;
use milagro_dta::issue::{CombineError, Culprit, Fault};
use milagro_voprf::modes::threshold::{Collector, Partial, Shared};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::{Error, Ristretto255};

use super::support::{SIZES, authorities, evaluate, id, issuers, rng, unshared};

fn liar_is_named<S: Shared>() {
    for (t, n) in SIZES {
        let authorities = authorities::<S>(t, n);
        let issuers = issuers::<S>(&authorities);
        let shared = issuers[0].shared();
        let key = unshared::<S>(&authorities);
        let (blinded, pending) = shared
            .public_key()
            .blind(&mut rng(), &["a", "b", "c"])
            .unwrap();
        let (other, _) = shared
            .public_key()
            .blind(&mut rng(), &["a", "b", "c"])
            .unwrap();
        // Issuer 2 answers another batch than it was asked.
        let lie = issuers[1].evaluate(&mut rng(), &other).unwrap();
        let mut collector = Collector::new(shared, &blinded);
        let culprit = Culprit {
            authority: id(2),
            fault: Fault::Proof,
        };
        assert_eq!(collector.add(id(2), lie), Err(culprit));
        for issuer in issuers.iter().filter(|issuer| issuer.id() != id(2)) {
            if !collector.is_enough() {
                let partial = issuer.evaluate(&mut rng(), &blinded).unwrap();
                collector.add(issuer.id(), partial).unwrap();
            }
        }
        let evaluation = collector.finish().unwrap();
        assert_eq!(evaluation.culprits(), [culprit]);
        let (alone, _) = key.blind_evaluate(&mut rng(), &blinded).unwrap();
        assert_eq!(evaluation.evaluated(), alone);
        assert!(pending.finalize_shared(&evaluation).is_ok());
    }
}

#[test]
fn a_lying_issuer_is_named_on_ristretto255() {
    liar_is_named::<Ristretto255>();
}

#[test]
fn a_lying_issuer_is_named_on_bls12381() {
    liar_is_named::<Bls12381G1>();
}

/// Every byte of a part that is altered names its sender, whatever else was right.
fn altered_bytes_are_named<S: Shared>() {
    let issuers = issuers::<S>(&authorities::<S>(2, 3));
    let shared = issuers[0].shared();
    let (blinded, _) = shared.public_key().blind(&mut rng(), &["a"]).unwrap();
    let honest = issuers[0]
        .evaluate(&mut rng(), &blinded)
        .unwrap()
        .to_bytes();
    for place in 0..honest.len() {
        for bit in [0, 7] {
            let mut bytes = honest.clone();
            bytes[place] ^= 1 << bit;
            let mut collector = Collector::new(shared, &blinded);
            let culprit = collector.add_bytes(id(1), &bytes).unwrap_err();
            assert_eq!(culprit.authority, id(1));
            let fault = match place {
                0 => Fault::Bytes(DecodeError::Version),
                1..33 => Fault::Domain,
                33..41 => Fault::Generation,
                41..73 => Fault::Keys,
                _ => continue,
            };
            // What follows the header is decoded before the header is compared, and intact here.
            assert_eq!(culprit.fault, fault, "byte {place}");
        }
    }
    for length in 0..honest.len() {
        let cut = Partial::<S>::from_bytes(&honest[..length], 1);
        assert_eq!(cut.unwrap_err(), DecodeError::Length, "{length}");
    }
    let wrong_count = Partial::<S>::from_bytes(&honest, 2);
    assert_eq!(wrong_count.unwrap_err(), DecodeError::Length);
    let huge = Partial::<S>::from_bytes(&honest, usize::MAX);
    assert_eq!(huge.unwrap_err(), DecodeError::Length);
}

#[test]
fn every_altered_byte_is_named() {
    altered_bytes_are_named::<Ristretto255>();
    altered_bytes_are_named::<Bls12381G1>();
}

#[test]
fn numbers_repetitions_and_strangers_are_named() {
    let (authorities, others) = (
        authorities::<Ristretto255>(2, 3),
        authorities::<Ristretto255>(2, 4),
    );
    let (issuers, others) = (
        issuers::<Ristretto255>(&authorities),
        issuers::<Ristretto255>(&others),
    );
    let shared = issuers[0].shared();
    let (blinded, _) = shared.public_key().blind(&mut rng(), &["a"]).unwrap();
    let honest = issuers[0].evaluate(&mut rng(), &blinded).unwrap();
    let mut collector = Collector::new(shared, &blinded);
    let mut fault = |from: u16, partial: Partial| {
        let result = collector.add(id(from), partial);
        result.map_err(|culprit| {
            assert_eq!(culprit.authority, id(from));
            culprit.fault
        })
    };
    // Over another's channel, and over a channel that the domain does not have.
    assert_eq!(fault(2, honest.clone()), Err(Fault::Index));
    assert_eq!(fault(4, honest.clone()), Err(Fault::Unknown));
    let strange = others[0].evaluate(&mut rng(), &blinded).unwrap();
    assert_eq!(fault(1, strange), Err(Fault::Domain));
    // Rewriting the number does not make it another's part: the number is in the proof's context.
    for (number, expected) in [
        (0_u16, Err(DecodeError::Value)),
        (256, Err(DecodeError::Value)),
        (3, Ok(())),
    ] {
        let mut bytes = honest.to_bytes();
        bytes[73..75].copy_from_slice(&number.to_be_bytes());
        let read = Partial::from_bytes(&bytes, 1);
        assert_eq!(read.as_ref().map(|_| ()).map_err(|error| *error), expected);
        if let Ok(partial) = read {
            assert_eq!(fault(3, partial), Err(Fault::Proof));
        }
    }
    assert_eq!(fault(1, honest.clone()), Ok(()));
    assert_eq!(fault(1, honest), Err(Fault::Duplicate));
    // A part of two elements for a batch of one.
    let (two, _) = shared.public_key().blind(&mut rng(), &["a", "b"]).unwrap();
    let longer = issuers[1].evaluate(&mut rng(), &two).unwrap();
    assert_eq!(fault(2, longer), Err(Fault::Count));
    let error = collector.finish().unwrap_err();
    assert!(
        matches!(
            error,
            CombineError::TooFew {
                good: 1,
                needed: 2,
                ..
            }
        ),
        "{error}"
    );
    assert_eq!(error.culprits().len(), 6);
}

/// A part that was damaged on its way counts when it comes again; an issuer that goes on is not listened to, and the
/// list of culprits ends.
#[test]
fn an_issuer_has_three_faults() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let shared = issuers[0].shared();
    let (blinded, _) = shared.public_key().blind(&mut rng(), &["a"]).unwrap();
    let part = |place: usize| issuers[place].evaluate(&mut rng(), &blinded).unwrap();
    let honest = [part(0), part(1)];
    let damaged = || {
        let mut bytes = part(1).to_bytes();
        bytes[40] ^= 1;
        bytes
    };
    let mut collector = Collector::new(shared, &blinded);
    assert_eq!(Collector::<Ristretto255>::MAX_FAULTS, 3);
    let culprit = |fault| {
        Err(Culprit {
            authority: id(2),
            fault,
        })
    };
    for _ in 0..2 {
        let refused = collector.add_bytes(id(2), &damaged());
        assert_eq!(refused, culprit(Fault::Generation));
    }
    let mut mended = collector;
    assert_eq!(mended.add(id(2), honest[1].clone()), Ok(()));
    // One fault is left, and it is as good as any: what is counted stays counted.
    for _ in 0..20 {
        assert_eq!(
            mended.add(id(2), honest[1].clone()),
            culprit(Fault::Duplicate)
        );
        // Not even decoded.
        assert_eq!(mended.add_bytes(id(2), b""), culprit(Fault::Duplicate));
        assert!(mended.add_bytes(id(9), b"").is_err());
    }
    assert_eq!(mended.add(id(1), honest[0].clone()), Ok(()));
    assert_eq!(mended.finish().unwrap().culprits().len(), 6);

    let mut collector = Collector::new(shared, &blinded);
    for _ in 0..3 {
        let refused = collector.add_bytes(id(2), b"");
        assert_eq!(refused, culprit(Fault::Bytes(DecodeError::Length)));
    }
    let late = collector.add(id(2), honest[1].clone());
    assert_eq!(late, culprit(Fault::Duplicate), "a right part, unread");
    assert_eq!(collector.finish().unwrap_err().culprits().len(), 3);
}

#[test]
fn a_part_for_one_batch_is_none_for_another() {
    let issuers = issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3));
    let shared = issuers[0].shared();
    let (first, _) = shared.public_key().blind(&mut rng(), &["a", "b"]).unwrap();
    let partial = issuers[0].evaluate(&mut rng(), &first).unwrap();
    let turned = [first[1], first[0]];
    let mut collector = Collector::new(shared, &turned);
    assert_eq!(
        collector.add(id(1), partial.clone()).unwrap_err().fault,
        Fault::Proof
    );
    let doubled = [first[0], first[0]];
    let mut collector = Collector::new(shared, &doubled);
    assert_eq!(
        collector.add(id(1), partial).unwrap_err().fault,
        Fault::Proof
    );
    let nothing = [];
    let mut collector = Collector::new(shared, &nothing);
    let partial = issuers[0].evaluate(&mut rng(), &first).unwrap();
    assert_eq!(
        collector.add(id(1), partial).unwrap_err().fault,
        Fault::Count
    );
    assert_eq!(
        issuers[0].evaluate(&mut rng(), &nothing).unwrap_err(),
        Error::EmptyBatch
    );
}

#[test]
fn an_evaluation_is_of_its_own_batch_and_key() {
    let (one, other) = (
        issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3)),
        issuers::<Ristretto255>(&authorities::<Ristretto255>(2, 3)),
    );
    let public = one[0].shared().public_key();
    let (blinded, _) = public.blind(&mut rng(), &["a"]).unwrap();
    let (_, pending) = public.blind(&mut rng(), &["a"]).unwrap();
    let evaluation = evaluate(&one, &[0, 2], &blinded);
    assert_eq!(
        pending.finalize_shared(&evaluation).unwrap_err(),
        Error::ProofRejected
    );
    let (blinded, pending) = public.blind(&mut rng(), &["a"]).unwrap();
    let foreign = evaluate(&other, &[0, 2], &blinded);
    assert_eq!(
        pending.finalize_shared(&foreign).unwrap_err(),
        Error::ProofRejected
    );
}
