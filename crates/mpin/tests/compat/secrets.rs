//! Secret types show nothing.

use core::fmt::Debug;

use milagro_curve::SecretScalar;
use milagro_mpin::compat::{
    AgreedKey, Client, LegacyDeviceKey, LegacyKeyBase, LegacyPin, MasterShare, hazmat,
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
    assert_eq!(
        format!("{:?}", LegacyPin::new(4242).unwrap()),
        "LegacyPin { .. }"
    );

    let client = Client::new(&world.alice, secret);
    shows_nothing(&client, &[&*secret_bytes]);
    let x = SecretScalar::from_bytes(&[0x5a; 32]).unwrap();
    let u = hazmat::commit(&client, x);
    shows_nothing(&u, &[&canary, &*secret_bytes]);
    let y = world.challenge(world.alice.base(), u.message);
    let asked = u.state.respond_for_key(&mut rng(), &y.message).unwrap();
    shows_nothing(&asked, &[&canary]);
    let logged_in = world.verify(y.state, &asked.v, NOW).unwrap();
    let answer = logged_in.agree(&mut rng(), &world.server, &asked.r);
    let key: AgreedKey = answer.unwrap().key;
    shows_nothing(&key, &[key.as_bytes()]);
    shows_nothing(&world.server, &[&*server_share.to_miracl()]);
}
