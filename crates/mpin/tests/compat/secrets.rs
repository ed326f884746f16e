//! Secret types show nothing.

use core::fmt::Debug;

use milagro_curve::SecretScalar;
use milagro_mpin::compat::{
    AgreedKey, Client, LegacyDeviceKey, LegacyKeyBase, LegacyPin, MasterShare,
};

use crate::{NOW, World, rng};

/// Neither form of `Debug` has a run of eight digits of the secret in it, forwards or backwards.
fn shows_nothing(value: &dyn Debug, secrets: &[&[u8]]) {
    for text in [format!("{value:?}"), format!("{value:#?}")] {
        for secret in secrets {
            let reversed: Vec<u8> = secret.iter().rev().copied().collect();
            for bytes in [secret, &reversed[..]] {
                for window in bytes.windows(4).filter(|window| window != &[0; 4]) {
                    assert!(!text.contains(&hex::encode(window)), "{text}");
                    let list = format!("{window:?}");
                    assert!(!text.contains(list.trim_matches(['[', ']'])), "{text}");
                }
            }
        }
    }
}

#[test]
fn debug_shows_no_secret() {
    let world = World::new();
    let mut canary = [0; 48];
    canary[16..].fill(0x5a);
    let share = MasterShare::from_bytes(&canary).unwrap();
    shows_nothing(&share, &[&canary]);
    let client_share = share.client_share(&world.alice);
    shows_nothing(&client_share, &[&*client_share.to_bytes()]);
    let server_share = share.server_share();
    shows_nothing(&server_share, &[&*server_share.to_milagro()]);

    let device = LegacyDeviceKey::from_bytes(&canary).unwrap();
    shows_nothing(&device, &[&canary]);

    let secret = world.secret(&world.alice);
    let secret_bytes = secret.to_bytes();
    shows_nothing(&secret, &[&*secret_bytes]);
    let token = world.token(4242);
    let token_bytes = token.to_bytes();
    shows_nothing(&token, &[&*token_bytes]);
    shows_nothing(&LegacyKeyBase::new(&token, &world.alice), &[&*token_bytes]);
    assert_eq!(format!("{:?}", LegacyPin::new(4242).unwrap()), "Pin { .. }");

    let client = Client::new(&world.alice, secret);
    shows_nothing(&client, &[&*secret_bytes]);
    let x = SecretScalar::from_bytes(&[0x5a; 32]).unwrap();
    let (u, committed) = client.commit_with(x);
    shows_nothing(&committed, &[&canary, &*secret_bytes]);
    let (y, pending) = world
        .server
        .challenge(&mut rng(), world.alice.base(), u, NOW);
    let (v, r, awaiting) = committed.respond_for_key(&mut rng(), &y).unwrap();
    shows_nothing(&awaiting, &[&canary]);
    let logged_in = pending.verify(&world.server, &v, NOW).unwrap();
    let (_, key): (_, AgreedKey) = logged_in.agree(&mut rng(), &world.server, &r).unwrap();
    shows_nothing(&key, &[key.as_bytes()]);
    shows_nothing(&world.server, &[&*server_share.to_miracl()]);
}
