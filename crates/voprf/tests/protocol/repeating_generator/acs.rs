//! The proofs in the bytes of ACS.

use milagro_voprf::compat::acs::{
    Curve, Ed25519, NaorReingoldSecretKey, Ristretto255, SdhiSecretKey, SecretKey,
};

use super::{Answer, keeps, scalar};
use crate::protocol::common::{Counting, Zeros};

fn evaluations<C: Curve>() {
    let key = SecretKey::<C>::generate(&mut Counting(0));
    let proof = |input: &[u8]| {
        let (blinded, _) = key.public_key().blind(&mut Counting(5), input).unwrap();
        key.blind_evaluate(&mut Zeros, &blinded).1.to_bytes()
    };
    keeps(&scalar(&*key.to_bytes()), &proof(b"a"), &proof(b"b"));
}

/// The witness of a derivation is a + h, another one for each list.
fn derivations<C: Curve>() {
    let key = SdhiSecretKey::<C>::generate(&mut Counting(0));
    let derive = |list: &[u8]| key.derive(&mut Zeros, &[list]).unwrap();
    let ((one, first), (two, second)) = (derive(b"a"), derive(b"b"));
    for derived in [&one, &two] {
        let k = scalar(&*milagro_voprf::hazmat::acs::derived_scalar(derived));
        keeps(&k.invert(), &first.to_bytes(), &second.to_bytes());
    }
    let a = &key.to_bytes()[..32];
    keeps(&scalar(a), &first.to_bytes(), &second.to_bytes());
}

/// Every link has a challenge of its own: the same link has the same one, and says nothing new.
fn chains<C: Curve>() {
    let key = NaorReingoldSecretKey::<C>::generate(&mut Counting(0));
    let proof = |list: &[u8]| key.derive(&mut Zeros, &[list]).unwrap().1.to_bytes();
    let (first, second) = (proof(b"a"), proof(b"b"));
    let mut compared = 0;
    for (place, a) in key.to_bytes()[32..].chunks(32).take(256).enumerate() {
        let [one, two] = [&first, &second].map(|proof| &proof[64 * place..64 * (place + 1)]);
        if one.iter().all(|byte| *byte == 0) || two.iter().all(|byte| *byte == 0) || one == two {
            continue;
        }
        let (one, two) = (Answer::from_bytes(one), Answer::from_bytes(two));
        assert_ne!(one.witness(&two), scalar(a), "position {place}");
        compared += 1;
    }
    assert!(
        compared > 30,
        "about a quarter of 256 positions are in both"
    );
}

#[test]
fn proofs_of_acs_keep_their_secrets() {
    evaluations::<Ristretto255>();
    evaluations::<Ed25519>();
    derivations::<Ristretto255>();
    derivations::<Ed25519>();
    chains::<Ristretto255>();
}
