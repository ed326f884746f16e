//! Keys as stored.

use milagro_base::DecodeError;
use milagro_ledger::LedgerId;

use super::fixture::{World, rng};
use crate::client::device_key::DeviceKey;
use crate::keys::{ServerKey, ServerSecret};

const LEDGER: LedgerId = LedgerId::from_bytes([7; 32]);

/// Every shorter and longer form of some bytes, and those with another version.
fn broken(bytes: &[u8]) -> Vec<(Vec<u8>, DecodeError)> {
    let mut all: Vec<_> = (0..bytes.len())
        .map(|length| (bytes[..length].to_vec(), DecodeError::Length))
        .collect();
    all.push(([bytes, &[0]].concat(), DecodeError::Length));
    for version in [0, 3, 255] {
        let mut other = bytes.to_vec();
        other[0] = version;
        all.push((other, DecodeError::Version));
    }
    all
}

#[test]
fn server_secrets_and_keys_decode_to_themselves_and_nothing_else() {
    let world = World::without_permits();
    let issued = || world.master.issue_server(&world.server);
    let secret = issued().to_bytes();
    let read = ServerSecret::from_bytes(&secret).unwrap();
    assert_eq!(read.server(), &world.server);
    assert_eq!(*read.to_bytes(), *secret);
    for (bytes, error) in broken(&secret) {
        assert_eq!(ServerSecret::from_bytes(&bytes).unwrap_err(), error);
    }
    let key = issued().belonging_to(LEDGER).to_bytes();
    let read = ServerKey::from_bytes(&key).unwrap();
    assert_eq!((read.server(), read.ledger()), (&world.server, LEDGER));
    assert_eq!(*read.to_bytes(), *key);
    for (bytes, error) in broken(&key) {
        assert_eq!(ServerKey::from_bytes(&bytes).unwrap_err(), error);
    }
    // One is not the other.
    assert!(ServerKey::from_bytes(&secret).is_err());
    assert!(ServerSecret::from_bytes(&key).is_err());
    // A restored ledger gets the key in two steps.
    let other = LedgerId::from_bytes([8; 32]);
    let moved = read.into_secret().belonging_to(other);
    assert_eq!(moved.ledger(), other);
    let mut nameless = secret.to_vec();
    nameless.splice(1..3 + world.server.as_bytes().len(), [0, 0]);
    let error = ServerSecret::from_bytes(&nameless).unwrap_err();
    assert_eq!(error, DecodeError::Value);
    let mut infinity = secret.to_vec();
    let start = infinity.len() - 96;
    infinity[start..].fill(0);
    infinity[start] = 0xc0;
    let error = ServerSecret::from_bytes(&infinity).unwrap_err();
    assert_eq!(error, DecodeError::Identity);
}

#[test]
fn device_keys_decode_to_themselves_and_nothing_else() {
    let world = World::without_permits();
    let key = DeviceKey::random(&mut rng(), &world.server);
    let bytes = key.to_bytes();
    let read = DeviceKey::from_bytes(&bytes).unwrap();
    assert_eq!(*read.to_bytes(), *bytes);
    assert_eq!(read.public(), key.public());
    for (bytes, error) in broken(&bytes) {
        assert_eq!(DeviceKey::from_bytes(&bytes).unwrap_err(), error);
    }
    let mut other = bytes.to_vec();
    let start = other.len() - 32;
    other[start..].fill(0);
    let error = DeviceKey::from_bytes(&other).unwrap_err();
    assert_eq!(error, DecodeError::ZeroScalar);
    other[start..].fill(0xff);
    let error = DeviceKey::from_bytes(&other).unwrap_err();
    assert_eq!(error, DecodeError::ScalarOutOfRange);
}
