//! Keys around the edge of an epoch: installed before, at and after it, with clocks that agree, that differ by the
//! skew and by more, that run ahead and come back. For everything that holds keys of several epochs.

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

use super::fixture::{NOW, master, rng, today};
use crate::admission::{Anyone, IdentityVerifier, Refusal, Side};
use crate::exchange::{ExchangeError, Prologue};
use crate::keys::{Agreement, IdentityKey, KeyError, PairMaster, Psk, ResponderKey};
use crate::names::{Principal, Role};
use crate::peer::{PeerInitiator, PeerResponder};
use crate::psk::{PskError, PskForm, PskInitiator, PskResponder};
use crate::renewal::Step;
use crate::signing::Signers;

const POLICY: EpochPolicy = EpochPolicy::DAILY;
const HOUR: i64 = 3600;
const SKEW: i64 = 60;
pub(super) const GRACE: i64 = 600;

/// Seconds from the midnight between today and tomorrow.
pub(super) fn at(offset: i64) -> Seconds {
    let midnight = today().next().start(POLICY.length).get();
    Seconds::new(midnight.checked_add_signed(offset).unwrap())
}

/// The edges, a second to either side of each, and both epochs beyond them.
pub(super) const TIMES: [i64; 13] = [
    -HOUR,
    -SKEW - 1,
    -SKEW,
    -SKEW + 1,
    -1,
    0,
    1,
    SKEW - 1,
    SKEW,
    GRACE - 1,
    GRACE,
    GRACE + 1,
    HOUR,
];

/// How the clock of one end differs from the other's.
const CLOCKS: [i64; 7] = [-HOUR, -SKEW - 1, -SKEW, 0, SKEW, SKEW + 1, HOUR];

/// When the key of tomorrow comes.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Installed {
    Never,
    At(i64),
}

const INSTALLED: [Installed; 6] = [
    Installed::Never,
    Installed::At(-HOUR),
    Installed::At(-SKEW),
    Installed::At(0),
    Installed::At(1),
    Installed::At(GRACE),
];

/// What the rules say, written down once more and without a look at the code: today's epoch counts before midnight
/// and for the time of grace, tomorrow's from a minute before.
pub(super) fn counts(tomorrow: bool, clock: i64) -> bool {
    if tomorrow {
        clock >= -SKEW
    } else {
        clock < GRACE
    }
}

/// Whether tomorrow's key is used: it is there, and it is tomorrow.
fn uses_tomorrow(installed: Installed, clock: i64) -> bool {
    matches!(installed, Installed::At(since) if since <= clock) && clock >= 0
}

struct World<U: crate::keys::TwoSided> {
    master: PairMaster<U>,
    alice: Principal,
    bob: Principal,
}

impl<U: crate::keys::TwoSided> World<U> {
    fn new() -> Self {
        let master = PairMaster::random(&mut rng(), "example");
        let of = |role, name| Principal::new(master.domain(), role, name).unwrap();
        Self {
            alice: of(Role::Client, "alice"),
            bob: of(Role::Server, "bob"),
            master,
        }
    }

    fn alices(&self, epoch: Epoch) -> IdentityKey<U> {
        let issued = self
            .master
            .issue(&mut rng(), &self.alice.at(epoch))
            .unwrap();
        issued.accept(&self.master.anchor()).unwrap()
    }

    fn bobs(&self, epoch: Epoch) -> ResponderKey<U> {
        self.master.issue_responder(&self.bob.at(epoch)).unwrap()
    }
}

/// Every time, clock and installation, with what has to come of it: `run` gets the time at the end that answers,
/// the time at the one that calls, and when that one's key is installed.
fn every(mut run: impl FnMut(i64, i64, Installed) -> bool) {
    for time in TIMES {
        for clock in CLOCKS {
            for installed in INSTALLED {
                let here = time + clock;
                // A key that comes later than now is not there.
                let installed = match installed {
                    Installed::At(since) if since > here => Installed::Never,
                    other => other,
                };
                let tomorrow = uses_tomorrow(installed, here);
                // The caller makes no call with a key that is over by its own clock.
                let expected = counts(tomorrow, here) && counts(tomorrow, time);
                let came = run(time, here, installed);
                assert_eq!(came, expected, "{time} {clock} {installed:?}");
            }
        }
    }
}

#[test]
fn every_edge_of_psk() {
    let world = World::<Psk>::new();
    let (today, tomorrow) = (today(), today().next());
    every(|time, here, installed| {
        let alice = PskInitiator::new(world.alices(today), POLICY, 1);
        if let Installed::At(since) = installed {
            alice.install(world.alices(tomorrow), at(since)).unwrap();
        }
        let bob = PskResponder::new(world.bobs(today), POLICY, 1, Anyone);
        bob.install(world.bobs(tomorrow), at(-HOUR)).unwrap();
        let Ok(psk) = alice.external(&world.bob, at(here)) else {
            return false;
        };
        let text = psk.identity().as_str().as_bytes();
        match bob.external(text, at(time)) {
            Ok(theirs) => {
                assert_eq!(theirs.key(), psk.key());
                true
            }
            Err(PskError::Refused(Refusal::Expired | Refusal::NotYetValid)) => false,
            Err(other) => panic!("{other}"),
        }
    });
}

/// Without the epoch in the text both clocks have to be in the same one.
#[test]
fn every_edge_of_lasting_psk() {
    let world = World::<Psk>::new();
    let (today, tomorrow) = (today(), today().next());
    let alice = PskInitiator::new(world.alices(today), POLICY, 4).with_form(PskForm::Lasting);
    alice.install(world.alices(tomorrow), at(-HOUR)).unwrap();
    let bob = PskResponder::new(world.bobs(today), POLICY, 4, Anyone);
    bob.install(world.bobs(tomorrow), at(-HOUR)).unwrap();
    for time in TIMES {
        for clock in CLOCKS {
            let here = time + clock;
            let psk = alice.external(&world.bob, at(here)).unwrap();
            let theirs = bob.external(psk.identity().as_str().as_bytes(), at(time));
            let theirs = theirs.unwrap();
            assert_eq!(theirs.identity(), psk.identity());
            let same = (here >= 0) == (time >= 0);
            assert_eq!(theirs.key() == psk.key(), same, "{time} {clock}");
        }
    }
}

#[test]
fn every_edge_of_peers() {
    let world = World::<Agreement>::new();
    let (today, tomorrow) = (today(), today().next());
    let keys = [world.alices(today), world.alices(tomorrow)];
    let bob = PeerResponder::new(&world.bobs(today), POLICY, Anyone);
    bob.install(&world.bobs(tomorrow), at(-HOUR)).unwrap();
    let alice = |installed| {
        let alice = PeerInitiator::new(&keys[0], POLICY);
        if let Installed::At(since) = installed {
            alice.install(&keys[1], at(since)).unwrap();
        }
        alice
    };
    // Tables take long: each initiator is made once.
    let alices = INSTALLED.map(|installed| (installed, alice(installed)));
    every(|time, here, installed| {
        let alice = alices.iter().find(|(other, _)| *other == installed);
        let alice = &alice.unwrap().1;
        let none = Prologue::new();
        let called = alice.call(&mut rng(), world.bob.clone(), &none, at(here));
        let (waiting, call) = match called {
            Ok(called) => called,
            Err(ExchangeError::NoKey) => return false,
            Err(other) => panic!("{other}"),
        };
        let Ok((responder, answer)) = bob.answer(&mut rng(), &call, &none, at(time)) else {
            return false;
        };
        // The answer is of the responder's epoch, which the caller's clock has to take: else it would be the
        // caller who ends it.
        let tomorrow = time >= 0;
        let Ok((session, last)) = waiting.finish(&answer, at(here)) else {
            assert!(!counts(tomorrow, here));
            return counts(uses_tomorrow(installed, here), time);
        };
        assert!(counts(tomorrow, here));
        let theirs = responder.finish(&last, at(time)).unwrap();
        assert_eq!(theirs.receiving(), session.sending());
        true
    });
}

/// The last flight comes later than the first: the responder asks again.
#[test]
fn an_exchange_ends_within_the_epoch() {
    let world = World::<Agreement>::new();
    let alice = PeerInitiator::new(&world.alices(today()), POLICY);
    let bob = PeerResponder::new(&world.bobs(today()), POLICY, Anyone);
    let none = Prologue::new();
    let finish = |offset| {
        let (waiting, call) = alice
            .call(&mut rng(), world.bob.clone(), &none, NOW)
            .unwrap();
        let (responder, answer) = bob.answer(&mut rng(), &call, &none, NOW).unwrap();
        let (_, last) = waiting.finish(&answer, NOW).unwrap();
        responder.finish(&last, at(offset)).map(|_| ())
    };
    assert_eq!(finish(GRACE - 1), Ok(()));
    assert_eq!(finish(GRACE), Err(Refusal::Expired.into()));
}

/// What holds keys keeps those that count, whatever the clock says when others come in.
#[test]
fn every_edge_of_clocks_that_run_ahead() {
    let agreement = World::<Agreement>::new();
    let psk = World::<Psk>::new();
    let today = today();
    for ahead in [SKEW, HOUR, 24 * HOUR, 30 * 24 * HOUR] {
        for days in [1, 2, 7] {
            let next = Epoch(today.0 + days);
            let (wrong, right) = (at(-HOUR + ahead), at(-HOUR));
            let alice = PskInitiator::new(psk.alices(today), POLICY, 1);
            let bob = PskResponder::new(psk.bobs(today), POLICY, 1, Anyone);
            alice.install(psk.alices(next), wrong).unwrap();
            bob.install(psk.bobs(next), wrong).unwrap();
            // What they say by the wrong clock is their own affair; then the clock goes back.
            let _ = alice.external(&psk.bob, wrong);
            let here = alice.external(&psk.bob, right).unwrap();
            assert_eq!(here.identity().epoch(), Some(today), "{ahead} {days}");
            let there = bob.external(here.identity().as_str().as_bytes(), right);
            assert_eq!(there.unwrap().key(), here.key(), "{ahead} {days}");

            let alice = PeerInitiator::new(&agreement.alices(today), POLICY);
            let bob = PeerResponder::new(&agreement.bobs(today), POLICY, Anyone);
            alice.install(&agreement.alices(next), wrong).unwrap();
            bob.install(&agreement.bobs(next), wrong).unwrap();
            assert_eq!(alice.identity(right), Some(agreement.alice.at(today)));
            assert_eq!(bob.identity(right), Some(agreement.bob.at(today)));
        }
    }
}

/// In the minutes of grace tomorrow's key is there, and yesterday's still counts for peers whose clock is behind.
#[test]
fn installing_in_the_time_of_grace_drops_nothing() {
    let world = World::<Psk>::new();
    let (today, tomorrow) = (today(), today().next());
    let bob = PskResponder::new(world.bobs(today), POLICY, 1, Anyone);
    bob.install(world.bobs(tomorrow), at(GRACE - 1)).unwrap();
    let old = PskInitiator::new(world.alices(today), POLICY, 1);
    let psk = old.external(&world.bob, at(-1)).unwrap();
    let text = psk.identity().as_str().as_bytes();
    assert!(bob.external(text, at(GRACE - 1)).is_ok());
    let refused = bob.external(text, at(GRACE)).unwrap_err();
    assert_eq!(refused, Refusal::Expired.into());
}

/// Who signs is checked by the same rules.
#[test]
fn every_edge_of_verifiers() {
    let master = master();
    let verifier = IdentityVerifier::new(master.anchor(), POLICY, Anyone);
    let alice = Principal::new(master.domain(), Role::Client, "alice").unwrap();
    for time in TIMES {
        for tomorrow in [false, true] {
            let epoch = if tomorrow { today().next() } else { today() };
            let verdict = verifier.check(&alice.at(epoch), Side::Client, at(time));
            let expected = match (counts(tomorrow, time), tomorrow) {
                (true, _) => Ok(()),
                (false, true) => Err(Refusal::NotYetValid),
                (false, false) => Err(Refusal::Expired),
            };
            assert_eq!(verdict, expected, "{time} {tomorrow}");
        }
    }
}

/// What signs outside rustls goes over the edge as all the others do.
#[test]
fn every_edge_of_signers() {
    let master = master();
    let alice = Principal::new(master.domain(), Role::Client, "alice").unwrap();
    let key = |epoch| master.issue(&alice.at(epoch)).unwrap();
    let verifier = IdentityVerifier::new(master.anchor(), POLICY, Anyone);
    for installed in [Installed::Never, Installed::At(-HOUR), Installed::At(GRACE)] {
        let signers = Signers::new(key(today()), POLICY);
        for time in TIMES {
            if let Installed::At(since) = installed
                && since <= time
            {
                let next = key(today().next());
                signers.install(next, at(time)).unwrap();
            }
            let tomorrow = uses_tomorrow(installed, time);
            let signer = signers.current(at(time));
            assert_eq!(signer.is_some(), counts(tomorrow, time), "{time}");
            if let Some(signer) = signer {
                let epoch = if tomorrow { today().next() } else { today() };
                assert_eq!(*signer.identity(), alice.at(epoch), "{time} {installed:?}");
                let verdict = verifier.check(signer.identity(), Side::Client, at(time));
                assert_eq!(verdict, Ok(()));
            }
        }
    }
    let signers = Signers::new(key(today()), POLICY);
    let bob = Principal::new(master.domain(), Role::Client, "bob").unwrap();
    let other = master.issue(&bob.at(today())).unwrap();
    assert_eq!(signers.install(other, NOW), Err(KeyError::Principal));
    assert_eq!(signers.principal(), &alice);
    assert!(matches!(
        signers.renewal(Seconds::ZERO, NOW),
        Step::Wait { .. }
    ));
}
