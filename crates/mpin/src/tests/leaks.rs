//! Secrets do not show, whatever is formatted.

use core::fmt::Debug;

use super::fixture::{NONE, NOW, World, alice, factors, pin, rng};
use crate::client::device_key::DeviceKey;
use crate::client::login::Target;
use crate::client::token::BoundToken;
use crate::full::key_base::{KeyBase, PrecomputedKeyBase};
use crate::keys::MasterSecret;
use crate::server::cookie::Cookies;
use crate::server::device::DeviceId;
use milagro_ledger::LedgerId;

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

fn assert_hidden(name: &str, secret: &[u8], value: &dyn Debug) {
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
    let world = World::without_permits();
    let master = MasterSecret::from_bytes(&canary).unwrap();
    let client = master.issue_client(&alice());
    let server = master.issue_server(&world.server);
    let token = world.token(&alice(), &factors("1234"));
    assert_hidden("MasterSecret", &canary, &master);
    assert_hidden("ClientSecret", &*client.secret.to_bytes(), &client);
    assert_hidden("ServerSecret", &*server.secret.to_bytes(), &server);
    let bytes = token.to_bytes();
    assert_hidden("SplitSecret", &bytes[bytes.len() - 48..], &token);
    assert_hidden("Verifier", &*server.secret.to_bytes(), &world.verifier);
    assert_hidden("Verifier", &*world.verifier.hedge, &world.verifier);
    assert_hidden("Verifier", &*world.verifier.sessions, &world.verifier);
    let target = Target {
        domain: world.domain,
        server: world.server.clone(),
        binding: NONE,
    };
    let login = client.login(&target);
    assert_hidden("Login", &*client.secret.to_bytes(), &login);
    let cookies = Cookies::new(&mut rng(), world.domain, world.server.clone());
    let device = DeviceId::random(&mut rng());
    let issued = cookies.enrol(&mut rng(), &alice(), device);
    let bytes = cookies.to_bytes();
    assert_hidden("Cookies", &bytes[bytes.len() - 32..], &cookies);
    let bytes = issued.cookie.to_bytes();
    assert_hidden("DeviceCookie", &bytes[29..45], &issued.cookie);
    assert_hidden("IssuedCookie", &bytes[29..45], &issued);
    assert_hidden("DeviceRecord", &bytes[29..45], &issued.record);
    let secret = factors("9876").with_bytes("device", &canary).unwrap();
    assert_hidden("Factors", &canary, &secret);
    for shown in [format!("{:?}", pin("9876")), format!("{secret:?}")] {
        assert!(!shown.contains("9876"), "Pin: {shown}");
    }
    let key = world.master.issue_server(&world.server);
    let key = key.belonging_to(LedgerId::from_bytes([0; 32]));
    assert_hidden("ServerKey", &*server.secret.to_bytes(), &key);
    let mut bytes = DeviceKey::random(&mut rng(), &world.server).to_bytes();
    let z = bytes.len() - 32;
    bytes[z..].copy_from_slice(&canary);
    let device = DeviceKey::from_bytes(&bytes).unwrap();
    assert_hidden("DeviceKey", &canary, &device);
    let identity = device.identity(&alice()).unwrap();
    let issued = world.master.issue_client(&identity);
    let bound = device.bind_for_permits(issued).unwrap();
    let bound = device.lend(bound).unwrap();
    let secret = bound.secret.to_bytes();
    assert_hidden("BoundSecret", &canary, &bound);
    assert_hidden("BoundSecret", &*secret, &bound);
    let token = BoundToken::new(world.domain, bound, &factors("1234")).unwrap();
    let bytes = token.to_bytes();
    assert_hidden("BoundToken", &bytes[bytes.len() - 48..], &token);
}

#[test]
fn no_secret_of_a_key_agreement_shows() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let base = KeyBase::new(&secret, &world.server);
    assert_hidden("KeyBase", &*base.0.to_bytes(), &base);
    let token = world.token(&alice(), &factors("1234"));
    let stored = PrecomputedKeyBase::new(&token, &world.server);
    let g1 = stored.unlock(&token, &factors("0000")).unwrap();
    assert_hidden("PrecomputedKeyBase", &*g1.0.to_bytes(), &stored);
    let target = world.target();
    let start = secret
        .login(&target)
        .agree(&mut rng(), world.challenge())
        .unwrap();
    let client = start.session;
    assert_hidden("ClientSession", &*secret.secret.to_bytes(), &client);
    let arrival = World::arrival(NOW);
    let admitted = world
        .verifier
        .admit_hello(&mut rng(), &start.hello, arrival)
        .unwrap();
    let paid = admitted.spend_local(&world.ledger, NOW).unwrap();
    let answered = world.verifier.check_hello(&mut rng(), paid, NOW).unwrap();
    let answered = answered.spend_local(&world.ledger, NOW).unwrap();
    let answered = answered.into_value();
    let (server, answer) = (answered.session, answered.hello);
    let shown_before = format!("{server:?} {server:#?}");
    let confirmed = client.finish(&base, &answer).unwrap();
    assert_hidden("SessionKeys", confirmed.keys.sending(), &confirmed);
    for secret in [&confirmed.confirmation.0, confirmed.keys.sending()] {
        for needle in needles(secret) {
            assert!(
                !shown_before.contains(&needle),
                "ServerSession: {shown_before}"
            );
        }
    }
}

/// Every type that says it wipes itself is named in this file, or in the test of the feature `compat`.
#[test]
fn every_secret_type_is_tested() {
    let here = include_str!("leaks.rs");
    let compat = include_str!("../../tests/compat/secrets.rs");
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
                let tested = here.contains(&format!("\"{name}")) || compat.contains(name);
                assert!(tested, "{name} is not in a leak test");
                found += 1;
            }
        }
    }
    assert!(found > 10);
}
