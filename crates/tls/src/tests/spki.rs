//! Identities in DER.

use super::fixture::{identity, master};
use crate::names::{Identity, Principal, Role};
use milagro_base::DecodeError;
use milagro_mpin::TrustDomainId;
use milagro_mpin::names::Epoch;

const UUID: u128 = 0x09c3_b278_f5d3_4614_b126_9c67_4d4b_5cd8;

fn named(name: &str) -> Identity {
    Principal::new(TrustDomainId::from_bytes([7; 32]), Role::Server, name)
        .unwrap()
        .at(Epoch(1))
}

/// 2.25.UUID: the first two arcs make 105; base 128, high bits first, all but the last byte with the top
/// bit set (X.690, section 8.19).
#[test]
fn the_algorithm_is_that_of_the_uuid() {
    let mut groups = vec![u8::try_from(UUID & 0x7f).unwrap()];
    let mut rest = UUID >> 7;
    while rest > 0 {
        groups.push(0x80 | u8::try_from(rest & 0x7f).unwrap());
        rest >>= 7;
    }
    groups.reverse();
    let length = u8::try_from(1 + groups.len()).unwrap();
    let mut expected = vec![0x30, length + 2, 0x06, length, 105];
    expected.extend(groups);
    let spki = named("name").to_spki();
    assert_eq!(spki[2..2 + expected.len()], expected);
    assert_eq!(UUID.to_string(), "12979169701846727654275657266834922712");
}

#[test]
fn what_is_written_is_read_at_every_length() {
    for length in 1..=255 {
        let identity = named(&"n".repeat(length));
        let spki = identity.to_spki();
        assert_eq!(Identity::from_spki(&spki).as_ref(), Ok(&identity));
        assert!(spki.len() <= 333 && spki.len() >= 73);
        assert_eq!(spki.len(), der_length(identity.to_bytes().len()));
    }
}

/// By the rules of X.690, counted independently.
fn der_length(identity: usize) -> usize {
    let tlv = |content: usize| {
        content
            + match content {
                ..=127 => 2,
                128..=255 => 3,
                _ => 4,
            }
    };
    tlv(23 + tlv(1 + identity))
}

#[test]
fn nothing_else_is_read() {
    let master = master();
    let good = identity(&master, Role::Client, "alice").to_spki();
    let refused = |bytes: &[u8]| Identity::from_spki(bytes).unwrap_err();
    for length in 0..good.len() {
        assert_eq!(refused(&good[..length]), DecodeError::Length);
    }
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(refused(&longer), DecodeError::Length);
    // Every bit counts, but for those that make another identity.
    let identity_at = good.len() - identity(&master, Role::Client, "alice").to_bytes().len();
    for bit in 0..8 * identity_at {
        let mut edited = good.clone();
        edited[bit / 8] ^= 1 << (bit % 8);
        assert!(Identity::from_spki(&edited).is_err(), "{bit}");
    }
    let edited = |position: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[position] = value;
        refused(&bytes)
    };
    assert_eq!(edited(0, 0x31), DecodeError::Encoding);
    assert_eq!(edited(24, 0x59), DecodeError::Value);
    assert_eq!(edited(25, 0x04), DecodeError::Encoding);
    assert_eq!(edited(27, 1), DecodeError::Encoding);
    assert_eq!(edited(28, 2), DecodeError::Version);
}

#[test]
fn lengths_in_other_forms_are_refused() {
    let good = named("name").to_spki();
    let content = &good[2..];
    let length = u8::try_from(content.len()).unwrap();
    for head in [
        vec![0x30, 0x81, length],
        vec![0x30, 0x82, 0, length],
        vec![0x30, 0x83, 0, 0, length],
        vec![0x30, 0x80],
    ] {
        let bytes = [head.as_slice(), content].concat();
        assert_eq!(Identity::from_spki(&bytes), Err(DecodeError::Encoding));
    }
    // Declared lengths that nothing backs.
    for bytes in [&[0x30, 0x82, 0xff, 0xff][..], &[0x30, 0x84, 0x40, 0, 0, 0]] {
        assert!(Identity::from_spki(bytes).is_err());
    }
}

#[test]
fn server_names_stand_for_principals() {
    let name = |principal: &Principal| principal.server_name();
    let server = named("server");
    let first = name(server.principal());
    assert_eq!(first.len(), 72);
    assert_eq!(
        first,
        name(named("server").principal().at(Epoch(9)).principal())
    );
    assert_ne!(first, name(named("Server").principal()));
    let domain = server.principal().domain();
    let peer = Principal::new(domain, Role::Peer, "server").unwrap();
    let other = Principal::new(TrustDomainId::from_bytes([8; 32]), Role::Server, "server").unwrap();
    assert_ne!(first, name(&peer));
    assert_ne!(first, name(&other));
    let (hash, suffix) = first.split_at(52);
    assert_eq!(suffix, ".milagro-tls.invalid");
    let digit = |c: char| c.is_ascii_lowercase() || ('2'..='7').contains(&c);
    assert!(hash.chars().all(digit));
    assert_eq!(hash, "qll2ej6ooxpi5jtsieiuiwr6k7a5jrj7thvwj523rrzfx7sagkma");
}
