//! The attempt policy against a slow count: locked if and only if some run of failures was long enough; no delay overflows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_mpin::{Attempt, AttemptOutcome, AttemptPolicy, Counted, Decision};

fuzz_target!(|input: (bool, u32, u64, Vec<(u64, u8)>, u64)| {
    let (all, lock_after, delay, events, now) = input;
    let policy = AttemptPolicy {
        counted: if all {
            Counted::AllFailures
        } else {
            Counted::MistypedPins
        },
        lock_after,
        delay,
    };
    let outcomes = [
        AttemptOutcome::Accepted,
        AttemptOutcome::MistypedPin,
        AttemptOutcome::Refused,
    ];
    let history: Vec<Attempt> = events
        .iter()
        .map(|(time, kind)| Attempt {
            time: *time,
            outcome: outcomes[usize::from(kind % 3)],
        })
        .collect();
    let counts = |attempt: &&Attempt| {
        attempt.outcome == AttemptOutcome::MistypedPin
            || all && attempt.outcome == AttemptOutcome::Refused
    };
    let runs = history.split(|attempt| attempt.outcome == AttemptOutcome::Accepted);
    let lengths: Vec<usize> = runs.map(|run| run.iter().filter(counts).count()).collect();
    let longest = lengths.iter().copied().max().unwrap_or(0);
    let lock_after = usize::try_from(lock_after).unwrap_or(usize::MAX).max(1);
    let failures = *lengths.last().unwrap_or(&0);
    let last = history
        .iter()
        .rev()
        .find(counts)
        .map_or(0, |attempt| attempt.time);
    match policy.decide(&history, now) {
        Decision::Lock => assert!(longest >= lock_after),
        Decision::BackOff { until } => {
            assert!(longest < lock_after && failures > 0 && now < until && until >= last);
        }
        Decision::Allow => {
            assert!(longest < lock_after);
            let wait = delay.saturating_mul(1 << (failures.clamp(1, 64) - 1));
            assert!(failures == 0 || last.saturating_add(wait) <= now);
        }
        other => panic!("{other:?}"),
    }
});
