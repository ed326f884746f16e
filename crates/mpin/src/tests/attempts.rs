//! The lock-out policy, as a table.

use crate::server::attempts::{Attempt, AttemptOutcome, AttemptPolicy, Counted, Decision};

use AttemptOutcome::{Accepted, MistypedPin, Refused};

fn history(outcomes: &[AttemptOutcome]) -> Vec<Attempt> {
    (0..)
        .zip(outcomes)
        .map(|(i, outcome)| Attempt {
            time: 1000 + 10 * i,
            outcome: *outcome,
        })
        .collect()
}

#[test]
fn only_what_counts_locks() {
    let policy = |counted| AttemptPolicy {
        counted,
        lock_after: 3,
        delay: 0,
    };
    let mistyped = policy(Counted::MistypedPins);
    let all = policy(Counted::AllFailures);
    let (allow, lock) = (Decision::Allow, Decision::Lock);
    let table = [
        (vec![], allow, allow),
        (vec![MistypedPin; 2], allow, allow),
        (vec![MistypedPin; 3], lock, lock),
        (vec![Refused; 100], allow, lock),
        (vec![MistypedPin, Refused, MistypedPin], allow, lock),
        (
            vec![MistypedPin, MistypedPin, Accepted, MistypedPin, MistypedPin],
            allow,
            allow,
        ),
        (
            vec![MistypedPin, Accepted, MistypedPin, MistypedPin, MistypedPin],
            lock,
            lock,
        ),
        (
            vec![MistypedPin, MistypedPin, MistypedPin, Accepted],
            lock,
            lock,
        ),
    ];
    for (outcomes, with_openings, without) in table {
        let history = history(&outcomes);
        assert_eq!(
            mistyped.decide(&history, 5000),
            with_openings,
            "{outcomes:?}"
        );
        assert_eq!(all.decide(&history, 5000), without, "{outcomes:?}");
    }
}

#[test]
fn waits_double_and_do_not_overflow() {
    let policy = AttemptPolicy {
        counted: Counted::AllFailures,
        lock_after: 100,
        delay: 4,
    };
    let history = |count| history(&vec![Refused; count]);
    let last = |count: u64| 1000 + 10 * (count - 1);
    for (count, wait) in [(1, 4), (2, 8), (3, 16), (10, 2048)] {
        let history = history(count);
        let until = last(count.try_into().unwrap()) + wait;
        assert_eq!(
            policy.decide(&history, until - 1),
            Decision::BackOff { until }
        );
        assert_eq!(policy.decide(&history, until), Decision::Allow);
    }
    let until = u64::MAX;
    assert_eq!(
        policy.decide(&history(99), 5000),
        Decision::BackOff { until }
    );
    assert_eq!(policy.decide(&history(99), u64::MAX), Decision::Allow);
    let never = AttemptPolicy {
        lock_after: 0,
        ..policy
    };
    assert_eq!(never.decide(&[], 0), Decision::Allow);
    assert_eq!(never.decide(&history(1), 0), Decision::Lock);
}

#[test]
fn a_success_ends_the_waiting_even_if_the_clock_ran_back() {
    let policy = AttemptPolicy {
        counted: Counted::AllFailures,
        lock_after: 3,
        delay: 60,
    };
    let history = history(&[Refused, Refused, Accepted]);
    assert_eq!(policy.decide(&history, 0), Decision::Allow);
}
