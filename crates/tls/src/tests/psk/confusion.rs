//! Texts that look like somebody else's, and keys that must not be one another's.

use std::collections::HashSet;

use milagro_mpin::names::{Epoch, EpochPolicy};

use super::super::fixture::{NOW, today};
use super::{World, principal, responder};
use crate::admission::{AllowList, Refusal};
use crate::names::Role;
use crate::psk::{PskError, PskForm, PskIdentity, PskIdentityError, PskResponder, TargetKdf};

/// Names that read like parts of texts, like the wildcards and variables of brokers, or like one another.
const NAMES: [&str; 16] = [
    "alice",
    "Alice",
    "20833.alice",
    "c.20833.alice",
    "m1.00000000.c.20833.alice",
    "u1.00000000.c.alice",
    "%61lice",
    "%2561lice",
    "alice:0123",
    "alice#",
    "+",
    "#",
    "sensor/+/alice",
    "%u",
    "al ice",
    "\u{430}lice",
];

#[test]
fn no_two_clients_have_one_text() {
    let world = World::new();
    let domain = world.master.domain();
    let mut seen = HashSet::new();
    for name in NAMES {
        for role in [Role::Client, Role::Peer] {
            for epoch in [None, Some(Epoch(0)), Some(today()), Some(Epoch(u64::MAX))] {
                let client = principal(domain, role, name);
                let text = PskIdentity::of(&client, epoch).unwrap();
                assert!(seen.insert(text.as_str().to_owned()), "{text}");
                let read = PskIdentity::from_bytes(text.as_str().as_bytes()).unwrap();
                assert_eq!(
                    (read.in_domain(domain), read.epoch()),
                    (Some(client), epoch)
                );
                // Nothing that psk files, command lines or access lists take for their own.
                let own = |byte: u8| b":#+,/ \"'\\$".contains(&byte) || !byte.is_ascii_graphic();
                assert!(!text.as_str().bytes().any(own), "{text}");
            }
        }
    }
}

/// Other spellings of a text that counts: none is read, so that no list and no cache sees a client twice.
#[test]
fn a_text_has_no_other_spelling() {
    let world = World::new();
    let text = world.text(today());
    let with = |from: &str, to: &str| text.replacen(from, to, 1);
    let epoch = today().0.to_string();
    for other in [
        with("m1", "M1"),
        with("m1", "m01"),
        with("m1", "m2"),
        with(".c.", ".C."),
        with(".c.", ".s."),
        with(".c.", ".."),
        with(&epoch, &format!("0{epoch}")),
        with(&epoch, &format!("+{epoch}")),
        with(&epoch, "99999999999999999999"),
        with(&epoch, ""),
        with("alice", "%61lice"),
        with("alice", "alice%"),
        with("alice", "alice%2"),
        with("alice", "alice%2E"),
        with("alice", "alice%00"),
        with("alice", "alice%0a"),
        with("alice", "alice%C3"),
        with("alice", "alice%E2%80%AE"),
        with("alice", "alice "),
        with("alice", "alice\n"),
        with("alice", "alice\0"),
        with("alice", ""),
        format!(" {text}"),
        text.to_uppercase(),
    ] {
        let read = PskIdentity::from_bytes(other.as_bytes());
        assert_eq!(read, Err(PskIdentityError::Form), "{other:?}");
    }
}

/// A list lets in a client of one role; the other role of the name, another epoch, the other form and the imported
/// key have keys of their own, or none.
#[test]
fn every_reading_has_its_own_key() {
    let world = World::new();
    let list = || -> AllowList { [world.alice.clone()].into_iter().collect() };
    let bob = PskResponder::new(world.bobs(today()), EpochPolicy::DAILY, 4, list());
    let text = |role, epoch| {
        let client = principal(world.master.domain(), role, "alice");
        PskIdentity::of(&client, epoch).unwrap()
    };
    let external = |text: &PskIdentity| {
        let psk = bob.external(text.as_str().as_bytes(), NOW)?;
        Ok(*psk.key())
    };
    let key = external(&text(Role::Client, Some(today()))).unwrap();
    // Both forms are of one client and one epoch; what differs is the identity that TLS binds to.
    assert_eq!(external(&text(Role::Client, None)), Ok(key));
    for refused in [Some(today()), None] {
        let refused = external(&text(Role::Peer, refused)).unwrap_err();
        assert_eq!(refused, PskError::Refused(Refusal::NotAuthorized));
    }
    let early = external(&text(Role::Client, Some(today().next())));
    assert_eq!(early, Err(PskError::Refused(Refusal::NotYetValid)));

    // What is imported depends on the text, the hash and the server, and is never the external key.
    let pair = world.alices(today()).pair(&world.bob).unwrap();
    let mut keys = HashSet::from([key.to_vec()]);
    for form in [PskForm::WithEpoch, PskForm::Lasting] {
        for kdf in [TargetKdf::HkdfSha256, TargetKdf::HkdfSha384] {
            let ours = pair.import(kdf, form).unwrap();
            let theirs = bob.imported(ours.identity(), NOW).unwrap();
            assert_eq!(theirs.key(), ours.key());
            assert!(keys.insert(ours.key().to_vec()));
            // An imported identity is no external one, and the other way about.
            assert!(bob.external(ours.identity(), NOW).is_err());
        }
    }
    assert!(bob.imported(world.text(today()).as_bytes(), NOW).is_err());
    // A server of another name refuses what is bound to Bob.
    let carol = principal(world.master.domain(), Role::Server, "carol").at(today());
    let carol = responder(&world.master, &carol);
    let carol = PskResponder::new(carol, EpochPolicy::DAILY, 4, list());
    let bound = pair
        .import(TargetKdf::HkdfSha256, PskForm::WithEpoch)
        .unwrap();
    let refused = carol.imported(bound.identity(), NOW).map(|_| ());
    assert_eq!(refused, Err(PskError::Refused(Refusal::Name)));
}
