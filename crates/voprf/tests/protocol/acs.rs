//! What the ACS compatibility refuses, above all where the original does not.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use milagro_voprf::compat::acs::{
    Blinded, Curve, DefaultPrimaryKey, Ed25519, Evaluated, NaorReingoldProof,
    NaorReingoldPublicKey, NaorReingoldSecretKey, Proof, PublicKey, Ristretto255, SdhiPublicKey,
    SdhiSecretKey, SecretKey, VerifiedKey,
};
use milagro_voprf::{DecodeError, Error};

use super::common::{Counting, L, plus_order};

const ATTRIBUTES: [&[u8]; 2] = [b"ab", b"c"];

fn exchanges<C: Curve>() {
    let key = SecretKey::<C>::generate(&mut Counting(0));
    let other = SecretKey::<C>::generate(&mut Counting(9));
    for additive in [false, true] {
        let blind = |key: &SecretKey<C>| {
            let public = *key.public_key();
            let pinned = VerifiedKey::pin(public);
            let mut rng = Counting(1);
            if additive {
                pinned.blind(&mut rng, b"x")
            } else {
                public.blind(&mut rng, b"x")
            }
            .unwrap()
        };
        let (blinded, pending) = blind(&key);
        let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded);
        let output = pending.finalize(&evaluated, &proof).unwrap();
        assert_eq!(output.as_bytes(), key.evaluate(b"x").unwrap().as_bytes());

        // A key for one user, with a proof that is valid for it.
        let (foreign, foreign_proof) = other.blind_evaluate(&mut Counting(2), &blinded);
        for (evaluated, proof) in [
            (&foreign, &foreign_proof),
            (&foreign, &proof),
            (&evaluated, &foreign_proof),
        ] {
            assert_eq!(
                blind(&key).1.finalize(evaluated, proof).map(drop),
                Err(Error::ProofRejected)
            );
        }
        let bytes = proof.to_bytes();
        for i in 0..bytes.len() {
            let mut bytes = bytes;
            bytes[i] ^= 1;
            if let Ok(proof) = Proof::from_bytes(&bytes) {
                assert_eq!(
                    blind(&key).1.finalize(&evaluated, &proof).map(drop),
                    Err(Error::ProofRejected)
                );
            }
        }
        let (c, s) = bytes.split_at(32);
        for forged in [
            [&plus_order(c), s].concat(),
            [c, &plus_order(s)].concat(),
            [c, &L].concat(),
        ] {
            assert_eq!(
                Proof::from_bytes(&forged),
                Err(DecodeError::ScalarOutOfRange)
            );
        }
    }
}

fn bad_secret_keys<C: Curve>() {
    assert_eq!(
        SecretKey::<C>::from_bytes(&[0; 32]).map(drop),
        Err(DecodeError::ZeroScalar)
    );
    assert_eq!(
        SecretKey::<C>::from_bytes(&L).map(drop),
        Err(DecodeError::ScalarOutOfRange)
    );
    assert_eq!(
        SecretKey::<C>::from_bytes(&[1; 31]).map(drop),
        Err(DecodeError::Length)
    );
}

#[test]
fn exchanges_accept_the_pinned_key_alone() {
    exchanges::<Ristretto255>();
    exchanges::<Ed25519>();
}

#[test]
fn bad_secret_keys_are_refused() {
    bad_secret_keys::<Ristretto255>();
    bad_secret_keys::<Ed25519>();
}

fn derivations<C: Curve>() {
    let sdhi = SdhiSecretKey::<C>::generate(&mut Counting(0));
    let other = SdhiSecretKey::<C>::generate(&mut Counting(9));
    let (derived, proof) = sdhi.derive(&mut Counting(1), &ATTRIBUTES).unwrap();
    let verify = |primary: &SdhiPublicKey<C>, attributes: &[&[u8]], key: &PublicKey<C>| {
        primary
            .verify(attributes, key, &proof)
            .map(|key| *key.public_key())
    };
    let key = *derived.public_key();
    assert_eq!(verify(sdhi.public_key(), &ATTRIBUTES, &key), Ok(key));
    assert_eq!(
        verify(other.public_key(), &ATTRIBUTES, &key),
        Err(Error::ProofRejected)
    );
    assert_eq!(
        verify(sdhi.public_key(), &[b"c", b"ab"], &key),
        Err(Error::ProofRejected)
    );
    let foreign = *other
        .derive(&mut Counting(1), &ATTRIBUTES)
        .unwrap()
        .0
        .public_key();
    assert_eq!(
        verify(sdhi.public_key(), &ATTRIBUTES, &foreign),
        Err(Error::ProofRejected)
    );
    assert_eq!(
        verify(sdhi.public_key(), &[], &key),
        Err(Error::NoAttributes)
    );
    // As the original has it: no framing.
    assert_eq!(verify(sdhi.public_key(), &[b"a", b"bc"], &key), Ok(key));

    let mut bytes = *sdhi.to_bytes();
    bytes[32..].copy_from_slice(&other.public_key().to_bytes());
    assert_eq!(
        SdhiSecretKey::<C>::from_bytes(&bytes).map(drop),
        Err(DecodeError::Encoding)
    );

    let default = DefaultPrimaryKey::from_bytes(&[7; 32]);
    assert_eq!(default.derive::<C>(&[]).map(drop), Err(Error::NoAttributes));
    assert_ne!(
        default.derive::<C>(&[b"a", b"bc"]).unwrap().public_key(),
        default.derive::<C>(&ATTRIBUTES).unwrap().public_key()
    );
}

#[test]
fn a_derived_key_belongs_to_its_attributes() {
    derivations::<Ristretto255>();
    derivations::<Ed25519>();
}

#[test]
fn a_naor_reingold_chain_is_checked_link_by_link() {
    let secret = NaorReingoldSecretKey::<Ed25519>::generate(&mut Counting(0));
    let (derived, proof) = secret.derive(&mut Counting(1), &ATTRIBUTES).unwrap();
    let public = secret.public_key();
    let key = derived.public_key();
    assert_eq!(public.verify(&ATTRIBUTES, key, &proof), Ok(()));
    assert_eq!(
        public.verify(&[b"other"], key, &proof),
        Err(Error::ProofRejected)
    );
    let (foreign, _) = secret.derive(&mut Counting(1), &[b"other"]).unwrap();
    assert_eq!(
        public.verify(&ATTRIBUTES, foreign.public_key(), &proof),
        Err(Error::ProofRejected)
    );

    let bytes = proof.to_bytes();
    let first = bytes
        .chunks(64)
        .position(|link| link.iter().any(|byte| *byte != 0))
        .unwrap();
    let (at_proof, at_point) = (64 * first, 256 * 64 + 32 * first);
    // A link left out, its proof alone left out, its proof altered.
    let mut without = bytes.clone();
    without[at_proof..at_proof + 64].fill(0);
    assert!(
        NaorReingoldProof::<Ed25519>::from_bytes(&without).map_or(true, |proof| {
            public.verify(&ATTRIBUTES, key, &proof) == Err(Error::ProofRejected)
        })
    );
    without[at_point..at_point + 32].fill(0);
    let proof = NaorReingoldProof::from_bytes(&without).unwrap();
    assert_eq!(
        public.verify(&ATTRIBUTES, key, &proof),
        Err(Error::ProofRejected)
    );
    let mut altered = bytes.clone();
    altered[at_proof] ^= 1;
    let proof = NaorReingoldProof::from_bytes(&altered).unwrap();
    assert_eq!(
        public.verify(&ATTRIBUTES, key, &proof),
        Err(Error::ProofRejected)
    );

    assert_eq!(
        NaorReingoldProof::<Ed25519>::from_bytes(&bytes[1..]).map(drop),
        Err(DecodeError::Length)
    );
}

#[test]
fn naor_reingold_keys_come_back_or_are_refused() {
    let secret = NaorReingoldSecretKey::<Ed25519>::generate(&mut Counting(0));
    let bytes = secret.to_bytes();
    assert_eq!(
        NaorReingoldSecretKey::<Ed25519>::from_bytes(&bytes)
            .unwrap()
            .to_bytes(),
        bytes
    );
    assert_eq!(
        NaorReingoldSecretKey::<Ed25519>::from_bytes(&bytes[1..]).map(drop),
        Err(DecodeError::Length)
    );
    let mut wrong = bytes.to_vec();
    wrong.swap(0, 32);
    assert_eq!(
        NaorReingoldSecretKey::<Ed25519>::from_bytes(&wrong).map(drop),
        Err(DecodeError::Encoding)
    );
    assert_eq!(
        NaorReingoldPublicKey::<Ed25519>::from_bytes(&bytes).map(drop),
        Err(DecodeError::Length)
    );
}

#[test]
fn points_outside_the_group_are_refused() {
    let identity = "0100000000000000000000000000000000000000000000000000000000000000";
    let refused = [
        // Orders 2, 4 and 8.
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        // p + 1, another encoding of the identity; -0, yet another.
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000080",
        // Not on the curve.
        "0200000000000000000000000000000000000000000000000000000000000000",
    ];
    let decode = |text: &str| {
        let bytes = hex::decode(text).unwrap();
        let results = [
            Blinded::<Ed25519>::from_bytes(&bytes).map(drop),
            Evaluated::<Ed25519>::from_bytes(&bytes).map(drop),
            PublicKey::<Ed25519>::from_bytes(&bytes).map(drop),
            SdhiPublicKey::<Ed25519>::from_bytes(&bytes).map(drop),
        ];
        assert!(results.iter().all(|result| *result == results[0]));
        results[0]
    };
    assert_eq!(decode(identity), Err(DecodeError::Identity));
    for text in refused {
        assert!(
            matches!(
                decode(text),
                Err(DecodeError::Encoding | DecodeError::Identity)
            ),
            "{text}"
        );
    }
    assert_eq!(
        Blinded::<Ristretto255>::from_bytes(&[0; 32]).map(drop),
        Err(DecodeError::Identity)
    );

    // A point of the group with a point of order 8 added.
    for torsion in &EIGHT_TORSION[1..] {
        let bytes = (ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
        assert_eq!(
            Blinded::<Ed25519>::from_bytes(&bytes).map(drop),
            Err(DecodeError::Encoding)
        );
    }
}
