//! Keys as stored: what is accepted encodes to the same bytes; keys of servers, device keys and their tokens.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{LEDGER, PIN, World, factors};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_mpin::client::{BoundToken, DeviceKey};
use milagro_mpin::server::PinnedKey;
use milagro_mpin::{Identity, MasterSecret, ServerId, ServerKey, ServerSecret, Token};

static WORLD: LazyLock<World> = LazyLock::new(World::new);

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    server: Vec<u8>,
    damage: Damage,
}

fuzz_target!(|input: Input| {
    let Input {
        seed,
        server,
        damage,
    } = input;
    let rng = &mut Seeded(seed);
    let Ok(server) = ServerId::new(&server) else {
        return;
    };
    let master = MasterSecret::random(rng);
    let secret = master.issue_server(&server).to_bytes();
    strict(&damage, &secret, ServerSecret::from_bytes, |secret| {
        secret.to_bytes().to_vec()
    });
    let key = master.issue_server(&server).belonging_to(LEDGER).to_bytes();
    strict(&damage, &key, ServerKey::from_bytes, |key| {
        key.to_bytes().to_vec()
    });

    let device = DeviceKey::random(rng, &server);
    strict(&damage, &device.to_bytes(), DeviceKey::from_bytes, |key| {
        key.to_bytes().to_vec()
    });
    let identity = device.identity(&WORLD.identity).expect("no key yet");
    strict(
        &damage,
        &identity.to_bytes(),
        Identity::from_bytes,
        |identity| identity.to_bytes(),
    );
    assert_eq!(identity.device_key().as_ref(), Some(device.public()));
    assert_eq!(identity.inner(), Some(&WORLD.identity));
    assert_eq!(
        PinnedKey::of(&identity).map(|key| key.to_bytes()),
        Some(device.public().to_bytes())
    );

    let bound = device
        .bind(master.issue_client(&identity))
        .expect("its own");
    let token = BoundToken::new(WORLD.target.domain, bound, &factors(PIN));
    let token = token.expect("something is left").to_bytes();
    strict(&damage, &token, BoundToken::from_bytes, |token| {
        token.to_bytes().to_vec()
    });
    assert!(Token::from_bytes(&token).is_err());
});
