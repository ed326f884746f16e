//! Who is at the other end: reflection, unknown key shares, strangers.

use super::world::{World, answer, call, flight, initiator, renamed, responder};
use crate::admission::{AllowList, Refusal};
use crate::exchange::{ExchangeError, Prologue};
use crate::names::{Identity, Role};
use crate::peer::PeerResponder;
use crate::tests::fixture::{NOW, rng, today};
use crate::tests::pairings;
use milagro_base::DecodeError;
use milagro_base::Seconds;
use milagro_mpin::names::EpochPolicy;

const UNCONFIRMED: Option<ExchangeError> = Some(ExchangeError::Unconfirmed);

const fn refused(refusal: Refusal) -> ExchangeError {
    ExchangeError::Refused(refusal)
}

#[test]
fn the_own_identity_is_no_peer() {
    let world = World::new();
    let own = world.alice.principal().clone();
    let called = world.alice.call(&mut rng(), own, &Prologue::new(), NOW);
    assert_eq!(called.err(), Some(refused(Refusal::Reflected)));
    // The own name under the key for the other side, in this epoch and another.
    let (_, first) = world.call();
    let both = world.responder(Role::Peer, "alice");
    assert_eq!(
        answer(&both, &first).err(),
        Some(refused(Refusal::Reflected))
    );
    let principal = both.principal();
    let next = renamed(&first, &principal.at(today().next()));
    assert_eq!(
        answer(&both, &next).err(),
        Some(refused(Refusal::Reflected))
    );
}

#[test]
fn own_messages_that_come_back_are_refused() {
    let world = World::new();
    let (alice, first) = world.call();
    let (bob, second) = answer(&world.bob, &first).unwrap();
    let value = Some(ExchangeError::Flight(DecodeError::Value));
    assert_eq!(alice.clone().finish(&first, NOW).err(), value);
    assert_eq!(bob.clone().finish(&second, NOW).err(), value);
    // The responder's confirmation as if it were the initiator's.
    let own = flight(3, &second[second.len() - 32..]);
    assert_eq!(bob.finish(&own, NOW).err(), UNCONFIRMED);
    // What the own responder says to a call that was sent back to it under another name.
    let both = world.responder(Role::Peer, "alice");
    let other = renamed(&first, &world.bob.identity(NOW).unwrap());
    let (_, reflected) = answer(&both, &other).unwrap();
    let finished = alice.clone().finish(&reflected, NOW);
    assert_eq!(finished.err(), Some(refused(Refusal::Name)));
    let dressed = renamed(&reflected, &world.bob.identity(NOW).unwrap());
    assert_eq!(alice.finish(&dressed, NOW).err(), UNCONFIRMED);
}

/// Bob must not believe that he shares a key with Mallory when he shares it with Alice, nor the other way
/// round.
#[test]
fn nobody_shares_a_key_with_somebody_else_than_he_thinks() {
    let world = World::new();
    for name in [
        "mallory",
        "alic",
        "alicee",
        "alice ",
        "\u{430}lice",
        "Alice",
        "bo",
        "bobby",
    ] {
        let mallory = world.named(Role::Peer, name);
        let (alice, first) = world.call();
        let (bob, second) = answer(&world.bob, &renamed(&first, &mallory)).unwrap();
        assert_eq!(bob.claimed_identity(), &mallory);
        assert_eq!(alice.finish(&second, NOW).err(), UNCONFIRMED, "{name}");

        // Alice calls Mallory, who passes the call on to Bob.
        let (alice, first) = call(&world.alice, mallory.principal());
        let (_, second) = answer(&world.bob, &first).unwrap();
        let untouched = alice.clone().finish(&second, NOW);
        assert_eq!(untouched.err(), Some(refused(Refusal::Name)), "{name}");
        let dressed = alice.finish(&renamed(&second, &mallory), NOW);
        assert_eq!(dressed.err(), UNCONFIRMED, "{name}");
    }
}

#[test]
fn both_identities_swapped_in_flight() {
    let world = World::new();
    let (alice, first) = world.call();
    let carol = world.responder(Role::Peer, "carol");
    let (_, second) = answer(&carol, &renamed(&first, &world.bob.identity(NOW).unwrap())).unwrap();
    let finished = alice.finish(&renamed(&second, &world.bob.identity(NOW).unwrap()), NOW);
    assert_eq!(finished.err(), UNCONFIRMED);
}

#[test]
fn the_same_name_in_another_role_or_epoch_is_somebody_else() {
    let world = World::new();
    let (alice, first) = world.call();
    let client = world.named(Role::Client, "alice");
    let (_, second) = answer(&world.bob, &renamed(&first, &client)).unwrap();
    assert_eq!(alice.finish(&second, NOW).err(), UNCONFIRMED);

    let (alice, first) = world.call();
    let (_, second) = answer(&world.bob, &first).unwrap();
    let server = renamed(&second, &world.named(Role::Server, "bob"));
    assert_eq!(
        alice.clone().finish(&server, NOW).err(),
        Some(refused(Refusal::Name))
    );
    // Within the grace of the last epoch, both epochs count: it is still another key.
    let midnight = today().start(EpochPolicy::DAILY.length);
    let yesterday = milagro_mpin::names::Epoch(today().0 - 1);
    let bob = world.bob.principal();
    let late = renamed(&second, &bob.at(yesterday));
    assert_eq!(alice.finish(&late, midnight).err(), UNCONFIRMED);
}

#[test]
fn a_responder_of_another_name_does_not_answer_for_the_one_that_was_called() {
    let world = World::new();
    for name in ["carol", "bo", "bobb", "bobby", "Bob"] {
        let other = world.responder(Role::Peer, name);
        let (alice, first) = world.call();
        let (_, second) = answer(&other, &first).unwrap();
        let finished = alice.clone().finish(&second, NOW);
        assert_eq!(finished.err(), Some(refused(Refusal::Name)), "{name}");
        // Not even its points are looked at.
        let mut damaged = second.clone();
        let end = damaged.len();
        damaged[end - 176..].fill(0xff);
        let finished = alice.clone().finish(&damaged, NOW);
        assert_eq!(finished.err(), Some(refused(Refusal::Name)), "{name}");
        let dressed = renamed(&second, &world.bob.identity(NOW).unwrap());
        assert_eq!(alice.finish(&dressed, NOW).err(), UNCONFIRMED, "{name}");
    }
}

#[test]
fn roles_and_domains_are_checked_at_both_ends() {
    let world = World::new();
    let other = World::new();
    let (alice, first) = world.call();
    let (_, second) = answer(&world.bob, &first).unwrap();
    let domain = Some(refused(Refusal::Domain));
    let role = Some(refused(Refusal::Role));
    let server = renamed(&first, &world.named(Role::Server, "alice"));
    assert_eq!(answer(&world.bob, &server).err(), role);
    let foreign = renamed(&first, &other.alice.identity(NOW).unwrap());
    assert_eq!(answer(&world.bob, &foreign).err(), domain);
    let call = |to: Identity| {
        let called = world
            .alice
            .call(&mut rng(), to.principal().clone(), &Prologue::new(), NOW);
        called.err()
    };
    assert_eq!(call(world.named(Role::Client, "bob")), role);
    assert_eq!(call(other.named(Role::Peer, "bob")), domain);
    let foreign = renamed(&second, &other.bob.identity(NOW).unwrap());
    assert_eq!(
        alice.finish(&foreign, NOW).err(),
        Some(refused(Refusal::Name))
    );
}

#[test]
fn epochs_count_to_the_second_at_both_ends() {
    let world = World::new();
    let start = today().start(EpochPolicy::DAILY.length);
    let early = start.minus(EpochPolicy::DAILY.skew);
    let late = start
        .plus(EpochPolicy::DAILY.length.seconds())
        .plus(EpochPolicy::DAILY.grace);
    let second = Seconds::new(1);
    let cases = [
        (early.minus(second), Some(refused(Refusal::NotYetValid))),
        (early, None),
        (late.minus(second), None),
        (late, Some(refused(Refusal::Expired))),
        (Seconds::ZERO, Some(refused(Refusal::NotYetValid))),
        (Seconds::MAX, Some(refused(Refusal::Expired))),
    ];
    let (alice, first) = world.call();
    let (_, second) = answer(&world.bob, &first).unwrap();
    for (now, verdict) in cases {
        let answered = world.bob.answer(&mut rng(), &first, &Prologue::new(), now);
        assert_eq!(answered.err(), verdict, "{now}");
        assert_eq!(alice.clone().finish(&second, now).err(), verdict, "{now}");
    }
}

#[test]
fn strangers_are_turned_away_before_any_pairing() {
    let world = World::new();
    let welcome: AllowList = [world.alice.principal().clone()].into_iter().collect();
    let key = world
        .master
        .issue_responder(&world.bob.identity(NOW).unwrap())
        .unwrap();
    let bob = PeerResponder::new(&key, EpochPolicy::DAILY, welcome);
    let (_, first) = world.call();
    assert!(answer(&bob, &first).is_ok());
    let before = pairings();
    let carol = world.initiator(Role::Peer, "carol");
    let (_, call) = call(&carol, bob.principal());
    assert_eq!(
        answer(&bob, &call).err(),
        Some(refused(Refusal::NotAuthorized))
    );
    // Not even its point is looked at.
    let mut damaged = call;
    let end = damaged.len();
    damaged[end - 48..].fill(0xff);
    assert_eq!(
        answer(&bob, &damaged).err(),
        Some(refused(Refusal::NotAuthorized))
    );
    assert_eq!(pairings(), before);
}

#[test]
fn nodes_of_two_domains_do_not_meet() {
    let (world, other) = (World::new(), World::new());
    let bob = responder(&other.master, &other.named(Role::Peer, "bob"));
    let alice = initiator(&world.master, &world.named(Role::Peer, "alice"));
    let (_, first) = call(&alice, world.bob.principal());
    assert_eq!(answer(&bob, &first).err(), Some(refused(Refusal::Domain)));
}
