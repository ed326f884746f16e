//! Flights that come again.

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LedgerId, LocalLedger};
use milagro_mpin::server::{Reason, WINDOW_MAX};
use milagro_mpin::{ServerId, Verifier};

use super::ledger::{Forgetful, LEDGER, ledger};
use super::moves::{Stop, answer, arrival, reason, session};
use super::world::World;
use crate::exchange::Prologue;
use crate::login::LoginError;
use crate::login::LoginServer;
use crate::tests::fixture::{NOW, rng};
use crate::tests::seeded::Seeded;

fn later(seconds: u64) -> Seconds {
    NOW.plus(Seconds::new(seconds))
}

/// What came of a whole login in one pass: nothing, or where it stopped.
fn log_in(
    world: &World,
    verifier: &Verifier,
    ledger: &dyn LocalLedger,
    now: Seconds,
) -> Result<(), Stop> {
    let none = Prologue::new();
    // The client repeats itself, so that its flights are the same each time.
    let client = world.client(&world.alice);
    let (waiting, proof) = client.start_one_pass(&mut Seeded(3), &none, NOW).unwrap();
    let server = LoginServer::new(verifier);
    let due = server.one_pass(&mut rng(), &none, &proof, arrival(now));
    let (state, key) = answer(due, ledger, now)?;
    let (_, last) = waiting.receive(&key)?;
    session(state, ledger, &last, now).map(drop)
}

fn stop(result: Result<(), Stop>) -> Option<Reason> {
    assert!(!matches!(result, Err(Stop::Unpaid(_))), "{result:?}");
    reason(result)
}

#[test]
fn a_first_flight_of_one_pass_makes_one_session() {
    let world = World::new();
    let ledger = ledger();
    let at = |now| log_in(&world, &world.verifier, &ledger, now);
    assert!(at(NOW).is_ok());
    for now in [NOW, later(60)] {
        assert!(matches!(at(now), Err(Stop::Unpaid("exhausted"))));
    }
    assert_eq!(stop(at(later(61))), Some(Reason::Time));
    // After a restart, with the ledger that outlived it.
    let again = world.verifier(&world.master, &world.server, LEDGER);
    let replay = log_in(&world, &again, &ledger, later(1));
    assert!(matches!(replay, Err(Stop::Unpaid("exhausted"))));
    // With one that did not: it cannot know, so it refuses what may have been used before it was made.
    let empty = MemoryLedger::init(&mut rng(), 10, later(1));
    let replay = log_in(&world, &world.verifier, &empty, later(2));
    assert!(matches!(replay, Err(Stop::Unpaid("elsewhere"))));
    let moved = world.verifier(&world.master, &world.server, empty.id());
    let replay = log_in(&world, &moved, &empty, later(2));
    assert!(matches!(replay, Err(Stop::Unpaid("over"))));
    // At another server.
    let other = ServerId::new(b"other.example").unwrap();
    let other = world.verifier(&world.master, &other, LEDGER);
    assert_eq!(
        stop(log_in(&world, &other, &ledger, NOW)),
        Some(Reason::Server)
    );
}

#[test]
fn what_is_refused_is_counted_as_a_guess_and_no_more() {
    let world = World::new();
    let none = Prologue::new();
    let wrong = world.typed("1235");
    let ledger = ledger();
    let client = world.client(&wrong);
    let (_, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
    let guess = || {
        let due = world
            .server()
            .one_pass(&mut rng(), &none, &proof, arrival(NOW));
        answer(due, &ledger, NOW)
    };
    let account = world.verifier.attempts_of(wrong.secret.identity());
    let used = || ledger.usage(&[account]).unwrap()[0].used;
    let limit = u64::from(world.policy.attempts.short);
    for guesses in 1..=limit {
        assert_eq!(reason(guess()), Some(Reason::Proof));
        assert_eq!(used(), guesses);
    }
    assert!(matches!(guess(), Err(Stop::Unpaid("exhausted"))));
    assert_eq!(used(), limit);
}

#[test]
fn the_window_ends_on_the_second() {
    let world = World::new();
    let none = Prologue::new();
    let table = [
        (NOW.minus(Seconds::new(61)), Some(Reason::Time)),
        (NOW.minus(Seconds::new(60)), None),
        (NOW, None),
        (later(5), None),
        (later(6), Some(Reason::Time)),
        (Seconds::ZERO, Some(Reason::Time)),
        (Seconds::MAX, Some(Reason::Time)),
    ];
    for (time, expected) in table {
        let client = world.client(&world.alice);
        let (_, proof) = client.start_one_pass(&mut rng(), &none, time).unwrap();
        let due = world
            .server()
            .one_pass(&mut rng(), &none, &proof, arrival(NOW));
        assert_eq!(reason(answer(due, &Forgetful, NOW)), expected, "{time}");
    }
    // No policy takes what the protocol's window does not.
    assert!(world.policy.window <= WINDOW_MAX);
}

#[test]
fn a_challenge_is_answered_once_and_in_time() {
    let world = World::new();
    let none = Prologue::new();
    let lifetime = world.policy.challenge_lifetime.get();
    let (client, hello) = world.client(&world.alice).start(&none);
    let sent = world
        .server()
        .challenge(&mut rng(), &none, &hello, NOW)
        .unwrap();
    let (client, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
    let ledger = ledger();
    let arrive = |seconds| {
        let now = later(seconds);
        let waiting = sent.state.clone();
        answer(
            waiting.receive(&mut rng(), &proof, arrival(now)),
            &ledger,
            now,
        )
    };
    assert_eq!(reason(arrive(lifetime + 1)), Some(Reason::ChallengeAge));
    let (state, key) = arrive(lifetime).unwrap();
    // A hello is answered once, so there is no second session to finish.
    for seconds in [0, 1, lifetime] {
        assert!(matches!(arrive(seconds), Err(Stop::Unpaid("exhausted"))));
    }
    let (_, last) = client.receive(&key).unwrap();
    assert!(session(state, &ledger, &last, NOW).is_ok());
}

#[test]
fn a_proof_does_not_answer_another_connections_challenge() {
    let world = World::new();
    let none = Prologue::new();
    let ledger = ledger();
    let (client, hello) = world.client(&world.alice).start(&none);
    let open = || {
        world
            .server()
            .challenge(&mut rng(), &none, &hello, NOW)
            .unwrap()
    };
    let (ours, other) = (open(), open());
    let (_, proof) = client.receive(&mut rng(), &ours.flight).unwrap();
    let result = other.state.receive(&mut rng(), &proof, arrival(NOW));
    assert_eq!(reason(result.map_err(Stop::from)), Some(Reason::Challenge));
    // Nor does it use it up: whoever reads a challenge in flight cannot spoil the login that it is for.
    let due = ours.state.receive(&mut rng(), &proof, arrival(NOW));
    assert!(answer(due, &ledger, NOW).is_ok());
}

#[test]
fn a_verifier_does_not_start_over_another_ledger() {
    let world = World::new();
    let key = world
        .master
        .issue_server(&world.server)
        .belonging_to(LEDGER);
    let other = LedgerId::from_bytes([4; 32]);
    assert!(Verifier::new(world.domain, &key, other, world.policy).is_err());
    // A proof that answers a challenge of a verifier over another ledger is not one of this.
    let theirs = world.verifier(&world.master, &world.server, other);
    let none = Prologue::new();
    let (client, hello) = world.client(&world.alice).start(&none);
    let sent = LoginServer::new(&theirs)
        .challenge(&mut rng(), &none, &hello, NOW)
        .unwrap();
    let (_, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
    let here = world
        .server()
        .challenge(&mut rng(), &none, &hello, NOW)
        .unwrap();
    let refused = here.state.receive(&mut rng(), &proof, arrival(NOW));
    assert!(matches!(refused, Err(LoginError::Rejected(_))));
}

/// The last flight may be late by as much as a challenge or a proof counts, and is then refused, and not only by
/// those whose list or permit has changed.
#[test]
fn the_last_flight_comes_in_time() {
    let world = World::new();
    let none = Prologue::new();
    let finish = |one_pass: bool, seconds: u64| {
        let ledger = ledger();
        let client = world.client(&world.alice);
        let (client, answered) = if one_pass {
            let (client, proof) = client.start_one_pass(&mut rng(), &none, NOW).unwrap();
            let due = world
                .server()
                .one_pass(&mut rng(), &none, &proof, arrival(NOW));
            (client, answer(due, &ledger, NOW))
        } else {
            let (client, hello) = client.start(&none);
            let sent = world
                .server()
                .challenge(&mut rng(), &none, &hello, NOW)
                .unwrap();
            let (client, proof) = client.receive(&mut rng(), &sent.flight).unwrap();
            let due = sent.state.receive(&mut rng(), &proof, arrival(NOW));
            (client, answer(due, &ledger, NOW))
        };
        let (state, key) = answered.unwrap();
        let (_, last) = client.receive(&key).unwrap();
        session(state, &ledger, &last, later(seconds)).map(drop)
    };
    for one_pass in [false, true] {
        for seconds in [0, 1, 59] {
            assert!(finish(one_pass, seconds).is_ok(), "{one_pass} {seconds}");
        }
        for seconds in [86_400, u64::MAX] {
            let late = stop(finish(one_pass, seconds));
            assert_eq!(late, Some(Reason::Session), "{one_pass} {seconds}");
        }
    }
}
