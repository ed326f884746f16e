//! Tokens as stored, and what they tell.

use super::fixture::{World, alice, factors, pin, rng};
use crate::client::device_key::DeviceKey;
use crate::client::error::FactorError;
use crate::client::factor::{FactorSpec, Factors};
use crate::client::passphrase::PassphraseParams;
use crate::client::pin::PinLength;
use crate::client::token::{BoundToken, Token};
use milagro_base::DecodeError;
use subtle::ConstantTimeEq as _;

#[test]
fn the_kinds_of_factors_must_fit_the_token() {
    let world = World::without_permits();
    let token = world.token(
        &alice(),
        &factors("1234").with_bytes("device", b"x").unwrap(),
    );
    let misfits = [
        factors("1234"),
        factors("12345").with_bytes("device", b"x").unwrap(),
        factors("1234").with_bytes("devicf", b"x").unwrap(),
        Factors::without_pin().with_bytes("device", b"x").unwrap(),
        factors("1234")
            .with_bytes("device", b"x")
            .unwrap()
            .with_bytes("e", b"")
            .unwrap(),
    ];
    for misfit in misfits {
        assert_eq!(token.unlock(&misfit).unwrap_err(), FactorError::Mismatch);
    }
}

#[test]
fn tokens_decode_to_themselves_and_nothing_else() {
    let world = World::without_permits();
    let params = PassphraseParams::recommended([9; 16]);
    let all = [
        factors("1234"),
        Factors::without_pin().with_bytes("device", b"x").unwrap(),
        factors("123456")
            .with_bytes("zz", b"x")
            .unwrap()
            .with_bytes("aa", b"y")
            .unwrap(),
    ];
    for factors in all {
        let token = world.token(&alice(), &factors);
        let bytes = token.to_bytes();
        assert_eq!(*Token::from_bytes(&bytes).unwrap().to_bytes(), *bytes);
        for length in 0..bytes.len() {
            assert_eq!(
                Token::from_bytes(&bytes[..length]).unwrap_err(),
                DecodeError::Length
            );
        }
        let mut long = bytes.to_vec();
        long.push(0);
        assert_eq!(Token::from_bytes(&long).unwrap_err(), DecodeError::Length);
        for version in [0, 1, 3, 255] {
            long[0] = version;
            assert_eq!(Token::from_bytes(&long).unwrap_err(), DecodeError::Version);
        }
    }
    // A passphrase token round-trips without hashing the passphrase.
    let mut bytes = world.token(&alice(), &factors("1234")).to_bytes().to_vec();
    let specs = bytes.len() - 48 - 3;
    let spec: Vec<u8> = [
        &[1, 2, 0, 1, b'p'][..],
        &65_536_u32.to_be_bytes(),
        &3_u32.to_be_bytes(),
    ]
    .concat();
    let spec = [&spec[..], &4_u32.to_be_bytes(), &[9; 16]].concat();
    bytes.splice(specs..specs + 3, spec);
    let token = Token::from_bytes(&bytes).unwrap();
    assert_eq!(*token.to_bytes(), bytes);
    assert_eq!(
        params,
        PassphraseParams::new(65_536, 3, 4, [9; 16]).unwrap()
    );
}

#[test]
fn stored_factor_lists_are_checked() {
    let world = World::without_permits();
    let good = world.token(&alice(), &factors("1234")).to_bytes().to_vec();
    let at = good.len() - 48 - 3;
    assert_eq!(good[at..at + 3], [1, 1, 4]);
    let lists: [&[u8]; 9] = [
        &[1, 1, 3],                         // three digits
        &[1, 9, 4],                         // unknown kind, and then a cut name
        &[17, 1, 4],                        // more factors than any token has
        &[2, 1, 4, 1, 4],                   // the PIN twice
        &[2, 3, 0, 1, b'b', 3, 0, 1, b'a'], // not in order
        &[2, 3, 0, 1, b'a', 3, 0, 1, b'a'], // one name twice
        &[1, 3, 0, 0],                      // empty name
        &[1, 3, 0, 1, 0xff],                // no UTF-8
        &[
            1, 2, 0, 1, b'p', 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0,
        ], // 4 TiB
    ];
    for list in lists {
        let mut bytes = good.clone();
        bytes.splice(at..at + 3, list.iter().copied());
        let error = Token::from_bytes(&bytes).unwrap_err();
        assert!(
            matches!(error, DecodeError::Value | DecodeError::Length),
            "{list:?} {error:?}"
        );
    }
}

#[test]
fn a_token_tells_what_to_ask_for() {
    let world = World::without_permits();
    let params = PassphraseParams::new(64, 2, 3, [9; 16]).unwrap();
    let all = factors("12345")
        .with_passphrase("word", "correct horse", params)
        .unwrap()
        .with_bytes("device", b"x")
        .unwrap();
    let token = world.token(&alice(), &all);
    let token = Token::from_bytes(&token.to_bytes()).unwrap();
    let told = [
        FactorSpec::Pin {
            length: PinLength::FIVE,
        },
        FactorSpec::Passphrase {
            name: "word".into(),
            params,
        },
        FactorSpec::Bytes {
            name: "device".into(),
        },
    ];
    assert_eq!(token.factors(), told);
    let names: Vec<&str> = token.factors().iter().map(FactorSpec::name).collect();
    assert_eq!(names, ["", "word", "device"]);
    assert_eq!(token.pin_length(), Some(PinLength::FIVE));
    let costs = (params.memory_kib(), params.passes(), params.lanes());
    assert_eq!(costs, (64, 2, 3));
    assert_eq!(params.salt(), &[9; 16]);
    // What it tells is enough to ask for the same factors again.
    let mut again = Factors::pin(pin("12345"));
    for spec in token.factors() {
        again = match spec {
            FactorSpec::Pin { .. } => again,
            FactorSpec::Passphrase { name, params } => again
                .with_passphrase(name, "correct horse", *params)
                .unwrap(),
            FactorSpec::Bytes { name } => again.with_bytes(name, b"x").unwrap(),
        };
    }
    let secret = token.unlock(&again).unwrap();
    assert!(bool::from(
        secret.ct_eq(&world.master.issue_client(&alice()))
    ));
    let bare = Factors::without_pin().with_bytes("device", b"x").unwrap();
    assert_eq!(world.token(&alice(), &bare).pin_length(), None);
}

#[test]
fn a_pin_changes_alone() {
    let world = World::without_permits();
    let issued = world.master.issue_client(&alice());
    let with = |digits: &str| factors(digits).with_bytes("device", b"x").unwrap();
    let fresh = || world.token(&alice(), &with("1234"));
    for new in ["0000", "9999", "1234", "123456"] {
        let token = fresh().change_pin(&pin("1234"), &pin(new)).unwrap();
        let token = Token::from_bytes(&token.to_bytes()).unwrap();
        assert_eq!(
            token
                .pin_length()
                .map(|length| usize::from(length.digits())),
            Some(new.len())
        );
        let secret = token.unlock(&with(new)).unwrap();
        assert!(bool::from(secret.ct_eq(&issued)), "{new}");
        // The same as through the whole secret.
        let other = fresh().change_factors(&with("1234"), &with(new));
        assert_eq!(*other.unwrap().to_bytes(), *token.to_bytes());
    }
    // A wrong old PIN is not noticed, and makes the difference to a PIN that nobody knows.
    let token = fresh().change_pin(&pin("1235"), &pin("0000")).unwrap();
    let secret = token.unlock(&with("0000")).unwrap();
    assert!(!bool::from(secret.ct_eq(&issued)));
    let none = Factors::without_pin().with_bytes("device", b"x").unwrap();
    for (token, old) in [
        (world.token(&alice(), &with("1234")), "12345"),
        (world.token(&alice(), &none), "1234"),
    ] {
        let error = token.change_pin(&pin(old), &pin("0000")).unwrap_err();
        assert_eq!(error, FactorError::Mismatch);
    }
}

#[test]
fn tokens_with_and_without_a_device_key_are_two_formats() {
    let world = World::without_permits();
    let key = DeviceKey::random(&mut rng(), &world.server);
    let identity = key.identity(&alice()).unwrap();
    let issued = || world.master.issue_client(&identity);
    // Not bound yet, so there is nothing to split.
    let unbound = Token::new(world.domain, issued(), &factors("1234"));
    assert_eq!(unbound.unwrap_err(), FactorError::NotBound);
    let bound = key.bind(issued()).unwrap();
    let bound = BoundToken::new(world.domain, bound, &factors("1234")).unwrap();
    let plain = world.token(&alice(), &factors("1234"));
    let (bound, plain) = (bound.to_bytes(), plain.to_bytes());
    assert_eq!(*BoundToken::from_bytes(&bound).unwrap().to_bytes(), *bound);
    assert_eq!(Token::from_bytes(&bound).unwrap_err(), DecodeError::Value);
    assert_eq!(
        BoundToken::from_bytes(&plain).unwrap_err(),
        DecodeError::Value
    );
}
