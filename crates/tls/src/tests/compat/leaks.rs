//! Secrets do not show.

use milagro_curve::SecretScalar;

use super::World;
use crate::compat::MasterShare;
use crate::tests::fixture::rng;
use crate::tests::leaks::assert_hidden;

#[test]
fn no_secret_type_shows_its_secret() {
    let mut canary = [0; 48];
    canary[16..].fill(0x5a);
    let world = World([(); 2].map(|()| MasterShare::from_bytes(&canary).unwrap()));
    assert_hidden("MasterShare", &canary[16..], &world.0[0]);
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let share = world.0[0].initiator_share(alice.name());
    assert_hidden("InitiatorShare", &share.to_bytes()[1..], &share);
    let share = world.0[0].responder_share(bob.name());
    assert_hidden("ResponderShare", &*share.to_bytes(), &share);
    assert_hidden("LegacyInitiatorKey", &alice.to_bytes()[1..], &alice);
    assert_hidden("LegacyResponderKey", &*bob.to_bytes(), &bob);

    let x = SecretScalar::from_bytes(&[0x5a; 32]).unwrap();
    let (offer, waiting) = alice.start_with(x, bob.name()).unwrap();
    assert_hidden("LegacyInitiator", &canary[16..], &waiting);
    assert_hidden("LegacyInitiator", &alice.to_bytes()[1..], &waiting);
    let (_, key) = bob.answer(&mut rng(), alice.name(), &offer).unwrap();
    assert_hidden("UnconfirmedKey", key.as_bytes(), &key);
}
