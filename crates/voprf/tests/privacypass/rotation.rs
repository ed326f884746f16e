//! Windows, rotation, and keys that are not what they seem.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::Ristretto255;
use milagro_voprf::privacypass::http::{NotAcceptable, Offer, Visit};
use milagro_voprf::privacypass::{
    Directory, IssueRefusal, IssuerKey, IssuerKeys, IssuerSecretKey, NotIssued, Refusal,
    UncheckedRequest, Window,
};

use super::support::{
    DAY, NOON, OPENS, Outcome, World, challenge, keys, ledger, name, origin, rng, spend_at, window,
};

type World5 = World<Ristretto255>;

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

/// Windows to the second, with the leeway at both ends.
#[test]
fn keys_open_close_and_end() {
    let world = World5::new();
    let expected = [world.challenge()];
    let (second, leeway) = (Seconds::new(1), Window::LEEWAY);
    let (closes, ends) = (OPENS.plus(DAY), OPENS.plus(DAY).plus(DAY));
    let asked = world
        .key
        .request(&mut rng(), expected[0].challenge())
        .unwrap();
    let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
    for (now, refusal) in [
        (Seconds::ZERO, Some(IssueRefusal::TooEarly)),
        (
            OPENS.minus(leeway).minus(second),
            Some(IssueRefusal::TooEarly),
        ),
        (OPENS.minus(leeway), None),
        (closes.plus(leeway).minus(second), None),
        (closes.plus(leeway), Some(IssueRefusal::Closed)),
        (Seconds::MAX, Some(IssueRefusal::Closed)),
    ] {
        let admitted = world.issuer.admit(request.clone(), now);
        assert_eq!(admitted.err(), refusal, "{now}");
    }
    for (now, outcome) in [
        (Seconds::ZERO, refused(Refusal::TooEarly)),
        (
            OPENS.minus(leeway).minus(second),
            refused(Refusal::TooEarly),
        ),
        (OPENS.minus(leeway), Outcome::Spent),
        (ends.plus(leeway).minus(second), Outcome::Spent),
        (ends.plus(leeway), refused(Refusal::Expired)),
        (Seconds::MAX, refused(Refusal::Expired)),
    ] {
        let token = world.token(expected[0].challenge());
        assert_eq!(world.spend(&token, &expected, now), outcome, "{now}");
    }
}

/// A ledger that is younger than the key cannot know what was spent.
#[test]
fn a_ledger_that_was_born_later_takes_no_token() {
    let world = World5::new();
    let young = MemoryLedger::init(&mut rng(), 1_000, NOON);
    let origin = origin(&world.keys, "origin.example", &young);
    let expected = [world.challenge()];
    let token = world.token(expected[0].challenge());
    let outcome = spend_at(&origin, &young, &token, &expected, NOON);
    assert_eq!(outcome, Outcome::Over);
}

/// The next key is listed before it opens, issues from then on, and old tokens stay good until their key ends.
#[test]
fn rotation() {
    let tomorrow = OPENS.plus(DAY);
    let next = Window::new(tomorrow, tomorrow.plus(DAY), tomorrow.plus(DAY)).unwrap();
    let mut ring = IssuerKeys::<Ristretto255>::new();
    let old = IssuerSecretKey::generate(&mut rng(), window()).unwrap();
    let old = ring.insert(old).unwrap();
    let new = loop {
        let new = IssuerSecretKey::generate(&mut rng(), next).unwrap();
        if let Ok(new) = ring.insert(new) {
            break new;
        }
    };
    let ring = Arc::new(ring);
    let directory = |now| Directory::new("/r").unwrap().with_keys(&ring, now);
    for (now, id) in [
        (NOON, old),
        (tomorrow.minus(Seconds::new(1)), old),
        (tomorrow, new),
    ] {
        let key = directory(now).key::<Ristretto255>(now).unwrap();
        assert_eq!(*key.id(), id);
        assert_eq!(*ring.current(now).unwrap().id(), id);
    }
    for closed in [OPENS.minus(Seconds::new(1)), tomorrow.plus(DAY)] {
        assert!(ring.current(closed).is_none());
    }
    assert_eq!(directory(NOON).keys().len(), 2);
    assert_eq!(directory(tomorrow).keys().len(), 1);

    let world = World::with_keys(Arc::clone(&ring));
    let expected = [world.challenge()];
    let key = directory(NOON).key::<Ristretto255>(NOON).unwrap();
    let asked = key.request(&mut rng(), expected[0].challenge()).unwrap();
    let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
    let admitted = world.issuer.admit(request, NOON).unwrap();
    let answer = world
        .issuer
        .answer(&mut rng(), admitted)
        .unwrap()
        .to_bytes();
    let token = asked.pending.finish(&answer).unwrap();
    let noon_tomorrow = NOON.plus(DAY);
    assert_eq!(
        world.spend(&token, &expected, noon_tomorrow),
        Outcome::Spent
    );

    // A key that is taken out takes its tokens along.
    let mut without = IssuerKeys::<Ristretto255>::new();
    without.remove(&old);
    let empty = origin(&Arc::new(without), "origin.example", &world.ledger);
    let outcome = spend_at(&empty, &world.ledger, &token, &expected, noon_tomorrow);
    assert_eq!(outcome, refused(Refusal::UnknownKey));
}

/// The key that is preferred next is not offered before it opens: clients do not have it yet.
#[test]
fn an_offer_names_the_key_that_clients_have() {
    let tomorrow = OPENS.plus(DAY);
    let next = Window::new(tomorrow, tomorrow.plus(DAY), tomorrow.plus(DAY)).unwrap();
    let mut ring = IssuerKeys::<Ristretto255>::new();
    // Seeds whose keys differ in the last byte of their ids.
    let mut seeds = 0..=u8::MAX;
    for window in [window(), next] {
        let taken = |seed| IssuerSecretKey::derive(&[seed; 32], window).ok();
        assert!(seeds.any(|seed| ring.insert(taken(seed).unwrap()).is_ok()));
    }
    let directory = Directory::new("/r").unwrap().with_keys(&ring, NOON);
    let key = directory.key::<Ristretto255>(NOON).unwrap();
    let own = origin(&keys(window()), "origin.example", &ledger());
    let expected = own.issue(challenge("origin.example")).unwrap();
    let visit = Visit {
        origin: own.name(),
        issuer: &name("issuer.example"),
        key: &key,
    };
    let offer = |key| Offer::new(&expected, key, NOON).accept(&visit).err();
    assert_eq!(offer(ring.preferred()[0]), Some(NotAcceptable::OtherKey));
    assert_eq!(offer(ring.current(NOON).unwrap()), None);
}

/// A token says no time: what another program took before is known by nobody if an imported key opens too late, and a
/// ledger that is younger than the key refuses it if the window is the true one.
#[test]
fn an_imported_key_opens_when_it_was_first_used() {
    let before = World5::new();
    let expected = [before.challenge()];
    let token = before.token(expected[0].challenge());
    assert_eq!(before.spend(&token, &expected, NOON), Outcome::Spent);
    let stored = before.keys.current(NOON).unwrap().to_bytes();
    let scalar = &stored[stored.len() - 32..];
    let hour = Seconds::hours(1);
    let young = MemoryLedger::init(&mut rng(), 1_000, NOON);
    for (opens, outcome) in [(NOON.plus(hour), Outcome::Spent), (OPENS, Outcome::Over)] {
        let window = Window::new(opens, OPENS.plus(DAY), OPENS.plus(DAY)).unwrap();
        let mut ring = IssuerKeys::<Ristretto255>::new();
        let key = IssuerSecretKey::import(scalar, window).unwrap();
        ring.insert(key).unwrap();
        let here = origin(&Arc::new(ring), "origin.example", &young);
        let spent = spend_at(&here, &young, &token, &expected, NOON.plus(hour));
        assert_eq!(spent, outcome);
    }
}

/// The last byte of an id is all that a request says, so no two keys of a ring share it; a token says all of it.
#[test]
fn truncated_ids_do_not_collide() {
    let mut ring = IssuerKeys::<Ristretto255>::new();
    let first = IssuerSecretKey::generate(&mut rng(), window()).unwrap();
    let stored = first.to_bytes();
    let id = ring.insert(first).unwrap();
    // The same key again, in a longer window.
    let scalar = &stored[stored.len() - 32..];
    let longer = Window::new(OPENS, OPENS.plus(DAY), OPENS.plus(Seconds::days(9))).unwrap();
    let same = IssuerSecretKey::import(scalar, longer).unwrap();
    assert!(ring.insert(same).is_err());
    let twin = loop {
        let key = IssuerSecretKey::<Ristretto255>::generate(&mut rng(), window()).unwrap();
        if key.id().truncated() == id.truncated() {
            break key;
        }
    };
    let twin_public = twin.public_key();
    assert!(ring.insert(twin).is_err());
    // Taking out the twin takes out nothing.
    ring.remove(IssuerKey::<Ristretto255>::pin(&twin_public).unwrap().id());
    assert_eq!(ring.preferred().len(), 1);

    // A client of the twin is answered with the wrong key, and sees it.
    let world = World::with_keys(Arc::new(ring));
    let twin = IssuerKey::<Ristretto255>::pin(&twin_public).unwrap();
    let asked = twin
        .request(&mut rng(), world.challenge().challenge())
        .unwrap();
    let request = UncheckedRequest::single(&asked.request.to_bytes()).unwrap();
    let admitted = world.issuer.admit(request, NOON).unwrap();
    let answer = world
        .issuer
        .answer(&mut rng(), admitted)
        .unwrap()
        .to_bytes();
    assert_eq!(asked.pending.finish(&answer).err(), Some(NotIssued::Proof));
}

/// A window is part of what a key is derived from: a longer one does not bring spent tokens back.
#[test]
fn another_window_is_another_key() {
    let longer = Window::new(OPENS, OPENS.plus(DAY), OPENS.plus(Seconds::days(9))).unwrap();
    let lenient = window().with_leeway(Seconds::minutes(2)).unwrap();
    let windows = [window(), longer, lenient];
    let ids = windows.map(|window| {
        let key = IssuerSecretKey::<Ristretto255>::derive(&[1; 32], window).unwrap();
        *key.id()
    });
    assert!(ids[0] != ids[1] && ids[0] != ids[2] && ids[1] != ids[2]);
}

/// A key for one client marks its tokens: the header's key is compared with the pinned one.
#[test]
fn a_key_of_ones_own_is_not_taken() {
    let world = World5::new();
    let marking = keys::<Ristretto255>(window());
    let expected = world.challenge();
    let offer = Offer::new(&expected, marking.preferred()[0], NOON);
    let issuer = name("issuer.example");
    let visit = Visit {
        origin: world.origin.name(),
        issuer: &issuer,
        key: &world.key,
    };
    assert_eq!(offer.accept(&visit).err(), Some(NotAcceptable::OtherKey));
    assert!(offer.without_key().accept(&visit).is_ok());
    let offer = Offer::new(&expected, world.keys.preferred()[0], NOON);
    assert!(offer.accept(&visit).is_ok());
    for (origin, other_issuer, error) in [
        (
            "elsewhere.example",
            "issuer.example",
            NotAcceptable::OtherOrigin,
        ),
        (
            "origin.example",
            "other.example",
            NotAcceptable::OtherIssuer,
        ),
    ] {
        let visit = Visit {
            origin: &name(origin),
            issuer: &name(other_issuer),
            key: &world.key,
        };
        assert_eq!(offer.accept(&visit).err(), Some(error));
    }
}
