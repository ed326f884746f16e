//! Secrets do not show, whatever is formatted.

use crate::psk::PskForm;
use core::fmt::Debug;

use super::exchange::world::{World, answer};
use super::fixture::{NOW, identity, rng, signer, today};
use super::login::ledger::Forgetful;
use super::login::moves;
use super::login::stopped::Stopped;
use super::login::world::World as LoginWorld;
use crate::admission::{Anyone, Side};
use crate::exchange::Prologue;
use crate::exchange::{Early, SharedSecret};
use crate::keys::{PairMaster, TwoSided};
use crate::names::{Principal, Role};
use crate::psk::{PskInitiator, PskResponder, TargetKdf};
use crate::signing::{Signers, SigningMaster};
use milagro_dta::{Agreement, Psk};
use milagro_mpin::names::EpochPolicy;

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
    let master = SigningMaster::from_scalar(&canary, "example");
    let alice = identity(&master, Role::Client, "alice");
    let key = master.issue(&alice).unwrap();
    let bytes = key.to_bytes();
    let point = &bytes[bytes.len() - 48..];
    assert_hidden("SigningMaster", &canary, &master);
    assert_hidden("IdentityKey", point, &key);
    assert_hidden("Signer", point, &signer(&master, &alice));
    assert_hidden("Signers", point, &Signers::new(key, EpochPolicy::DAILY));
}

fn pair_keys_are_hidden<U: TwoSided>() {
    let mut canary = [0xa5; 32];
    canary[0] = 0x25;
    let master = PairMaster::<U>::from_scalar(&canary, "example");
    let peer = Principal::new(master.domain(), Role::Peer, "peer")
        .unwrap()
        .at(today());
    let issued = master.issue(&mut rng(), &peer).unwrap();
    assert_hidden("PairMaster", &canary, &master);
    let bytes = issued.to_bytes();
    assert_hidden("IssuedKey", &bytes[bytes.len() - 112..], &issued);
    assert_hidden("IssuedKey", &bytes[bytes.len() - 64..], &issued);
    let key = issued.accept(&master.anchor()).unwrap();
    let bytes = key.to_bytes();
    assert_hidden("IdentityKey", &bytes[bytes.len() - 48..], &key);
    let key = master.issue_responder(&peer).unwrap();
    let bytes = key.to_bytes();
    assert_hidden("ResponderKey", &bytes[bytes.len() - 96..], &key);
}

#[test]
fn no_key_of_two_sides_shows() {
    pair_keys_are_hidden::<Psk>();
    pair_keys_are_hidden::<Agreement>();
}

#[test]
fn no_secret_of_a_key_schedule_shows() {
    let shared = SharedSecret::new(&[&[0xa5; 48]]);
    assert_hidden("SharedSecret", &[0xa5; 48], &shared);
    let early = Early::new("leak test", &Prologue::new());
    let client = early.clone().shared(Side::Client, &shared);
    let server = early.shared(Side::Server, &shared);
    for key in [client.confirmation(), client.identity_key()] {
        assert_hidden("Handshake", &*key, &client);
    }
    let session = client.confirm(&server.confirmation(), "server").unwrap();
    let mut exported = [0; 32];
    session.export("", &[], &mut exported).unwrap();
    for key in [session.sending(), session.receiving(), &exported] {
        assert_hidden("Session", key, &session);
    }
}

#[test]
fn no_secret_of_a_peer_shows() {
    let world = World::new();
    let (alice, bob) = (&world.alice, &world.bob);
    let key = world
        .master
        .issue(&mut rng(), &alice.identity(NOW).unwrap())
        .unwrap();
    let d1 = key.accept(&world.master.anchor()).unwrap();
    let d1 = d1.secret().to_bytes();
    let d2 = world
        .master
        .issue_responder(&bob.identity(NOW).unwrap())
        .unwrap();
    let d2 = d2.secret().to_bytes();
    let (waiting, first) = world.call();
    let x = waiting.x_for_tests().to_bytes();
    let (answered, second) = answer(bob, &first).unwrap();
    for secret in [&d1[..], &d2[..], &x[..], &second[second.len() - 32..]] {
        assert_hidden("PeerInitiator", secret, alice);
        assert_hidden("PeerResponder", secret, bob);
        assert_hidden("AwaitAnswer", secret, &waiting);
        assert_hidden("AwaitConfirmation", secret, &answered);
    }
}

/// Every type that says it wipes itself is named in a leak test.
#[test]
fn every_secret_type_is_tested() {
    let here = concat!(include_str!("leaks.rs"), include_str!("compat/leaks.rs"));
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut found = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(path).unwrap();
            for line in text.lines().filter(|line| line.starts_with("impl")) {
                let Some((_, name)) = line.split_once("ZeroizeOnDrop for ") else {
                    continue;
                };
                let name = name.split(['<', ' ']).next().unwrap();
                let tested = here.contains(&format!("\"{name}\""));
                assert!(tested, "{name} is not in a leak test");
                found += 1;
            }
        }
    }
    assert!(found > 5);
}

#[test]
fn no_pre_shared_key_shows() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let named = |role, name| Principal::new(master.domain(), role, name).unwrap();
    let (alice, bob) = (named(Role::Client, "alice"), named(Role::Server, "bob"));
    let first = master.issue(&mut rng(), &alice.at(today())).unwrap();
    let first = first.accept(&master.anchor()).unwrap();
    let second = master.issue_responder(&bob.at(today())).unwrap();
    let pair = first.pair(&bob).unwrap();
    let psk = pair.external(PskForm::WithEpoch).unwrap();
    let imported = pair
        .import(TargetKdf::HkdfSha384, PskForm::WithEpoch)
        .unwrap();
    for secret in [psk.key(), imported.key(), pair.importable()] {
        assert_hidden("PairKey", secret, &pair);
        assert_hidden("ExternalPsk", secret, &psk);
        assert_hidden("ImportedPsk", secret, &imported);
    }
    let secrets = [
        first.secret().to_bytes().to_vec(),
        second.secret().to_bytes().to_vec(),
    ];
    let caller = PskInitiator::new(first, EpochPolicy::DAILY, 4);
    let server = PskResponder::new(second, EpochPolicy::DAILY, 4, Anyone);
    let text = psk.identity().as_str().as_bytes();
    caller.external(&bob, NOW).unwrap();
    server.external(text, NOW).unwrap();
    for secret in [&secrets[0][..], &secrets[1], psk.key(), imported.key()] {
        assert_hidden("PskInitiator", secret, &caller);
        assert_hidden("PskResponder", secret, &server);
    }
}

#[test]
fn no_secret_of_a_login_shows() {
    let world = LoginWorld::new();
    for one_pass in [false, true] {
        let run = Stopped::new(&world, &world.alice, one_pass);
        let (client, proof) = run.await_server_key().unwrap();
        let (server, key) = run.await_name(&proof).unwrap();
        // What they hold is seen only once they are gone, so the strings are kept.
        let (at_client, at_server) = (
            format!("{client:?} {client:#?}"),
            format!("{server:?} {server:#?}"),
        );
        let (session, last) = client.receive(&key).unwrap();
        let secret = world.secret_bytes();
        for secret in [
            session.sending(),
            session.receiving(),
            &last[5..37],
            &*secret,
        ] {
            assert_hidden("AwaitServerKey", secret, &at_client);
            assert_hidden("AwaitName", secret, &at_server);
        }
        let session = moves::session(server, &Forgetful, &last, NOW).unwrap();
        assert_hidden("Session", session.sending(), &session);
    }
}
