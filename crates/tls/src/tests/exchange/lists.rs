//! Lists that change while exchanges run, and what the operator hears.

use alloc::sync::Arc;
use std::sync::Mutex;

use milagro_mpin::names::EpochPolicy;

use super::world::{World, answer, call, renamed};
use crate::admission::{AllowList, Anyone, Refusal, Replaceable, Side};
use crate::exchange::ExchangeError;
use crate::names::{Identity, Role};
use crate::peer::PeerResponder;
use crate::tests::fixture::NOW;
use crate::tests::pairings;

type Heard = Arc<Mutex<Vec<(Identity, Refusal)>>>;

fn watched(world: &World, list: &Replaceable) -> (PeerResponder, Heard) {
    let heard = Heard::default();
    let hears = heard.clone();
    let bob = world.named(Role::Peer, "bob");
    let key = world.master.issue_responder(&bob).unwrap();
    let responder = PeerResponder::new(&key, EpochPolicy::DAILY, list.clone());
    let responder = responder.on_refusal(move |refused| {
        assert_eq!(refused.end, Side::Client);
        let one = (refused.claimed.clone(), refused.reason);
        hears.lock().unwrap().push(one);
    });
    (responder, heard)
}

#[test]
fn who_is_removed_meanwhile_gets_no_session() {
    let world = World::new();
    let list = Replaceable::new(Anyone);
    let (bob, heard) = watched(&world, &list);
    let alice = world.named(Role::Peer, "alice");
    let (waiting, flight) = world.call();
    let (answering, flight) = answer(&bob, &flight).unwrap();
    let (_, last) = waiting.finish(&flight, NOW).unwrap();
    list.replace(AllowList::default());
    let before = pairings();
    let refused = answering.clone().finish(&last, NOW).map(|_| ());
    assert_eq!(refused, Err(Refusal::NotAuthorized.into()));
    assert_eq!(pairings(), before);
    assert_eq!(
        *heard.lock().unwrap(),
        [(alice.clone(), Refusal::NotAuthorized)]
    );
    // And the other way about.
    list.replace(Anyone);
    let session = answering.finish(&last, NOW).unwrap();
    assert_eq!(*session.peer(), alice);
}

/// Every refusal by name is heard, with who was claimed, and none costs a pairing.
#[test]
fn the_operator_hears_of_every_refusal_by_name() {
    let world = World::new();
    let alice = world.named(Role::Peer, "alice");
    let list: AllowList = [alice.principal().clone()].into_iter().collect();
    let (bob, heard) = watched(&world, &Replaceable::new(list));
    let (_, flight) = call(&world.alice, bob.principal());
    let foreign = World::new().named(Role::Peer, "alice");
    let before = pairings();
    for (claimed, reason) in [
        (world.named(Role::Peer, "bob"), Refusal::Reflected),
        (world.named(Role::Server, "alice"), Refusal::Role),
        (world.named(Role::Client, "alice"), Refusal::NotAuthorized),
        (world.named(Role::Peer, "carol"), Refusal::NotAuthorized),
        (foreign, Refusal::Domain),
        (
            alice.principal().at(alice.epoch().next()),
            Refusal::NotYetValid,
        ),
    ] {
        let refused = answer(&bob, &renamed(&flight, &claimed)).map(|_| ());
        assert_eq!(refused, Err(ExchangeError::Refused(reason)), "{claimed:?}");
        assert_eq!(heard.lock().unwrap().pop(), Some((claimed, reason)));
    }
    assert_eq!(pairings(), before);
    assert!(heard.lock().unwrap().is_empty());
}
