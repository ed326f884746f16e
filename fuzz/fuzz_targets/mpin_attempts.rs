//! Delays between attempts: never before, and never longer than, the doubled delay after the failure before; no time
//! overflows.

#![no_main]

use libfuzzer_sys::fuzz_target;
use milagro_ledger::Grant;
use milagro_mpin::Seconds;
use milagro_mpin::server::{AttemptPolicy, Decision};

fuzz_target!(|input: (u64, u64, Option<u64>, u64)| {
    let (delay, used, previous, now) = input;
    let policy = AttemptPolicy {
        delay: Seconds::new(delay),
        ..AttemptPolicy::DEFAULT
    };
    let grant = Grant {
        used,
        previous: previous.map(Seconds::new),
        again: false,
    };
    // The wait in u128, where nothing overflows.
    let failures = used.saturating_sub(1);
    let wait = u128::from(delay) << failures.saturating_sub(1).min(63);
    let wait = if failures > 64 && delay > 0 {
        u128::MAX
    } else {
        wait
    };
    let previous = previous.filter(|previous| failures > 0 && *previous <= now);
    let until = previous.map(|previous| u128::from(previous).saturating_add(wait));
    match policy.decide(&grant, Seconds::new(now)) {
        Decision::Allow => {
            assert!(until.is_none_or(|until| until <= u128::from(now) || now == u64::MAX))
        }
        Decision::BackOff { until: told } => {
            let until = until.expect("a failure before");
            assert!(u128::from(now) < until);
            assert_eq!(u128::from(told.get()), until.min(u64::MAX.into()));
        }
        other => panic!("{other:?}"),
    }
});
