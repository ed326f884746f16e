//! Attribute keys: what a client accepts and what it refuses.

use alloc::sync::Arc;
use core::num::NonZeroUsize;

use super::common::{Counting, minus};
use milagro_voprf::attributes::{
    Attributes, ClaimedKey, DerivationProof, DerivedKey, DerivedKeys, NaorReingoldProof,
    NaorReingoldPublicKey, NaorReingoldSecretKey, PrimaryPublicKey, PrimarySecretKey,
};
use milagro_voprf::{DecodeError, Error, hazmat};

fn list(attributes: &[&str]) -> Attributes {
    Attributes::new(attributes).unwrap()
}

fn epochs(n: usize) -> Vec<Attributes> {
    (0..n)
        .map(|epoch| list(&["weather", &format!("epoch {epoch}")]))
        .collect()
}

/// That key, for other attributes.
fn claim(attributes: Attributes, other: &ClaimedKey) -> ClaimedKey {
    ClaimedKey {
        attributes,
        key: other.key.clone(),
    }
}

struct Issued {
    primary: PrimaryPublicKey,
    keys: Vec<ClaimedKey>,
    proof: DerivationProof,
}

fn issue(primary: &PrimarySecretKey, lists: &[Attributes]) -> Issued {
    let keys: Vec<DerivedKey> = lists
        .iter()
        .map(|list| primary.derive(list).unwrap())
        .collect();
    let proof = primary
        .prove(&mut Counting(0), &keys.iter().collect::<Vec<_>>())
        .unwrap();
    let keys = keys.iter().map(DerivedKey::claim).collect();
    Issued {
        primary: *primary.public_key(),
        keys,
        proof,
    }
}

#[test]
fn many_epochs_under_one_proof() {
    let primary = <PrimarySecretKey>::generate(&mut Counting(0));
    for n in [1, 2, 100] {
        let issued = issue(&primary, &epochs(n));
        let verified = issued.primary.verify(&issued.keys, &issued.proof).unwrap();
        assert_eq!(verified.len(), n);
        let key = primary.derive(&issued.keys[n - 1].attributes).unwrap();
        let (blinded, pending) = verified[n - 1]
            .blind(&mut Counting(1), &[b"token"])
            .unwrap();
        let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
        let outputs = pending.finalize(&evaluated, &proof).unwrap();
        assert_eq!(
            outputs[0].as_bytes(),
            key.evaluate(b"token").unwrap().as_bytes()
        );
    }
}

fn refused(primary: &PrimaryPublicKey, keys: &[ClaimedKey], proof: &DerivationProof) {
    assert_eq!(
        primary.verify(keys, proof).map(drop),
        Err(Error::ProofRejected)
    );
}

#[test]
fn a_proof_for_anything_else_is_refused() {
    let primary = <PrimarySecretKey>::generate(&mut Counting(0));
    let other = PrimarySecretKey::generate(&mut Counting(7));
    let issued = issue(&primary, &epochs(3));
    refused(other.public_key(), &issued.keys, &issued.proof);
    refused(&issued.primary, &issued.keys[..2], &issued.proof);
    refused(
        &issued.primary,
        &issued.keys,
        &issue(&primary, &epochs(2)).proof,
    );
    refused(
        &issued.primary,
        &issued.keys,
        &issue(&other, &epochs(3)).proof,
    );

    let mut keys = issued.keys.clone();
    keys.swap(0, 1);
    refused(&issued.primary, &keys, &issued.proof);

    let mut keys = issued.keys.clone();
    keys[1].attributes = list(&["weather", "epoch 9"]);
    refused(&issued.primary, &keys, &issued.proof);

    let mut keys = issued.keys.clone();
    keys[1].key = other
        .derive(&keys[1].attributes)
        .unwrap()
        .public_key()
        .clone();
    refused(&issued.primary, &keys, &issued.proof);

    let (first, second) = (keys[0].key.clone(), issued.keys[1].key.clone());
    let mut keys = issued.keys.clone();
    (keys[0].key, keys[1].key) = (second, first);
    refused(&issued.primary, &keys, &issued.proof);

    let bytes = issued.proof.to_bytes();
    for i in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[i] ^= 1;
        if let Ok(proof) = DerivationProof::from_bytes(&bytes) {
            refused(&issued.primary, &issued.keys, &proof);
        }
    }
}

#[test]
fn the_issuer_proves_its_own_keys_only() {
    let primary = <PrimarySecretKey>::generate(&mut Counting(0));
    let other = PrimarySecretKey::generate(&mut Counting(7));
    let foreign = other.derive(&list(&["a"])).unwrap();
    assert_eq!(
        primary.prove(&mut Counting(0), &[&foreign]).map(drop),
        Err(Error::InvalidInput)
    );
    assert_eq!(
        primary.prove(&mut Counting(0), &[]).map(drop),
        Err(Error::EmptyBatch)
    );
    assert_eq!(
        primary
            .public_key()
            .verify(&[], &issue(&primary, &epochs(1)).proof)
            .map(drop),
        Err(Error::EmptyBatch)
    );
}

#[test]
fn lists_are_framed_and_ordered() {
    let primary = <PrimarySecretKey>::generate(&mut Counting(0));
    let key = |attributes: &[&str]| {
        primary
            .derive(&list(attributes))
            .unwrap()
            .public_key()
            .to_bytes()
    };
    let lists: [&[&str]; 8] = [
        &["ab", "c"],
        &["a", "bc"],
        &["abc"],
        &["c", "ab"],
        &["ab", "c", ""],
        &["", "ab", "c"],
        &[""],
        &["", ""],
    ];
    for (i, a) in lists.iter().enumerate() {
        for b in &lists[..i] {
            assert_ne!(key(a), key(b), "{a:?} {b:?}");
        }
    }
    let none: [&[u8]; 0] = [];
    assert_eq!(Attributes::new(&none), Err(Error::NoAttributes));
    assert!(Attributes::new(&vec![[0; 1024]; 32]).is_ok());
    assert_eq!(Attributes::new(&[[0; 1025]]), Err(Error::TooLong));
    assert_eq!(Attributes::new(&[[0; 1]; 33]), Err(Error::TooLong));
    assert_eq!(Attributes::new(&[[0; 1]; 257]), Err(Error::TooLong));
}

#[test]
fn attributes_that_cancel_the_key_expose_it() {
    let attributes = list(&["unlucky"]);
    let h = hazmat::sdhi_exponent::<milagro_voprf::Ristretto255>(&attributes);
    let primary = <PrimarySecretKey>::from_bytes(&minus(&h)).unwrap();
    assert_eq!(
        primary.derive(&attributes).map(drop),
        Err(Error::KeyExposed)
    );

    let good = issue(&primary, &epochs(1));
    let keys = [claim(attributes.clone(), &good.keys[0])];
    assert_eq!(
        good.primary.verify(&keys, &good.proof).map(drop),
        Err(Error::InvalidInput)
    );

    let mut cache = DerivedKeys::new(primary, NonZeroUsize::MIN);
    assert_eq!(cache.get(&attributes).map(drop), Err(Error::KeyExposed));
    assert!(cache.is_empty());
}

#[test]
fn the_cache_derives_once_and_stays_bounded() {
    let primary = <PrimarySecretKey>::generate(&mut Counting(0));
    let mut cache = DerivedKeys::new(primary, NonZeroUsize::new(2).unwrap());
    let lists = epochs(3);
    let first = cache.get(&lists[0]).unwrap();
    assert!(Arc::ptr_eq(&first, &cache.get(&lists[0]).unwrap()));
    cache.get(&lists[1]).unwrap();
    cache.get(&lists[2]).unwrap();
    assert_eq!(cache.len(), 2);
    assert!(!Arc::ptr_eq(&first, &cache.get(&lists[0]).unwrap()));
    cache.forget(&lists[0]);
    assert_eq!(cache.len(), 1);
}

type NaorReingoldKeys = Vec<ClaimedKey>;

fn naor_reingold(n: usize) -> (NaorReingoldSecretKey, NaorReingoldKeys, NaorReingoldProof) {
    let secret = NaorReingoldSecretKey::generate(&mut Counting(0));
    let lists = epochs(n);
    let keys = lists
        .iter()
        .map(|list| secret.derive(list).claim())
        .collect();
    let proof = secret
        .prove(&mut Counting(1), &lists.iter().collect::<Vec<_>>())
        .unwrap();
    (secret, keys, proof)
}

#[test]
fn naor_reingold_keys_under_one_proof() {
    for n in [1, 3] {
        let (secret, keys, proof) = naor_reingold(n);
        let public = <NaorReingoldPublicKey>::from_bytes(&secret.public_key().to_bytes()).unwrap();
        let proof = NaorReingoldProof::from_bytes(&proof.to_bytes(), n).unwrap();
        assert_eq!(public.verify(&keys, &proof), Ok(()));
        let again = <NaorReingoldSecretKey>::from_bytes(&secret.to_bytes()).unwrap();
        let key = again.derive(&keys[0].attributes);
        let (blinded, pending) = keys[0].key.blind(&mut Counting(1), &[b"token"]).unwrap();
        let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
        let outputs = pending.finalize(&evaluated, &proof).unwrap();
        assert_eq!(
            outputs[0].as_bytes(),
            key.evaluate(b"token").unwrap().as_bytes()
        );
    }
}

#[test]
fn a_naor_reingold_proof_for_anything_else_is_refused() {
    let (secret, keys, proof) = naor_reingold(2);
    let public = secret.public_key();
    let refused = |keys: &[ClaimedKey], error| {
        assert_eq!(public.verify(keys, &proof), Err(error));
    };
    refused(&[], Error::EmptyBatch);
    refused(&vec![keys[0].clone(); 257], Error::BatchTooLarge);
    refused(&keys[..1], Error::LengthMismatch);
    refused(&[keys[1].clone(), keys[0].clone()], Error::ProofRejected);
    refused(
        &[claim(keys[0].attributes.clone(), &keys[1]), keys[1].clone()],
        Error::ProofRejected,
    );
    refused(
        &[
            keys[0].clone(),
            claim(list(&["weather", "epoch 7"]), &keys[1]),
        ],
        Error::ProofRejected,
    );
    let other = NaorReingoldSecretKey::generate(&mut Counting(9));
    assert_eq!(
        other.public_key().verify(&keys, &proof),
        Err(Error::ProofRejected)
    );
    assert_eq!(
        secret.prove(&mut Counting(0), &[]).map(drop),
        Err(Error::EmptyBatch)
    );
}

#[test]
fn altered_or_cut_naor_reingold_proofs_are_refused() {
    let (secret, keys, proof) = naor_reingold(2);
    // A bit in the chain, in the challenge and in an answer.
    let bytes = proof.to_bytes();
    let mut refusals = 0;
    for i in [5, 40, bytes.len() - 1, bytes.len() - 32, bytes.len() - 33] {
        let mut bytes = bytes.clone();
        bytes[i] ^= 2;
        match NaorReingoldProof::from_bytes(&bytes, 2) {
            Ok(proof) => assert_eq!(
                secret.public_key().verify(&keys, &proof),
                Err(Error::ProofRejected)
            ),
            Err(_) => refusals += 1,
        }
    }
    assert!(refusals < 5);
    for len in (0..bytes.len()).step_by(31) {
        assert_eq!(
            <NaorReingoldProof>::from_bytes(&bytes[..len], 2).map(drop),
            Err(DecodeError::Length)
        );
    }
    let trailing = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        <NaorReingoldProof>::from_bytes(&trailing, 2).map(drop),
        Err(DecodeError::Length)
    );
    for other in [0, 1, 3, 257, usize::MAX] {
        assert_eq!(
            <NaorReingoldProof>::from_bytes(&bytes, other).map(drop),
            Err(DecodeError::Value)
        );
    }
    assert_eq!(
        <NaorReingoldProof>::from_bytes(&[1, 1], 257).map(drop),
        Err(DecodeError::Value)
    );
}

#[test]
fn bad_naor_reingold_keys_are_refused() {
    assert_eq!(
        <NaorReingoldPublicKey>::from_bytes(&[0; 32]).map(drop),
        Err(DecodeError::Length)
    );
    let identities = vec![0; NaorReingoldPublicKey::<milagro_voprf::Ristretto255>::LEN];
    assert_eq!(
        <NaorReingoldPublicKey>::from_bytes(&identities).map(drop),
        Err(DecodeError::Identity)
    );
    let zeros = vec![0; NaorReingoldSecretKey::<milagro_voprf::Ristretto255>::LEN];
    assert_eq!(
        <NaorReingoldSecretKey>::from_bytes(&zeros).map(drop),
        Err(DecodeError::ZeroScalar)
    );
}
