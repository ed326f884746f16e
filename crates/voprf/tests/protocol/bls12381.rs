//! The suite over G1 of BLS12-381, in every mode, and its refusals.

use milagro_curve::{Dst, hash::hash_to_g1};
use milagro_voprf::attributes::{Attributes, PrimarySecretKey};
use milagro_voprf::modes::Unverified;
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::{
    Blinded, DecodeError, Error, Evaluated, Oprf, Poprf, Proof, PublicKey, SecretKey, Voprf, hazmat,
};

use super::common::{Counting, difference};

const INPUTS: [&[u8]; 2] = [b"one", b"two"];

#[test]
fn every_mode_gives_what_the_key_gives() {
    let key = SecretKey::<Oprf, Bls12381G1>::generate(&mut Counting(0));
    let (blinded, pending) = Unverified::blind(&mut Counting(1), &INPUTS).unwrap();
    let outputs = pending
        .finalize(&key.blind_evaluate(&blinded).unwrap())
        .unwrap();
    assert_eq!(
        outputs[1].as_bytes(),
        key.evaluate(INPUTS[1]).unwrap().as_bytes()
    );

    let key = SecretKey::<Poprf, Bls12381G1>::generate(&mut Counting(0))
        .tagged(b"tag")
        .unwrap();
    let (blinded, pending) = key.public_key().blind(&mut Counting(1), &INPUTS).unwrap();
    let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    let outputs = pending.finalize(&evaluated, &proof).unwrap();
    assert_eq!(
        outputs[1].as_bytes(),
        key.evaluate(INPUTS[1]).unwrap().as_bytes()
    );

    let primary = PrimarySecretKey::<Bls12381G1>::generate(&mut Counting(0));
    let derived = primary.derive(&Attributes::new(&[b"a"]).unwrap()).unwrap();
    let proof = primary.prove(&mut Counting(1), &[&derived]).unwrap();
    let keys = [derived.claim()];
    let verified = primary.public_key().verify(&keys, &proof).unwrap();
    let (blinded, pending) = verified[0].blind(&mut Counting(1), &INPUTS).unwrap();
    let (evaluated, proof) = derived.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    let outputs = pending.finalize(&evaluated, &proof).unwrap();
    assert_eq!(
        outputs[0].as_bytes(),
        derived.evaluate(INPUTS[0]).unwrap().as_bytes()
    );
}

#[test]
fn the_group_hash_is_that_of_rfc_9380() {
    let tag = b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_";
    let point = hazmat::hash_to_group::<Bls12381G1>(b"abc", tag).unwrap();
    assert_eq!(
        point.to_bytes(),
        hash_to_g1(b"abc", Dst::new(tag).unwrap()).to_bytes()
    );
}

#[test]
fn an_altered_exchange_is_refused() {
    let key = SecretKey::<Voprf, Bls12381G1>::generate(&mut Counting(0));
    let blind = || key.public_key().blind(&mut Counting(1), &INPUTS).unwrap();
    let (blinded, _) = blind();
    let (evaluated, proof) = key.blind_evaluate(&mut Counting(2), &blinded).unwrap();
    let swapped = [evaluated[1], evaluated[0]];
    assert_eq!(
        blind().1.finalize(&swapped, &proof).map(drop),
        Err(Error::ProofRejected)
    );
    let bytes = proof.to_bytes();
    for i in [0, 31, 32, 63] {
        let mut bytes = bytes.clone();
        bytes[i] ^= 1;
        if let Ok(proof) = Proof::from_bytes(&bytes) {
            assert_eq!(
                blind().1.finalize(&evaluated, &proof).map(drop),
                Err(Error::ProofRejected)
            );
        }
    }
    // s = -c·k makes t2 and t3 the identity: encoded, hashed, refused.
    let order =
        hex::decode("73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001").unwrap();
    let reversed = |bytes: &[u8]| bytes.iter().rev().copied().collect::<Vec<_>>();
    let mut forged = [0; 64];
    forged[31] = 1;
    forged[32..].copy_from_slice(&reversed(&difference(
        &reversed(&order),
        &reversed(&key.to_bytes()),
    )));
    let identities = Proof::from_bytes(&forged).unwrap();
    assert_eq!(
        blind().1.finalize(&evaluated, &identities).map(drop),
        Err(Error::ProofRejected)
    );
}

#[test]
fn only_the_subgroup_is_read() {
    let mut identity = [0; 48];
    identity[0] = 0xc0;
    let mut outside = [0; 48]; // x = 4
    (outside[0], outside[47]) = (0x80, 4);
    for (bytes, expected) in [
        (identity, DecodeError::Identity),
        (outside, DecodeError::NotInSubgroup),
        ([0xff; 48], DecodeError::Encoding),
    ] {
        assert_eq!(Blinded::<Bls12381G1>::from_bytes(&bytes), Err(expected));
        assert_eq!(Evaluated::<Bls12381G1>::from_bytes(&bytes), Err(expected));
        assert_eq!(
            PublicKey::<Voprf, Bls12381G1>::from_bytes(&bytes),
            Err(expected)
        );
    }
    assert_eq!(
        Blinded::<Bls12381G1>::from_bytes(&[0; 47]),
        Err(DecodeError::Length)
    );
    assert_eq!(
        SecretKey::<Voprf, Bls12381G1>::from_bytes(&[0xff; 32]).map(drop),
        Err(DecodeError::ScalarOutOfRange)
    );
    assert_eq!(
        SecretKey::<Voprf, Bls12381G1>::from_bytes(&[0; 32]).map(drop),
        Err(DecodeError::ZeroScalar)
    );
}
