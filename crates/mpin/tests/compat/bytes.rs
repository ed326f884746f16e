//! Encodings: round trips, and bytes that encode nothing.

use milagro_curve::{DecodeError, G1Point, G2Point, Scalar, SecretScalar};
use milagro_mpin::compat::encoding as e;
use milagro_mpin::compat::{LegacyChallenge, LegacyServerSecret, LegacyToken, ServerShare};
use proptest::prelude::*;

use crate::{World, rng};

fn g1() -> G1Point {
    &G1Point::generator() * &SecretScalar::random(&mut rng())
}

fn g2() -> G2Point {
    &G2Point::generator() * &SecretScalar::random(&mut rng())
}

#[test]
fn points_survive_the_way_out_and_in() {
    for _ in 0..20 {
        let (p, q) = (g1(), g2());
        for p in [p, -p] {
            assert_eq!(e::g1_from_bytes(&e::g1_to_bytes(&p)), Ok(p));
            assert_eq!(e::g1_from_compressed(&e::g1_to_compressed(&p)), Ok(p));
        }
        for q in [q, -q] {
            assert_eq!(e::g2_from_milagro(&e::g2_to_milagro(&q)), Ok(q));
            assert_eq!(e::g2_from_miracl(&e::g2_to_miracl(&q)), Ok(q));
            assert_eq!(e::g2_from_compressed(&e::g2_to_compressed(&q)), Ok(q));
        }
    }
}

#[test]
fn the_orders_of_g2_are_mirrors() {
    let q = g2();
    let (milagro, miracl) = (e::g2_to_milagro(&q), e::g2_to_miracl(&q));
    let part = |bytes: &[u8], index: usize| bytes[48 * index..48 * (index + 1)].to_vec();
    for (index, other) in [(0, 1), (1, 0), (2, 3), (3, 2)] {
        assert_eq!(part(&milagro, index), part(&miracl[1..], other));
    }
    assert_eq!(miracl[0], 4);
}

#[test]
fn prefixes_and_flags_are_checked() {
    let (p, q) = (g1(), g2());
    for prefix in (0..=255).filter(|prefix| *prefix != 4) {
        let mut bytes = e::g1_to_bytes(&p);
        bytes[0] = prefix;
        assert_eq!(e::g1_from_bytes(&bytes), Err(DecodeError::Encoding));
        let mut bytes = e::g2_to_miracl(&q);
        bytes[0] = prefix;
        assert_eq!(e::g2_from_miracl(&bytes), Err(DecodeError::Encoding));
    }
    for prefix in (0..=255).filter(|prefix| ![2, 3].contains(prefix)) {
        let mut bytes = e::g1_to_compressed(&p);
        bytes[0] = prefix;
        assert_eq!(e::g1_from_compressed(&bytes), Err(DecodeError::Encoding));
        let mut bytes = e::g2_to_compressed(&q);
        bytes[0] = prefix;
        assert_eq!(e::g2_from_compressed(&bytes), Err(DecodeError::Encoding));
    }
    // Our own flags have no place in a coordinate.
    for flag in [0x80, 0x40, 0x20] {
        let mut bytes = e::g1_to_bytes(&p);
        bytes[1] |= flag;
        assert_eq!(e::g1_from_bytes(&bytes), Err(DecodeError::Encoding));
        let mut bytes = e::g1_to_compressed(&p);
        bytes[1] |= flag;
        assert_eq!(e::g1_from_compressed(&bytes), Err(DecodeError::Encoding));
        let mut bytes = e::g2_to_milagro(&q);
        bytes[48] |= flag;
        assert_eq!(e::g2_from_milagro(&bytes), Err(DecodeError::Encoding));
        bytes = e::g2_to_milagro(&q);
        bytes[0] |= flag;
        assert!(e::g2_from_milagro(&bytes).is_err());
    }
}

#[test]
fn scalars_are_below_r_and_not_zero() {
    let scalar = Scalar::from(7_u64);
    assert_eq!(
        e::scalar_from_bytes(&e::scalar_to_bytes(&scalar)),
        Ok(scalar)
    );
    assert_eq!(
        LegacyChallenge::from_bytes(&[0; 48]),
        Err(DecodeError::ZeroScalar)
    );
    let mut bytes = e::scalar_to_bytes(&(Scalar::ZERO - Scalar::ONE));
    assert!(LegacyChallenge::from_bytes(&bytes).is_ok());
    bytes[47] += 1; // r
    let error = Err(DecodeError::ScalarOutOfRange);
    assert_eq!(LegacyChallenge::from_bytes(&bytes), error);
    for at in 0..16 {
        let mut bytes = e::scalar_to_bytes(&scalar);
        bytes[at] = 1;
        assert_eq!(LegacyChallenge::from_bytes(&bytes), error);
    }
}

#[test]
fn keys_survive_the_way_out_and_in() {
    let world = World::new();
    let token = world.token(1234);
    let again = LegacyToken::from_bytes(&token.to_bytes()).unwrap();
    assert_eq!(token.to_bytes(), again.to_bytes());
    let share = world.authorities[0].server_share();
    let again = ServerShare::from_milagro(&share.to_milagro()).unwrap();
    let third = LegacyServerSecret::from_miracl(&again.to_miracl()).unwrap();
    assert_eq!(share.to_miracl(), third.to_miracl());
    let bytes = world.authorities[0].to_bytes();
    let again = milagro_mpin::compat::MasterShare::from_bytes(&bytes).unwrap();
    assert_eq!(again.to_bytes(), bytes);
}

proptest! {
    #[test]
    fn what_decodes_encodes_to_the_same_bytes(
        short in proptest::array::uniform32(any::<u8>()),
        sign in 2_u8..4,
        high in any::<[u8; 16]>(),
    ) {
        let mut bytes = [0; 49];
        bytes[0] = sign;
        bytes[1..17].copy_from_slice(&high);
        bytes[17..].copy_from_slice(&short);
        if let Ok(point) = e::g1_from_compressed(&bytes) {
            prop_assert_eq!(e::g1_to_compressed(&point), bytes);
        }
    }
}
