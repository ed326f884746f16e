//! Derivations of attribute keys.

use alloc::collections::BTreeSet;

use curve25519_dalek::Scalar;
use milagro_voprf::attributes::{Attributes, NaorReingoldSecretKey, PrimarySecretKey};
use milagro_voprf::rand_core::CryptoRng;

use super::{keeps, scalar};
use crate::protocol::common::{Counting, Zeros};

fn list(name: &str) -> Attributes {
    Attributes::new(&["weather", name]).unwrap()
}

#[test]
fn derivations_by_inversion_keep_the_primary_key() {
    let primary = <PrimarySecretKey>::generate(&mut Counting(0));
    let [first, second] = ["one", "two"].map(|name| primary.derive(&list(name)).unwrap());
    let proof = |keys: &[_]| primary.prove(&mut Zeros, keys).unwrap().to_bytes();
    let secret = scalar(&primary.to_bytes());
    keeps(&secret, &proof(&[&first]), &proof(&[&second]));
    keeps(&secret, &proof(&[&first]), &proof(&[&first, &second]));
    keeps(
        &secret,
        &proof(&[&second, &first]),
        &proof(&[&first, &second]),
    );
}

/// A proof on the wire: the common challenge, and an answer for every bit position in use.
struct Answers {
    c: Scalar,
    all: Vec<Scalar>,
}

fn answers<R: CryptoRng>(rng: &mut R, key: &NaorReingoldSecretKey, names: &[&str]) -> Answers {
    let lists: Vec<_> = names.iter().map(|name| list(name)).collect();
    let bytes = key
        .prove(rng, &lists.iter().collect::<Vec<_>>())
        .unwrap()
        .to_bytes();
    let mut rest = bytes.as_slice();
    let mut take = |length: usize| {
        let (taken, left) = rest.split_at(length);
        rest = left;
        taken
    };
    let count = |bytes: &[u8]| usize::from(u16::from_be_bytes(bytes.try_into().unwrap()));
    for _ in 0..count(take(2)) {
        let elements = count(take(2));
        take(32 * elements);
    }
    let c = scalar(take(32));
    let all = (0..count(take(2))).map(|_| scalar(take(32))).collect();
    Answers { c, all }
}

/// How many of the secret exponents two proofs give away, whatever positions their answers are for.
fn given_away(key: &NaorReingoldSecretKey, first: &Answers, second: &Answers) -> usize {
    let secret: BTreeSet<_> = key
        .to_bytes()
        .chunks(32)
        .map(|a| scalar(a).to_bytes())
        .collect();
    assert_ne!(first.c, second.c, "two statements, two challenges");
    let inverse = (second.c - first.c).invert();
    let pairs = first.all.iter().flat_map(|one| {
        second
            .all
            .iter()
            .map(move |other| (*one - *other) * inverse)
    });
    let found: BTreeSet<_> = pairs
        .map(|witness| witness.to_bytes())
        .filter(|witness| secret.contains(witness))
        .collect();
    found.len()
}

/// All positions of a proof share one challenge, and most positions of two proofs can be about the same
/// links: a nonce that covers its own position alone then serves two challenges.
#[test]
fn derivations_by_naor_and_reingold_keep_every_exponent() {
    let key = NaorReingoldSecretKey::generate(&mut Counting(0));
    let proofs: [&[&str]; 4] = [&["one"], &["two"], &["one", "two"], &["two", "one"]];
    let proofs = proofs.map(|names| answers(&mut Zeros, &key, names));
    for (place, first) in proofs.iter().enumerate() {
        for second in &proofs[..place] {
            assert_eq!(given_away(&key, first, second), 0);
        }
    }
}
