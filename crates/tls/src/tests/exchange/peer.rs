//! The peer-to-peer exchange as it should go, and what goes into it.

use core::convert::Infallible;

use milagro_curve::rand_core::{TryCryptoRng, TryRng};

use super::world::{World, answer, call, named, run};
use crate::admission::Anyone;
use crate::exchange::{ExchangeError, Prologue, Session, flight_length};
use crate::keys::{IdentityKey, PairMaster, ResponderKey};
use crate::names::{Principal, Role};
use crate::peer::{PeerInitiator, PeerResponder};
use crate::tests::fixture::{NOW, rng, today};
use crate::tests::two_sided::{dealt, shares};
use milagro_dta::Agreement;
use milagro_mpin::names::EpochPolicy;

/// A generator that is stuck.
pub(super) struct Stuck(pub(super) u8);

impl TryRng for Stuck {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.into())
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.into())
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.fill(self.0);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

fn exported(session: &Session) -> [u8; 32] {
    let mut out = [0; 32];
    session.export("test", b"", &mut out).unwrap();
    out
}

#[test]
fn both_ends_get_one_session_and_know_each_other() {
    let world = World::new();
    let (alice, bob) = run(&world.alice, &world.bob);
    assert_eq!(alice.peer(), &world.bob.identity(NOW).unwrap());
    assert_eq!(bob.peer(), &world.alice.identity(NOW).unwrap());
    assert_eq!(alice.sending(), bob.receiving());
    assert_eq!(alice.receiving(), bob.sending());
    assert_ne!(alice.sending(), alice.receiving());
    assert_eq!(exported(&alice), exported(&bob));
}

#[test]
fn every_run_has_keys_of_its_own() {
    let world = World::new();
    let (first, _) = run(&world.alice, &world.bob);
    let (second, _) = run(&world.alice, &world.bob);
    assert_ne!(first.sending(), second.sending());
    assert_ne!(first.receiving(), second.receiving());
    assert_ne!(exported(&first), exported(&second));
}

#[test]
fn clients_call_servers_and_peers_do_both() {
    let world = World::new();
    let meets = |from: (Role, &str), to: (Role, &str)| {
        let initiator = world.initiator(from.0, from.1);
        let responder = world.responder(to.0, to.1);
        let (ours, theirs) = run(&initiator, &responder);
        assert_eq!(ours.peer(), &responder.identity(NOW).unwrap());
        assert_eq!(theirs.peer(), &initiator.identity(NOW).unwrap());
    };
    for from in [Role::Client, Role::Peer] {
        for to in [Role::Server, Role::Peer] {
            meets((from, "x"), (to, "y"));
        }
    }
    meets((Role::Peer, "bob"), (Role::Peer, "alice"));
    // The names are equal, the principals are not.
    meets((Role::Client, "x"), (Role::Server, "x"));
}

#[test]
fn flights_have_the_documented_lengths() {
    let world = World::new();
    let (alice, first) = world.call();
    let (_, second) = answer(&world.bob, &first).unwrap();
    let (_, third) = alice.finish(&second, NOW).unwrap();
    // Identities of 44 bytes and a name.
    assert_eq!(first.len(), 4 + 2 + 44 + "alice".len() + 48);
    assert_eq!(second.len(), 4 + 2 + 44 + "bob".len() + 48 + 96 + 32);
    assert_eq!(third.len(), 36);
    for flight in [first, second, third] {
        assert_eq!(flight_length(&flight), Ok(Some(flight.len())));
    }
}

/// A whole run with fixed secrets and stuck generators.
#[test]
fn the_bytes_are_frozen() {
    let master = PairMaster::<Agreement>::from_scalar(&[7; 32], "example");
    let alice = super::world::initiator(&master, &named(&master, Role::Peer, "alice"));
    let bob = super::world::responder(&master, &named(&master, Role::Peer, "bob"));
    let prologue = Prologue::new().and(b"frozen");
    let to = bob.principal().clone();
    let (alice, first) = alice.call(&mut Stuck(1), to, &prologue, NOW).unwrap();
    let (bob, second) = bob.answer(&mut Stuck(2), &first, &prologue, NOW).unwrap();
    let (alice, third) = alice.finish(&second, NOW).unwrap();
    assert_eq!(
        exported(&bob.finish(&third, NOW).unwrap()),
        exported(&alice)
    );
    let mut all = milagro_curve::Transcript::new("frozen");
    for part in [&first, &second, &third] {
        all.append("flight", part);
    }
    all.append("keys", &[*alice.sending(), *alice.receiving()].concat());
    all.append("exporter", &exported(&alice));
    assert_eq!(hex::encode(all.bytes::<16>("digest")), FROZEN);
}

/// Whoever rewinds a machine sees one x under one peer and one prologue only.
#[test]
fn ephemeral_scalars_are_hedged() {
    let world = World::new();
    let bob = world.bob.principal();
    let flight = |peer: &str, part: &[u8], seed| {
        let peer = world.named(Role::Peer, peer).principal().clone();
        let prologue = Prologue::new().and(part);
        world
            .alice
            .call(&mut Stuck(seed), peer, &prologue, NOW)
            .unwrap()
            .1
    };
    assert_eq!(flight("bob", b"", 0), flight("bob", b"", 0));
    assert_ne!(flight("bob", b"", 0), flight("bob", b"", 1));
    assert_ne!(flight("bob", b"", 0), flight("bob", b"other", 0));
    assert_ne!(flight("bob", b"", 0), flight("carol", b"", 0));
    let answers = [(), ()].map(|()| {
        let (_, first) = call(&world.alice, bob);
        let answer = world
            .bob
            .answer(&mut Stuck(0), &first, &Prologue::new(), NOW);
        let (_, second) = answer.unwrap();
        let again = world
            .bob
            .answer(&mut Stuck(0), &first, &Prologue::new(), NOW);
        assert_eq!(again.unwrap().1, second);
        second[second.len() - 176..second.len() - 32].to_vec()
    });
    assert_ne!(answers[0][..48], answers[1][..48]);
    assert_ne!(answers[0][48..], answers[1][48..]);
}

#[test]
fn ends_with_different_prologues_get_no_session() {
    let world = World::new();
    let prologues = [
        Prologue::new(),
        Prologue::new().and(b"ab"),
        Prologue::new().and(b"a").and(b"b"),
    ];
    let bob = world.bob.principal();
    for (i, ours) in prologues.iter().enumerate() {
        for (j, theirs) in prologues.iter().enumerate() {
            let (alice, first) = world
                .alice
                .call(&mut rng(), bob.clone(), ours, NOW)
                .unwrap();
            let answer = world.bob.answer(&mut rng(), &first, theirs, NOW);
            let finished = alice.finish(&answer.unwrap().1, NOW);
            let expected = (i != j).then_some(ExchangeError::Unconfirmed);
            assert_eq!(finished.err(), expected, "{i} {j}");
        }
    }
}

#[test]
fn keys_that_two_of_three_authorities_made_agree() {
    let authorities = dealt::<Agreement>();
    let domain = authorities[0].domain();
    let named = |name| {
        let principal = Principal::new(*domain.id(), Role::Peer, name).unwrap();
        principal.at(today())
    };
    let (alice, bob) = (named("alice"), named("bob"));
    let (first, _) = shares(&authorities[..2], &alice);
    let (_, second) = shares(&authorities[1..], &bob);
    let first = IdentityKey::combine(domain, &alice, first).unwrap().key;
    let second = ResponderKey::combine(domain, &bob, second).unwrap().key;
    let initiator = PeerInitiator::new(&first, EpochPolicy::DAILY);
    let responder = PeerResponder::new(&second, EpochPolicy::DAILY, Anyone);
    let (ours, theirs) = run(&initiator, &responder);
    assert_eq!(ours.sending(), theirs.receiving());
}

/// The thief of a name without its key gets nowhere.
#[test]
fn a_key_of_another_authority_gives_no_session() {
    let world = World::new();
    let other = World::new();
    let foreign = other.named(Role::Peer, "alice");
    let key = other.master.issue(&mut rng(), &foreign).unwrap();
    let key = key.accept(&other.master.anchor()).unwrap();
    let claimed = world.alice.identity(NOW).unwrap();
    let stray = IdentityKey::<Agreement>::new(claimed, key.secret().clone());
    let stray = PeerInitiator::new(&stray, EpochPolicy::DAILY);
    let (waiting, first) = call(&stray, world.bob.principal());
    let (_, second) = answer(&world.bob, &first).unwrap();
    let finished = waiting.finish(&second, NOW);
    assert_eq!(finished.err(), Some(ExchangeError::Unconfirmed));
}

const FROZEN: &str = "da0690798f38ae483349726a0ac6ec1a";
