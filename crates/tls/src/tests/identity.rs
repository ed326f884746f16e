//! The one encoding of an identity.

use proptest::prelude::*;

use super::fixture::{identity, master};
use crate::names::{Identity, NameError, Principal, Role};
use crate::signing::spec;
use milagro_base::DecodeError;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

const DOMAIN: TrustDomainId = TrustDomainId::from_bytes([0xd0; 32]);

fn principal(name: &str) -> Principal {
    Principal::new(DOMAIN, Role::Server, name).unwrap()
}

fn roles() -> impl Strategy<Value = Role> {
    prop_oneof![Just(Role::Client), Just(Role::Server), Just(Role::Peer)]
}

proptest! {
    #[test]
    fn what_is_written_is_read(domain: [u8; 32], role in roles(), epoch: u64, name in "\\PC{1,60}") {
        let domain = TrustDomainId::from_bytes(domain);
        let Ok(principal) = Principal::new(domain, role, &name) else {
            return Ok(());
        };
        let identity = principal.at(Epoch(epoch));
        let bytes = identity.to_bytes();
        prop_assert_eq!(bytes.len(), 44 + name.len());
        let read = Identity::from_bytes(&bytes).unwrap();
        prop_assert_eq!(read.principal().domain(), domain);
        prop_assert_eq!(read.principal().role(), role);
        prop_assert_eq!(read.principal().name(), name);
        prop_assert_eq!(read.epoch(), Epoch(epoch));
        prop_assert_eq!(read, identity);
    }

    #[test]
    fn what_is_read_is_canonical(bytes: Vec<u8>, head in any::<[u8; 44]>()) {
        let mut framed = head.to_vec();
        framed[0] = 1;
        framed[33] %= 4;
        framed[42..44].copy_from_slice(&u16::try_from(bytes.len()).unwrap().to_be_bytes());
        framed.extend(&bytes);
        for bytes in [bytes, framed] {
            if let Ok(identity) = Identity::from_bytes(&bytes) {
                prop_assert_eq!(identity.to_bytes(), bytes);
            }
        }
    }
}

#[test]
fn the_encoding_is_frozen() {
    let bytes = principal("a.example").at(Epoch(20_833)).to_bytes();
    let expected = format!(
        "01{}02{:016x}0009{}",
        "d0".repeat(32),
        20_833,
        hex::encode("a.example")
    );
    assert_eq!(hex::encode(bytes), expected);
}

#[test]
fn lengths_are_as_promised() {
    let shortest = principal("a").at(Epoch(0)).to_bytes();
    let longest = principal(&"x".repeat(255)).at(Epoch(u64::MAX)).to_bytes();
    assert_eq!(shortest.len(), Identity::MIN_LEN);
    assert_eq!(longest.len(), Identity::MAX_LEN);
    assert!(Identity::from_bytes(&longest).is_ok());
}

#[test]
fn bad_names_are_refused() {
    let refused = |name: &str| Principal::new(DOMAIN, Role::Client, name).unwrap_err();
    assert_eq!(refused(""), NameError::Empty);
    assert_eq!(refused(&"x".repeat(256)), NameError::TooLong);
    for control in ['\0', '\n', '\u{7f}', '\u{85}'] {
        let name = format!("a{control}b");
        assert_eq!(refused(&name), NameError::Character(control));
    }
}

#[test]
fn bad_bytes_are_refused() {
    let good = principal("name").at(Epoch(1)).to_bytes();
    for length in 0..good.len() {
        let refused = Identity::from_bytes(&good[..length]);
        assert_eq!(refused, Err(DecodeError::Length));
    }
    let edited = |position: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[position] = value;
        Identity::from_bytes(&bytes).unwrap_err()
    };
    for (position, value, error) in [
        (0, 0, DecodeError::Version),
        (0, 2, DecodeError::Version),
        (33, 0, DecodeError::Value),
        (33, 4, DecodeError::Value),
        (42, 0xff, DecodeError::Length),
        (43, 3, DecodeError::Length),
        (43, 5, DecodeError::Length),
        (44, 0xff, DecodeError::Value),
        (44, 0, DecodeError::Value),
    ] {
        assert_eq!(edited(position, value), error, "{position} {value}");
    }
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(Identity::from_bytes(&longer), Err(DecodeError::Length));
    let mut nameless = good;
    nameless.truncate(44);
    nameless[43] = 0;
    assert_eq!(Identity::from_bytes(&nameless), Err(DecodeError::Value));
}

/// Names that look alike, or differ in what a careless framing would lose, have different points.
#[test]
fn lookalikes_are_different_identities() {
    let master = master();
    let names = [
        "bob",
        "Bob",
        "bob ",
        "bob.",
        "bobb",
        "b\u{f6}b",  // ö, composed
        "b\u{43e}b", // Cyrillic о
        "bobbob",
    ]
    .map(str::to_owned);
    let mut seen = Vec::new();
    for name in &names {
        for role in [Role::Client, Role::Server, Role::Peer] {
            let today = identity(&master, role, name);
            for identity in [&today, &today.principal().at(Epoch(today.epoch().0 + 1))] {
                let point = spec::point(identity);
                assert!(!seen.contains(&point), "{identity:?}");
                seen.push(point);
            }
        }
    }
}

#[test]
fn subjects_carry_the_whole_encoding() {
    let identity = principal("name").at(Epoch(7));
    assert_eq!(identity.to_subject().as_bytes(), identity.to_bytes());
    let longest = principal(&"x".repeat(255)).at(Epoch(7));
    assert_eq!(longest.to_subject().as_bytes(), longest.to_bytes());
}
