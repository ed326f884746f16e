//! RFC 9258, recomputed by hand.

use crate::psk::PskForm;
use sha2::{Digest as _, Sha256};

use super::super::fixture::NOW;
use super::{World, today};
use crate::admission::{Anyone, Refusal};
use crate::psk::{PskError, PskIdentityError, PskResponder, TargetKdf};
use milagro_mpin::names::EpochPolicy;

/// HMAC-SHA-256 (RFC 2104).
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(message);
    let outer = Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner.finalize());
    outer.finalize().into()
}

/// ipskx by RFC 9258, section 5.1, and RFC 8446, section 7.1, with nothing of the library.
fn imported(epsk: &[u8; 32], identity: &[u8], length: u8) -> Vec<u8> {
    let epskx = hmac(&[0; 32], epsk);
    let mut info = vec![0, length, 17];
    info.extend(b"tls13 derived psk");
    info.push(32);
    info.extend(Sha256::digest(identity));
    let mut out: Vec<u8> = Vec::new();
    let mut last = Vec::new();
    for counter in 1..=2 {
        let mut message = last.clone();
        message.extend(&info);
        message.push(counter);
        last = hmac(&epskx, &message).to_vec();
        out.extend(&last);
    }
    out.truncate(length.into());
    out
}

#[test]
fn keys_are_those_of_the_rfc() {
    let world = World::new();
    let pair = world.alices(today()).pair(&world.bob).unwrap();
    for (kdf, code, length) in [
        (TargetKdf::HkdfSha256, 1, 32),
        (TargetKdf::HkdfSha384, 2, 48),
    ] {
        let psk = pair.import(kdf, PskForm::WithEpoch).unwrap();
        assert_eq!(psk.kdf(), kdf);
        let text = world.text(today());
        let mut identity = vec![0, u8::try_from(text.len()).unwrap()];
        identity.extend(text.as_bytes());
        identity.extend([0, 32]);
        identity.extend(crate::psk::context(
            &world.alice.at(today()),
            &world.bob.at(today()),
        ));
        identity.extend([3, 4, 0, code]);
        assert_eq!(psk.identity(), identity);
        assert_eq!(psk.key(), imported(pair.importable(), &identity, length));
    }
}

#[test]
fn servers_find_the_key_in_the_identity() {
    let world = World::new();
    let pair = world.alices(today()).pair(&world.bob).unwrap();
    let bob = PskResponder::new(world.bobs(today()), EpochPolicy::DAILY, 4, Anyone);
    for kdf in [TargetKdf::HkdfSha256, TargetKdf::HkdfSha384] {
        let here = pair.import(kdf, PskForm::WithEpoch).unwrap();
        let there = bob.imported(here.identity(), NOW).unwrap();
        assert_eq!(here.key(), there.key());
        assert_eq!(here.identity(), there.identity());
        assert_eq!(there.kdf(), kdf);
        // The forms are not taken for each other.
        let form = PskError::Identity(PskIdentityError::Form);
        assert_eq!(bob.external(here.identity(), NOW).unwrap_err(), form);
    }
    let text = world.text(today());
    let form = PskError::Identity(PskIdentityError::Form);
    assert_eq!(bob.imported(text.as_bytes(), NOW).unwrap_err(), form);
}

#[test]
fn other_imported_identities_are_refused() {
    let world = World::new();
    let pair = world.alices(today()).pair(&world.bob).unwrap();
    let bob = PskResponder::new(world.bobs(today()), EpochPolicy::DAILY, 4, Anyone);
    let good = pair
        .import(TargetKdf::HkdfSha256, PskForm::WithEpoch)
        .unwrap()
        .identity()
        .to_vec();
    let refused = |bytes: &[u8]| bob.imported(bytes, NOW).unwrap_err();
    let form = PskError::Identity(PskIdentityError::Form);
    for length in 0..good.len() {
        assert_eq!(refused(&good[..length]), form);
    }
    let mut longer = good.clone();
    longer.push(0);
    assert_eq!(refused(&longer), form);
    let end = good.len();
    for (position, value, error) in [
        (0, 0xff, form),
        (1, 0, form),
        (2, b'M', form),
        // Length of the context; TLS 1.2, DTLS 1.3, no such version; no such hash.
        (end - 37, 31, form),
        (end - 3, 3, form),
        (end - 4, 0xfe, form),
        (end - 3, 5, form),
        (end - 1, 0, form),
        (end - 1, 3, form),
        (end - 2, 1, form),
        // Bound to somebody else.
        (end - 5, !good[end - 5], Refusal::Name.into()),
        (end - 36, !good[end - 36], Refusal::Name.into()),
    ] {
        let mut edited = good.clone();
        edited[position] = value;
        assert_eq!(refused(&edited), error, "{position} {value}");
    }
    let mut long = vec![0, 129];
    long.extend([b'x'; 129]);
    long.extend(&good[end - 38..]);
    assert_eq!(
        refused(&long),
        PskError::Identity(PskIdentityError::TooLong)
    );
    // For Carol: Bob does not even compute a pairing.
    let carol = super::principal(world.master.domain(), crate::names::Role::Server, "carol");
    let hers = world.alices(today()).pair(&carol).unwrap();
    let hers = hers
        .import(TargetKdf::HkdfSha256, PskForm::WithEpoch)
        .unwrap();
    let before = super::super::pairings();
    assert_eq!(refused(hers.identity()), Refusal::Name.into());
    assert_eq!(super::super::pairings(), before);
}
