//! Runs that give one key, and the changes that make it two.

use milagro_curve::{G1Point, G2Point, SecretScalar};
use milagro_mpin::compat::encoding::{g1_to_bytes, g2_to_milagro, scalar_to_bytes};

use super::{World, initiator, run};
use crate::compat::{
    ChowChooError, LegacyAnswer, LegacyInitiatorKey, LegacyOffer, LegacyResponderKey, MasterShare,
    ResponderName,
};
use crate::tests::fixture::rng;

fn offer(point: &G1Point) -> LegacyOffer {
    LegacyOffer::from_bytes(&g1_to_bytes(point)).unwrap()
}

fn answer(pg: &G1Point, pb: &G2Point) -> LegacyAnswer {
    LegacyAnswer::from_bytes(&g1_to_bytes(pg), &g2_to_milagro(pb)).unwrap()
}

/// The first recorded run (`test-vectors/tls`, where the others are): Milagro's scalars give Milagro's key.
#[test]
fn a_recorded_run_gives_its_key() {
    let bytes = |text| <[u8; 32]>::try_from(hex::decode(text).unwrap()).unwrap();
    let scalar = |text| SecretScalar::from_bytes(&bytes(text)).unwrap();
    let world = World([MASTER_1, MASTER_2].map(|text| {
        let mut share = [0; 48];
        share[16..].copy_from_slice(&bytes(text));
        MasterShare::from_bytes(&share).unwrap()
    }));
    let (alice, bob) = (world.initiator(b"alice0"), world.responder(b"bob0"));
    let (offer, waiting) = alice.start_with(scalar(X), bob.name()).unwrap();
    let scalars = (scalar(W), scalar(Y));
    let (answer, bobs) = bob
        .answer_with(
            crate::compat::OneTime {
                w: scalars.0,
                y: scalars.1,
            },
            alice.name(),
            &offer,
        )
        .unwrap();
    let alices = waiting.finish(&answer).unwrap();
    assert_eq!(hex::encode(alices.as_bytes()), KEY);
    assert_eq!(hex::encode(bobs.as_bytes()), KEY);
}

#[test]
fn two_peers_agree_and_every_run_has_its_own_key() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let mut seen = Vec::new();
    for _ in 0..3 {
        let (alices, bobs) = run((&alice, b"bob"), (&bob, b"alice"), |m| m, |m| m);
        assert_eq!(alices, bobs);
        assert!(!seen.contains(&alices));
        seen.push(alices);
    }
    // The other way round, with the keys of the other kind.
    let (alice, bob) = (world.responder(b"alice"), world.initiator(b"bob"));
    let (bobs, alices) = run((&bob, b"alice"), (&alice, b"bob"), |m| m, |m| m);
    assert_eq!(alices, bobs);
    assert_eq!(alice.name().as_bytes(), b"alice");
    assert_eq!(bob.name().as_bytes(), b"bob");
}

/// Unknown key share, names of others, and names moved between the sides.
#[test]
fn names_that_differ_give_keys_that_differ() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let cases: [(&[u8], &[u8]); 7] = [
        (b"bob", b"carol"),
        (b"carol", b"alice"),
        (b"carol", b"dave"),
        (b"alice2", b"bob2"),
        (b"bob ", b"alice"),
        (b"bo", b"alice"),
        (b"", b""),
    ];
    for (to, from) in cases {
        let (alices, bobs) = run((&alice, to), (&bob, from), |m| m, |m| m);
        assert_ne!(alices, bobs, "{to:?} {from:?}");
    }
    // Names exchanged: the same two, the other way round at one end.
    let (alice, bob) = (world.initiator(b"bob"), world.responder(b"bob"));
    let (one, other) = run((&alice, b"alice"), (&bob, b"alice"), |m| m, |m| m);
    assert_ne!(one, other);
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"alice"));
    let (one, other) = run((&alice, b"bob"), (&bob, b"bob"), |m| m, |m| m);
    assert_ne!(one, other);
}

#[test]
fn keys_of_others_give_keys_that_differ() {
    let (world, elsewhere) = (World::new(), World::new());
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let stranger = elsewhere.initiator(b"alice");
    let (one, other) = run((&stranger, b"bob"), (&bob, b"alice"), |m| m, |m| m);
    assert_ne!(one, other);
    // One share of two is no key.
    let half = [world.0[0].responder_share(bob.name())];
    let half = LegacyResponderKey::from_shares(bob.name(), &half).unwrap();
    let (one, other) = run((&alice, b"bob"), (&half, b"alice"), |m| m, |m| m);
    assert_ne!(one, other);
    // Mallory's own key under Alice's name.
    let mallory = world.initiator(b"mallory");
    let posing = LegacyInitiatorKey::from_bytes(alice.name(), &mallory.to_bytes()).unwrap();
    let (one, other) = run((&posing, b"bob"), (&bob, b"alice"), |m| m, |m| m);
    assert_ne!(one, other);
}

#[test]
fn points_of_others_give_keys_that_differ() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let ends = || ((&alice, &b"bob"[..]), (&bob, &b"alice"[..]));
    let k = SecretScalar::random(&mut rng());
    let (p, q) = (&G1Point::generator() * &k, &G2Point::generator() * &k);
    let (a, b) = (initiator(b"alice"), ResponderName::new(b"bob"));
    for point in [p, G1Point::generator(), *a.point()] {
        let (one, other) = run(ends().0, ends().1, |_| offer(&point), |m| m);
        assert_ne!(one, other);
        let change = |m: LegacyAnswer| {
            let (_, pb) = m.to_bytes();
            LegacyAnswer::from_bytes(&g1_to_bytes(&point), &pb).unwrap()
        };
        let (one, other) = run(ends().0, ends().1, |m| m, change);
        assert_ne!(one, other);
    }
    for point in [q, G2Point::generator(), *b.point()] {
        let change = |m: LegacyAnswer| {
            let (pg, _) = m.to_bytes();
            LegacyAnswer::from_bytes(&pg, &g2_to_milagro(&point)).unwrap()
        };
        let (one, other) = run(ends().0, ends().1, |m| m, change);
        assert_ne!(one, other);
    }
    let (one, other) = run(ends().0, ends().1, |m| m, |_| answer(&p, &q));
    assert_ne!(one, other);
}

/// The answer of one run does not serve another.
#[test]
fn answers_of_another_run_give_keys_that_differ() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let start = || alice.start(&mut rng(), bob.name()).unwrap();
    let ((first, waiting), (second, _)) = (start(), start());
    let reply = |offer| bob.answer(&mut rng(), alice.name(), offer).unwrap();
    let ((_, bobs), (replayed, others)) = (reply(&first), reply(&second));
    let alices = waiting.finish(&replayed).unwrap();
    assert_ne!(alices.as_bytes(), bobs.as_bytes());
    assert_ne!(alices.as_bytes(), others.as_bytes());
}

#[test]
fn a_node_does_not_talk_to_itself() {
    let world = World::new();
    let (alice, other) = (world.initiator(b"alice"), world.responder(b"alice"));
    let same = ChowChooError::SameName;
    let started = alice.start(&mut rng(), other.name());
    assert_eq!(started.unwrap_err(), same);
    let (offer, _) = alice
        .start(&mut rng(), &ResponderName::new(b"bob"))
        .unwrap();
    let answered = other.answer(&mut rng(), alice.name(), &offer);
    assert_eq!(answered.unwrap_err(), same);
}

#[test]
fn what_comes_back_as_it_was_sent_is_refused() {
    let world = World::new();
    let (alice, bob) = (world.initiator(b"alice"), world.responder(b"bob"));
    let (offer, waiting) = alice.start(&mut rng(), bob.name()).unwrap();
    let (answer, _) = bob.answer(&mut rng(), alice.name(), &offer).unwrap();
    let (_, pb) = answer.to_bytes();
    let mirrored = LegacyAnswer::from_bytes(&offer.to_bytes(), &pb).unwrap();
    assert_eq!(
        waiting.finish(&mirrored).unwrap_err(),
        ChowChooError::Reflected
    );
}

#[test]
fn shares_that_are_none_or_cancel_out_are_no_key() {
    let world = World::new();
    let (alice, bob) = (initiator(b"alice"), ResponderName::new(b"bob"));
    let none = ChowChooError::NoShares;
    let key = LegacyInitiatorKey::from_shares(&alice, &[]);
    assert_eq!(key.unwrap_err(), none);
    let key = LegacyResponderKey::from_shares(&bob, &[]);
    assert_eq!(key.unwrap_err(), none);
    let s = milagro_curve::Scalar::from_bytes(world.0[0].to_bytes()[16..].try_into().unwrap());
    let minus = MasterShare::from_bytes(&scalar_to_bytes(&-s.unwrap())).unwrap();
    let both = [&world.0[0], &minus];
    let key =
        LegacyInitiatorKey::from_shares(&alice, &both.map(|share| share.initiator_share(&alice)));
    assert_eq!(key.unwrap_err(), ChowChooError::Degenerate);
    let key = LegacyResponderKey::from_shares(&bob, &both.map(|share| share.responder_share(&bob)));
    assert_eq!(key.unwrap_err(), ChowChooError::Degenerate);
}

/// M-Pin hashes dates by the same hash, so such a name would be somebody's permit if a master secret were
/// shared after all.
#[test]
fn names_that_read_like_something_else_are_refused() {
    let mut name = [7; 52];
    name[4..20].fill(0);
    let refused = crate::compat::InitiatorName::new(&name);
    assert_eq!(refused.unwrap_err(), ChowChooError::Name);
    name[4] = 1;
    assert!(crate::compat::InitiatorName::new(&name).is_ok());
}

#[test]
fn names_are_told_apart() {
    assert_ne!(initiator(b"alice"), initiator(b"Alice"));
    assert_ne!(ResponderName::new(b"bob"), ResponderName::new(b"bob\0"));
    let shown = format!("{:?} {:?}", initiator(b"a\n"), ResponderName::new(b"b"));
    assert_eq!(shown, r#"InitiatorName("a\n") ResponderName("b")"#);
}

const MASTER_1: &str = "5669583467534cad3e10ee94050287d352c2457781f2beed289f7440ee9b9b67";
const MASTER_2: &str = "6ed977104b16210aa19ac6c65d964e3ab6afab35ddd12a9cc995da52b03b2d81";
const X: &str = "71cac47eaf5d471ecc968c16ed5513b210241bb5d47ffbd8e812d22ac2f35e4f";
const W: &str = "3dd25a47a1cdaae1e97646214b8e2bd2b14e4ba9672db7b64a5db2e262726b2d";
const Y: &str = "487303c2f223e63fe53ceeec0b284e10ca376c8cf3ec642df5759d90c093d2e9";
const KEY: &str = "59e03020cdc7777072e79a004d0970da";
