//! Keys that come and go while others use them.

use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::Mutex;
use std::thread;

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

use super::fixture::{NOW, rng, today};
use crate::admission::Anyone;
use crate::exchange::Prologue;
use crate::keys::{Agreement, IdentityKey, KeyError, PairMaster, Psk};
use crate::names::{Identity, Principal, Role};
use crate::own_keys::OwnKeys;
use crate::peer::{PeerInitiator, PeerResponder};
use crate::psk::{PskInitiator, PskResponder};

const POLICY: EpochPolicy = EpochPolicy::DAILY;

fn later(days: u64) -> Epoch {
    Epoch(today().0 + days)
}

/// Runs `change` for 40 rounds, and `used` on two threads until it is done.
fn race(change: impl Fn(u64), used: impl Fn() + Sync) {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    used();
                }
            });
        }
        for round in 0..40 {
            change(round);
        }
        over.store(true, Ordering::Relaxed);
    });
}

/// Whatever comes in, in whatever order and under whatever clock, what counts is there all the time.
#[test]
fn no_moment_is_without_a_key() {
    let principal = Principal::new(
        milagro_mpin::TrustDomainId::from_bytes([7; 32]),
        Role::Peer,
        "peer",
    );
    let principal = principal.unwrap();
    let keys = OwnKeys::new(&principal.at(today()), today(), POLICY);
    let month = Seconds::days(30);
    race(
        |round| {
            let epoch = later(round * 5 % 8);
            let clock = match round % 3 {
                0 => NOW,
                1 => NOW.plus(month),
                _ => NOW.minus(month),
            };
            let installed = keys.install(&principal.at(epoch), || epoch, clock);
            assert_eq!(installed, Ok(()));
        },
        || {
            let (epoch, key) = keys.current(NOW).unwrap();
            assert_eq!((epoch, *key), (today(), today()));
        },
    );
    // Two that put in the last key that fits: one of them is told, and nothing that is there gives way.
    let full: Vec<Epoch> = (0..31).map(later).collect();
    let keys = OwnKeys::new(&principal.at(full[0]), full[0], POLICY);
    for epoch in &full[1..] {
        keys.install(&principal.at(*epoch), || *epoch, NOW).unwrap();
    }
    let verdicts = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for days in [40, 50] {
            let (keys, principal, verdicts) = (&keys, &principal, &verdicts);
            scope.spawn(move || {
                let identity = principal.at(later(days));
                let verdict = keys.install(&identity, || later(days), NOW);
                verdicts.lock().unwrap().push(verdict);
            });
        }
    });
    let mut verdicts = verdicts.into_inner().unwrap();
    verdicts.sort_by_key(Result::is_err);
    assert_eq!(verdicts, [Ok(()), Err(KeyError::Full)]);
    let held: Vec<Epoch> = keys.all().into_iter().map(|(epoch, _)| epoch).collect();
    assert_eq!(held[..31], full);
}

#[test]
fn pre_shared_keys_are_the_same_whoever_installs() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let named = |role, name| Principal::new(master.domain(), role, name).unwrap();
    let (alice, bob) = (named(Role::Client, "alice"), named(Role::Server, "bob"));
    let first = |epoch| -> IdentityKey<Psk> {
        let issued = master.issue(&mut rng(), &alice.at(epoch)).unwrap();
        issued.accept(&master.anchor()).unwrap()
    };
    let second = |epoch| master.issue_responder(&bob.at(epoch)).unwrap();
    let client = PskInitiator::new(first(today()), POLICY, 2);
    let server = PskResponder::new(second(today()), POLICY, 2, Anyone);
    race(
        |round| {
            client.install(first(later(round % 3)), NOW).unwrap();
            server.install(second(later(round % 3)), NOW).unwrap();
        },
        || {
            let ours = client.external(&bob, NOW).unwrap();
            let theirs = server.external(ours.identity().as_str().as_bytes(), NOW);
            assert_eq!(theirs.unwrap().key(), ours.key());
        },
    );
    assert!(client.remembered() <= 1 && server.remembered() <= 1);
}

/// A run goes on with the key that it began with.
#[test]
fn exchanges_end_as_they_began() {
    let master = PairMaster::<Agreement>::random(&mut rng(), "example");
    let named = |name| -> Identity {
        let principal = Principal::new(master.domain(), Role::Peer, name).unwrap();
        principal.at(today())
    };
    let first = |identity: &Identity| -> IdentityKey<Agreement> {
        let issued = master.issue(&mut rng(), identity).unwrap();
        issued.accept(&master.anchor()).unwrap()
    };
    let (alice, bob) = (named("alice"), named("bob"));
    let second = |identity: &Identity| master.issue_responder(identity).unwrap();
    let initiator = PeerInitiator::new(&first(&alice), POLICY);
    let responder = PeerResponder::new(&second(&bob), POLICY, Anyone);
    let none = Prologue::new();
    let (waiting, call) = initiator
        .call(&mut rng(), bob.principal().clone(), &none, NOW)
        .unwrap();
    initiator.install(&first(&alice), NOW).unwrap();
    let tomorrow = alice.principal().at(today().next());
    initiator.install(&first(&tomorrow), NOW).unwrap();
    let (answering, answer) = responder.answer(&mut rng(), &call, &none, NOW).unwrap();
    responder.install(&second(&bob), NOW).unwrap();
    let (ours, last) = waiting.finish(&answer, NOW).unwrap();
    let theirs = answering.finish(&last, NOW).unwrap();
    assert_eq!(ours.sending(), theirs.receiving());
    assert_eq!((ours.peer(), theirs.peer()), (&bob, &alice));
}
