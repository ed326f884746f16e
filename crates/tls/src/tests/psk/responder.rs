//! Who gets a key from a server, and what that costs it.

use crate::psk::PskForm;
use std::thread;

use super::super::fixture::NOW;
use super::super::pairings;
use super::{World, initiator, principal, responder, today};
use crate::admission::{AllowList, Anyone, Authorize, Refusal};
use crate::names::{Principal, Role};
use crate::psk::{PskError, PskIdentity, PskIdentityError, PskInitiator, PskResponder, TargetKdf};
use milagro_mpin::names::{Epoch, EpochPolicy};

const POLICY: EpochPolicy = EpochPolicy::DAILY;

fn bob(world: &World, capacity: usize, authorize: impl Authorize + 'static) -> PskResponder {
    PskResponder::new(world.bobs(today()), POLICY, capacity, authorize)
}

fn text_of(peer: &Principal, epoch: Epoch) -> String {
    PskIdentity::of(peer.at(epoch).principal(), Some(peer.at(epoch).epoch()))
        .unwrap()
        .as_str()
        .to_owned()
}

#[test]
fn clients_and_servers_meet() {
    let world = World::new();
    let list: AllowList = [world.alice.clone()].into_iter().collect();
    let bob = bob(&world, 4, list);
    let alice = PskInitiator::new(world.alices(today()), POLICY, 4);
    let here = alice.external(&world.bob, NOW).unwrap();
    let there = bob
        .external(here.identity().as_str().as_bytes(), NOW)
        .unwrap();
    assert_eq!(here.key(), there.key());
    assert_eq!(here.identity(), there.identity());
    let here = alice
        .imported(&world.bob, TargetKdf::HkdfSha384, NOW)
        .unwrap();
    let there = bob.imported(here.identity(), NOW).unwrap();
    assert_eq!(here.key(), there.key());
    // What the application does with the identity after the handshake.
    let identity = PskIdentity::from_bytes(text_of(&world.alice, today()).as_bytes()).unwrap();
    let who = identity.in_domain(bob.principal().domain()).unwrap();
    assert_eq!(who, world.alice);
}

/// In the order of the checks, and none of them computes a pairing.
#[test]
fn strangers_cost_no_pairing() {
    let world = World::new();
    let domain = world.master.domain();
    let peer = principal(domain, Role::Peer, "peer");
    let own = peer.clone();
    let list: AllowList = [world.alice.clone(), own].into_iter().collect();
    let server = PskResponder::new(responder(&world.master, &peer.at(today())), POLICY, 4, list);
    let other = World::new();
    let tomorrow = today().next();
    let cases = [
        ("nobody".to_owned(), PskIdentityError::Form.into()),
        ("x".repeat(129), PskIdentityError::TooLong.into()),
        (text_of(&other.alice, today()), Refusal::Domain.into()),
        (text_of(&peer, today()), Refusal::Reflected.into()),
        (text_of(&world.alice, tomorrow), Refusal::NotYetValid.into()),
        (text_of(&world.alice, Epoch(1)), Refusal::Expired.into()),
        (
            text_of(&principal(domain, Role::Peer, "alice"), today()),
            Refusal::NotAuthorized.into(),
        ),
        (
            text_of(&principal(domain, Role::Client, "mallory"), today()),
            Refusal::NotAuthorized.into(),
        ),
    ];
    let before = pairings();
    for (text, error) in cases {
        let refused: PskError = server.external(text.as_bytes(), NOW).unwrap_err();
        assert_eq!(refused, error, "{text}");
    }
    assert_eq!(pairings(), before);
    assert_eq!(server.sizes(), [(today(), 0)]);
    server
        .external(text_of(&world.alice, today()).as_bytes(), NOW)
        .unwrap();
    assert_eq!(pairings(), before + 1);
}

#[test]
fn a_client_that_comes_again_costs_no_pairing() {
    let world = World::new();
    let bob = bob(&world, 4, Anyone);
    let alice = PskInitiator::new(world.alices(today()), POLICY, 4);
    let text = text_of(&world.alice, today());
    let before = pairings();
    for _ in 0..3 {
        let psk = alice.external(&world.bob, NOW).unwrap();
        bob.external(psk.identity().as_str().as_bytes(), NOW)
            .unwrap();
        let psk = alice
            .imported(&world.bob, TargetKdf::HkdfSha256, NOW)
            .unwrap();
        bob.imported(psk.identity(), NOW).unwrap();
    }
    assert_eq!(pairings(), before + 2);
    // Without a cache every call costs one.
    let forgetful = PskResponder::new(world.bobs(today()), POLICY, 0, Anyone);
    for _ in 0..3 {
        forgetful.external(text.as_bytes(), NOW).unwrap();
    }
    assert_eq!(pairings(), before + 2 + 3);
    assert_eq!(forgetful.sizes(), [(today(), 0)]);
}

/// Made-up identities, let in by `Anyone`: memory stays where it is, and the oldest go first.
#[test]
fn a_flood_of_names_stays_within_the_capacity() {
    let world = World::new();
    let bob = bob(&world, 4, Anyone);
    let domain = world.master.domain();
    let named = |name: usize| principal(domain, Role::Client, &format!("c{name}"));
    let ask = |name: usize| {
        let text = text_of(&named(name), today());
        let before = pairings();
        bob.external(text.as_bytes(), NOW).unwrap();
        pairings() - before
    };
    for name in 0..40 {
        assert_eq!(ask(name), 1);
        assert_eq!(bob.remembered(), (name + 1).min(4));
    }
    for name in 36..40 {
        assert_eq!(ask(name), 0);
    }
    assert_eq!(ask(0), 1);
    assert_eq!((ask(37), ask(36)), (0, 1));
}

/// With a list and room for all of it, strangers displace nobody.
#[test]
fn a_list_keeps_the_cache_for_its_own() {
    let world = World::new();
    let list: AllowList = [world.alice.clone()].into_iter().collect();
    let bob = bob(&world, 1, list);
    let alice = world.text(today());
    bob.external(alice.as_bytes(), NOW).unwrap();
    let before = pairings();
    let domain = world.master.domain();
    for name in 0..10_000 {
        let stranger = principal(domain, Role::Client, &format!("c{name}"));
        let refused = bob.external(text_of(&stranger, today()).as_bytes(), NOW);
        assert_eq!(refused.unwrap_err(), Refusal::NotAuthorized.into());
    }
    bob.external(alice.as_bytes(), NOW).unwrap();
    assert_eq!(pairings(), before);
}

#[test]
fn threads_share_one_server() {
    let world = World::new();
    let bob = bob(&world, 2, Anyone);
    let domain = world.master.domain();
    let clients: Vec<_> = ["a", "b", "c", "d"]
        .map(|name| principal(domain, Role::Client, name))
        .into_iter()
        .map(|client| {
            let key = initiator(&world.master, &client.at(today()));
            key.pair(&world.bob)
                .unwrap()
                .external(PskForm::WithEpoch)
                .unwrap()
        })
        .collect();
    thread::scope(|scope| {
        for shift in 0..4 {
            let (bob, clients) = (&bob, &clients);
            scope.spawn(move || {
                for turn in 0..12 {
                    let client = &clients[(turn + shift) % 4];
                    let text = client.identity().as_str();
                    let psk = bob.external(text.as_bytes(), NOW).unwrap();
                    assert_eq!(psk.key(), client.key());
                }
            });
        }
    });
    let [(_, size)] = bob.sizes()[..] else {
        panic!("one epoch");
    };
    assert_eq!(size, 2);
}
