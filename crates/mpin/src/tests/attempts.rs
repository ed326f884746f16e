//! What is counted, when, and what comes back.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Barrier;

use milagro_base::Seconds;
use milagro_ledger::{Account, Grant, Kind, Life, LocalLedger, Refused, Unspent};

use super::fixture::{End, NOW, World, alice, factors, open_policy, rng};
use crate::client::token::Token;
use crate::proof::encoding::LoginProof;
use crate::server::attempts::{self, AttemptPolicy, Decision};
use crate::server::policy::Policy;
use crate::server::reason::Reason;

fn policy(attempts: AttemptPolicy) -> Policy {
    Policy {
        attempts,
        ..open_policy()
    }
}

fn guess(world: &World, token: &Token, typed: &str) -> LoginProof {
    let secret = token.unlock(&factors(typed)).unwrap();
    world.prove(&secret, None)
}

fn used(world: &World) -> u64 {
    let account = world.verifier.attempts_of(&alice());
    world.ledger.usage(&[account]).unwrap()[0].used
}

const fn grant(used: u64, previous: Option<u64>) -> Grant {
    Grant {
        used,
        previous: match previous {
            None => None,
            Some(time) => Some(Seconds::new(time)),
        },
        again: false,
    }
}

#[test]
fn delays_double() {
    let policy = AttemptPolicy {
        delay: Seconds::new(10),
        ..AttemptPolicy::DEFAULT
    };
    let until = |time| Decision::BackOff {
        until: Seconds::new(time),
    };
    let table = [
        (grant(1, None), 1000, Decision::Allow),
        (grant(2, Some(1000)), 1009, until(1010)),
        (grant(2, Some(1000)), 1010, Decision::Allow),
        (grant(3, Some(1000)), 1019, until(1020)),
        (grant(3, Some(1000)), 1020, Decision::Allow),
        (grant(5, Some(1000)), 1079, until(1080)),
        // A first attempt after one that was given back waits for nothing.
        (grant(1, Some(1000)), 1000, Decision::Allow),
        (grant(u64::MAX, Some(1000)), u64::MAX - 1, until(u64::MAX)),
        (grant(0, Some(1000)), 1000, Decision::Allow),
    ];
    for (grant, now, decision) in table {
        assert_eq!(policy.decide(&grant, Seconds::new(now)), decision);
    }
    let none = AttemptPolicy::DEFAULT;
    let allowed = none.decide(&grant(90, Some(1000)), Seconds::new(1000));
    assert_eq!(allowed, Decision::Allow);
}

/// A failure that was written an hour ahead counts, and one second of delay is one second.
#[test]
fn one_second_of_delay_is_one_second() {
    let policy = AttemptPolicy {
        delay: Seconds::new(1),
        ..AttemptPolicy::DEFAULT
    };
    let ahead = grant(2, Some(NOW.get() + 3600));
    let now = NOW.plus(Seconds::new(2));
    assert_eq!(policy.decide(&ahead, now), Decision::Allow);
}

/// Sixty-four guesses at once, of which three are checked; the rest are refused before any pairing.
#[test]
fn parallel_guesses_stop_at_the_limit() {
    let world = World::with_policy(policy(AttemptPolicy {
        short: 3,
        ..AttemptPolicy::DEFAULT
    }));
    let token = world.token(&alice(), &factors("7777"));
    let guesses: Vec<LoginProof> = (0..64)
        .map(|pin| guess(&world, &token, &format!("{pin:04}")))
        .collect();
    let (barrier, checked) = (Barrier::new(64), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for proof in &guesses {
            scope.spawn(|| {
                let admitted = world
                    .verifier
                    .admit(&mut rng(), proof, World::arrival(NOW))
                    .unwrap();
                barrier.wait();
                match admitted.spend_local(&world.ledger, NOW) {
                    Ok(paid) => {
                        checked.fetch_add(1, Ordering::Relaxed);
                        let refused = world.verifier.check(&mut rng(), paid, NOW).unwrap_err();
                        assert_eq!(refused.reason(), Reason::Proof);
                    }
                    Err(refused) => assert!(matches!(refused, Refused::Exhausted)),
                }
            });
        }
    });
    assert_eq!(checked.into_inner(), 3);
    // The right PIN comes too late, and waits for whoever unlocks the account.
    let right = guess(&world, &token, "7777");
    assert_eq!(world.log_in(&right).unwrap_err(), End::Exhausted);
    let account = world.verifier.attempts_of(&alice());
    world.ledger.clear(&[account]).unwrap();
    assert!(world.log_in(&right).is_ok());
}

/// Garbage under a name between one unlocking and the next adds up, and there is a way out.
#[test]
fn unlocking_is_bounded_and_can_be_undone() {
    let world = World::with_policy(policy(AttemptPolicy {
        short: 2,
        long: 5,
        ..AttemptPolicy::DEFAULT
    }));
    let token = world.token(&alice(), &factors("1234"));
    let short = world.verifier.attempts_of(&alice());
    let long = world.verifier.attempts_ever_of(&alice());
    for _ in 0..5 {
        assert_eq!(world.refusal(&guess(&world, &token, "0000")), Reason::Proof);
        world.ledger.clear(&[short]).unwrap();
    }
    let right = guess(&world, &token, "1234");
    assert_eq!(world.log_in(&right).unwrap_err(), End::Exhausted);
    world.ledger.clear(&[short, long]).unwrap();
    assert!(world.log_in(&right).is_ok());
}

/// A login gives back its own attempt: failures of before stay counted.
#[test]
fn success_gives_no_guesses_back() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    for wrong in 0..4 {
        let proof = guess(&world, &token, &format!("000{wrong}"));
        assert_eq!(world.refusal(&proof), Reason::Proof);
        for _ in 0..2 {
            assert!(world.log_in(&guess(&world, &token, "1234")).is_ok());
        }
        assert_eq!(used(&world), wrong + 1);
    }
    assert_eq!(world.refusal(&guess(&world, &token, "0005")), Reason::Proof);
    let right = guess(&world, &token, "1234");
    assert_eq!(world.log_in(&right).unwrap_err(), End::Exhausted);
}

/// A replay gives the attempt of its own handling back, and none of anybody else.
#[test]
fn a_replay_of_a_right_proof_uses_up_no_attempt() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let proof = guess(&world, &token, "1234");
    assert!(world.log_in(&proof).is_ok());
    for _ in 0..20 {
        assert_eq!(world.log_in(&proof).unwrap_err(), End::Exhausted);
    }
    assert_eq!(used(&world), 0);
}

#[test]
fn what_comes_too_soon_is_not_checked_and_not_counted() {
    let world = World::with_policy(policy(AttemptPolicy {
        delay: Seconds::new(10),
        ..AttemptPolicy::DEFAULT
    }));
    let token = world.token(&alice(), &factors("1234"));
    assert_eq!(world.refusal(&guess(&world, &token, "0000")), Reason::Proof);
    let paid = world
        .paid(&guess(&world, &token, "1234"), World::arrival(NOW))
        .unwrap();
    assert_eq!(used(&world), 2);
    let refused = world.verifier.check(&mut rng(), paid, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::TooSoon);
    refused.give_back_local(&world.ledger);
    assert_eq!(used(&world), 1);
    let proof = guess(&world, &token, "1234");
    let later = NOW.plus(Seconds::new(10));
    assert!(world.log_in_at(&proof, later).is_ok());
}

/// What was paid once is checked once: the value alone is worth nothing, and neither is another verifier's.
#[test]
fn what_is_paid_elsewhere_is_not_checked() {
    let world = World::without_permits();
    let other = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let proof = guess(&world, &token, "1234");
    let paid = world.paid(&proof, World::arrival(NOW)).unwrap();
    let refused = other.verifier.check(&mut rng(), paid, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::Misdirected);
    let paid = world.paid(&proof, World::arrival(NOW)).unwrap();
    // An account of one's own making pays for nothing.
    let account = Account::new(Kind::new(200), &[0; 32], Life::Lasting);
    let own = attempts::charge(&mut rng(), account, 1, b"own");
    let cheap = Unspent::new(paid.into_value(), vec![own]);
    let cheap = cheap.spend_local(&world.ledger, NOW).unwrap();
    let refused = world.verifier.check(&mut rng(), cheap, NOW).unwrap_err();
    assert_eq!(refused.reason(), Reason::Misdirected);
}
