//! Which key counts when, and what goes when its epoch has gone.

use milagro_base::Seconds;

use super::super::fixture::NOW;
use super::{World, principal, responder, today};
use crate::admission::{Anyone, Refusal};
use crate::keys::KeyError;
use crate::names::Role;
use crate::psk::{PskError, PskInitiator, PskResponder};
use milagro_mpin::names::{Epoch, EpochPolicy};

const DAY: u64 = 86_400;

fn at(now: u64) -> Seconds {
    Seconds::new(now)
}

const POLICY: EpochPolicy = EpochPolicy::DAILY;

#[test]
fn epochs_count_to_the_second() {
    let world = World::new();
    let bob = PskResponder::new(world.bobs(today().next()), POLICY, 4, Anyone);
    bob.install(world.bobs(today()), NOW).unwrap();
    let text = world.text(today());
    let start = today().0 * DAY;
    let end = start + DAY;
    let refused = |refusal| Err(PskError::Refused(refusal));
    for (now, verdict) in [
        (0, refused(Refusal::NotYetValid)),
        (start - 61, refused(Refusal::NotYetValid)),
        (start - 60, Ok(())),
        (end - 1, Ok(())),
        (end + 599, Ok(())),
        (end + 600, refused(Refusal::Expired)),
        // The clock goes back, and nothing is lost.
        (NOW.get(), Ok(())),
    ] {
        assert_eq!(
            bob.external(text.as_bytes(), at(now)).map(|_| ()),
            verdict,
            "{now}"
        );
    }
    assert_eq!(bob.sizes().len(), 2);
    bob.expire(at(end + 600));
    assert_eq!(bob.sizes(), [(today().next(), 0)]);
}

/// Over midnight with both keys: first today's, then tomorrow's, and in the grace period both.
#[test]
fn the_next_key_takes_over_by_itself() {
    let world = World::new();
    let tomorrow = today().next();
    let end = tomorrow.0 * DAY;
    let alice = PskInitiator::new(world.alices(today()), POLICY, 4);
    let bob = PskResponder::new(world.bobs(today()), POLICY, 4, Anyone);
    let call = |now| alice.external(&world.bob, at(now));
    let answer = |text: &str, now| bob.external(text.as_bytes(), at(now));
    let old = call(end - 1).unwrap();
    assert_eq!(old.identity().as_str(), world.text(today()));
    // Without the next key the old one does until the grace period ends.
    assert_eq!(call(end).unwrap().key(), old.key());
    alice.install(world.alices(tomorrow), at(end - 1)).unwrap();
    assert_eq!(call(end - 1).unwrap().key(), old.key());
    let new = call(end).unwrap();
    assert_eq!(new.identity().as_str(), world.text(tomorrow));
    assert_ne!(new.key(), old.key());
    // A server whose next key is late refuses, and says to itself why.
    let refused = answer(new.identity().as_str(), end).unwrap_err();
    assert_eq!(refused, PskError::NoKey);
    bob.install(world.bobs(tomorrow), at(end - 1)).unwrap();
    for psk in [&old, &new] {
        let theirs = answer(psk.identity().as_str(), end + 1).unwrap();
        assert_eq!(theirs.key(), psk.key());
    }
    assert_eq!(bob.sizes().len(), 2);
    assert!(answer(new.identity().as_str(), end + 600).is_ok());
    assert!(call(end + 600).is_ok());
    for day in [tomorrow.next(), tomorrow.next().next()] {
        bob.install(world.bobs(day), at(end + 600)).unwrap();
        alice.install(world.alices(day), at(end + 600)).unwrap();
    }
    // Pairs of what is over by the clock go with the next key, keys after two epochs more.
    assert_eq!(bob.sizes()[..2], [(today(), 0), (tomorrow, 1)]);
    assert_eq!(alice.sizes()[..2], [(today(), 0), (tomorrow, 1)]);
}

#[test]
fn who_has_no_key_for_now_makes_no_call() {
    let world = World::new();
    let alice = PskInitiator::new(world.alices(today()), POLICY, 4);
    let start = today().0 * DAY;
    let refused = |now| alice.external(&world.bob, at(now)).unwrap_err();
    // An epoch that has not begun is used where nothing else is there, once peers may take it.
    assert_eq!(refused(start - 61), PskError::NoKey);
    assert!(alice.external(&world.bob, at(start - 60)).is_ok());
    assert!(alice.external(&world.bob, at(start)).is_ok());
    assert_eq!(alice.remembered(), 1);
    assert_eq!(refused(start + DAY + 600), PskError::NoKey);
    assert_eq!(alice.remembered(), 1);
    assert!(alice.external(&world.bob, at(start)).is_ok());
    alice.expire(at(start + DAY + 599));
    assert_eq!(alice.remembered(), 1);
    alice.expire(at(start + DAY + 600));
    assert_eq!(alice.remembered(), 0);
    assert_eq!(refused(start), PskError::NoKey);
}

#[test]
fn keys_of_others_are_not_installed() {
    let world = World::new();
    let alice = PskInitiator::new(world.alices(today()), POLICY, 4);
    let bob = PskResponder::new(world.bobs(today()), POLICY, 4, Anyone);
    let other = World::new();
    let carol = principal(world.master.domain(), Role::Server, "carol").at(today());
    for key in [responder(&world.master, &carol), other.bobs(today())] {
        assert_eq!(bob.install(key, NOW), Err(KeyError::Principal));
    }
    let refused = alice.install(other.alices(today()), NOW);
    assert_eq!(refused, Err(KeyError::Principal));
    assert_eq!(
        (alice.principal(), bob.principal()),
        (&world.alice, &world.bob)
    );
}

#[test]
fn a_key_that_is_installed_again_starts_anew() {
    let world = World::new();
    let bob = PskResponder::new(world.bobs(today()), POLICY, 4, Anyone);
    bob.external(world.text(today()).as_bytes(), NOW).unwrap();
    assert_eq!(bob.sizes(), [(today(), 1)]);
    bob.install(world.bobs(today()), NOW).unwrap();
    assert_eq!(bob.sizes(), [(today(), 0)]);
    bob.install(world.bobs(Epoch(u64::MAX)), NOW).unwrap();
    assert_eq!(bob.sizes().len(), 2);
}
