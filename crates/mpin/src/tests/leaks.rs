//! Secrets do not show, whatever is formatted.

use core::fmt::Debug;

use super::fixture::{World, alice, factors, pin, rng};
use crate::{ChannelBinding, MasterSecret, Target};

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
    assert_hidden(
        "Token",
        &token.to_bytes()[token.to_bytes().len() - 48..],
        &token,
    );
    assert_hidden("Verifier", &*server.secret.to_bytes(), &world.verifier);
    let target = Target {
        domain: world.domain,
        server: world.server.clone(),
        binding: ChannelBinding::None,
    };
    let committed = client
        .commit(&mut rng(), &target, world.challenge(), None)
        .unwrap();
    assert_hidden("Committed", &*client.secret.to_bytes(), &committed);
    let secret = factors("9876").with_bytes("device", &canary).unwrap();
    assert_hidden("Factors", &canary, &secret);
    for shown in [format!("{:?}", pin("9876")), format!("{secret:?}")] {
        assert!(!shown.contains("9876"), "{shown}");
    }
}
