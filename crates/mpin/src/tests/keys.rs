//! Keys as stored.

use milagro_base::DecodeError;

use super::fixture::{World, rng};
use crate::client::device_key::DeviceKey;
use crate::keys::ServerSecret;

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
fn server_secrets_decode_to_themselves_and_nothing_else() {
    let world = World::without_permits();
    let secret = world.master.issue_server(&world.server).to_bytes();
    let read = ServerSecret::from_bytes(&secret).unwrap();
    assert_eq!(read.server(), &world.server);
    assert_eq!(*read.to_bytes(), *secret);
    for (bytes, error) in broken(&secret) {
        assert_eq!(ServerSecret::from_bytes(&bytes).unwrap_err(), error);
    }
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
