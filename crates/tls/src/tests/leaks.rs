//! Secrets do not show, whatever is formatted.

use core::fmt::Debug;

use super::fixture::{identity, signer};
use crate::{Role, SigningMaster};

/// The ways in which a secret's bytes could appear.
fn needles(secret: &[u8]) -> Vec<String> {
    let reversed: Vec<u8> = secret.iter().rev().copied().collect();
    let decimal: Vec<String> = secret.iter().take(4).map(u8::to_string).collect();
    vec![
        hex::encode(&secret[..8]),
        hex::encode(&reversed[..8]),
        decimal.join(", "),
    ]
}

pub(super) fn assert_hidden(name: &str, secret: &[u8], value: &dyn Debug) {
    let shown = format!("{value:?} {value:#?}").to_lowercase();
    for needle in needles(secret) {
        assert!(!shown.contains(&needle), "{name}: {shown}");
    }
}

#[test]
fn the_search_finds_what_does_show() {
    let shown = std::panic::catch_unwind(|| assert_hidden("array", &[0xa5; 32], &[0xa5_u8; 32]));
    assert!(shown.is_err());
}

#[test]
fn no_secret_type_shows_its_secret() {
    let mut canary = [0xa5; 32];
    canary[0] = 0x25;
    let master = SigningMaster::from_bytes(&canary, "example").unwrap();
    let alice = identity(&master, Role::Client, "alice");
    let key = master.issue(&alice).unwrap();
    let bytes = key.to_bytes();
    let point = &bytes[bytes.len() - 48..];
    assert_hidden("SigningMaster", &canary, &master);
    assert_hidden("IdentityKey", point, &key);
    assert_hidden("Signer", point, &signer(&master, &alice));
}
