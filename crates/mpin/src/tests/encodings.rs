//! Messages decode to themselves, and broken ones to errors.

use proptest::prelude::*;

use super::fixture::{World, alice, rng};
use crate::keys::MasterSecret;
use crate::names::identity::Identity;
use crate::proof::challenge::Challenge;
use crate::proof::encoding::LoginProof;
use milagro_base::DecodeError;

#[test]
fn challenges_decode_strictly() {
    let challenge = Challenge::random(&mut rng());
    let bytes = challenge.to_bytes();
    assert_eq!(Challenge::from_bytes(&bytes), Ok(challenge));
    for length in (0..70).filter(|length| *length != 33) {
        let mut other = bytes.to_vec();
        other.resize(length, 0);
        assert_eq!(Challenge::from_bytes(&other), Err(DecodeError::Length));
    }
    let mut other = bytes;
    other[0] = 2;
    assert_eq!(Challenge::from_bytes(&other), Err(DecodeError::Version));
}

#[test]
fn proofs_decode_strictly() {
    let world = World::without_permits();
    let proof = world.prove(&world.master.issue_client(&alice()), None);
    let bytes = proof.to_bytes();
    assert_eq!(LoginProof::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for length in 0..bytes.len() {
        let cut = LoginProof::from_bytes(&bytes[..length]);
        assert_eq!(cut.unwrap_err(), DecodeError::Length, "{length}");
    }
    let mut other = bytes.clone();
    other.push(0);
    assert_eq!(
        LoginProof::from_bytes(&other).unwrap_err(),
        DecodeError::Length
    );
    for (index, error) in [(0, DecodeError::Version), (1, DecodeError::Value)] {
        let mut other = bytes.clone();
        other[index] ^= 0x80;
        assert_eq!(LoginProof::from_bytes(&other).unwrap_err(), error);
    }
}

#[test]
fn every_bit_of_a_proof_counts() {
    let world = World::without_permits();
    let bytes = world
        .prove(&world.master.issue_client(&alice()), None)
        .to_bytes();
    for bit in (0..8 * bytes.len()).step_by(7) {
        let mut tweaked = bytes.clone();
        tweaked[bit / 8] ^= 1 << (bit % 8);
        if let Ok(proof) = LoginProof::from_bytes(&tweaked) {
            assert!(world.verify(&proof).is_err(), "bit {bit}");
            assert_eq!(proof.to_bytes(), tweaked);
        }
    }
}

#[test]
fn master_secrets_are_scalars_in_range() {
    assert_eq!(
        MasterSecret::from_bytes(&[0; 32]).unwrap_err(),
        DecodeError::ZeroScalar
    );
    assert_eq!(
        MasterSecret::from_bytes(&[0xff; 32]).unwrap_err(),
        DecodeError::ScalarOutOfRange
    );
    let master = MasterSecret::random(&mut rng());
    let again = MasterSecret::from_bytes(&master.to_bytes()).unwrap();
    assert_eq!(again.commitment(), master.commitment());
}

proptest! {
    #[test]
    fn any_bytes_decode_to_what_encodes_to_them(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(identity) = Identity::from_bytes(&bytes) {
            prop_assert_eq!(identity.to_bytes(), &bytes[..]);
        }
        if let Ok(proof) = LoginProof::from_bytes(&bytes) {
            prop_assert_eq!(proof.to_bytes(), &bytes[..]);
        }
        if let Ok(permit) = crate::permit::Permit::from_bytes(&bytes) {
            prop_assert_eq!(permit.to_bytes(), &bytes[..]);
        }
        if let Ok(token) = crate::client::token::Token::from_bytes(&bytes) {
            prop_assert_eq!(token.to_bytes().to_vec(), bytes);
        }
    }
}
