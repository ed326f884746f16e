//! When to fetch, to warn and to stop.

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochLength, EpochPolicy};
use proptest::prelude::*;

use crate::renewal::{Renewal, Step};

const NEWEST: Epoch = Epoch(100);

fn policy(length: u64, grace: u64, skew: u64) -> EpochPolicy {
    EpochPolicy {
        length: EpochLength::new(Seconds::new(length)).unwrap(),
        grace: Seconds::new(grace),
        skew: Seconds::new(skew),
    }
}

#[test]
fn every_second_counts() {
    let renewal = Renewal::new(policy(1000, 50, 10), Seconds::new(200));
    let end = 101_000;
    let seconds = Seconds::new;
    let next = Epoch(101);
    let wait = Step::Wait {
        until: seconds(end - 200),
    };
    let fetch = Step::Fetch {
        epoch: next,
        until: seconds(end - 100),
    };
    let warn = Step::Warn {
        epoch: next,
        until: seconds(end + 40),
    };
    for (now, step) in [
        (0, wait),
        (end - 201, wait),
        (end - 200, fetch),
        (end - 101, fetch),
        (end - 100, warn),
        (end, warn),
        (end + 39, warn),
        (end + 40, Step::Stop { epoch: next }),
        (end + 999, Step::Stop { epoch: next }),
        (end + 1000, Step::Stop { epoch: Epoch(102) }),
        (end + 5500, Step::Stop { epoch: Epoch(106) }),
    ] {
        assert_eq!(renewal.step(NEWEST, seconds(now)), step, "{now}");
    }
}

#[test]
fn budgets_of_nothing_and_of_more_than_an_epoch() {
    let none = Renewal::new(policy(1000, 50, 10), Seconds::ZERO);
    let end = Seconds::new(101_000);
    assert_eq!(
        none.step(NEWEST, end.minus(Seconds::new(1))),
        Step::Wait { until: end }
    );
    assert!(matches!(none.step(NEWEST, end), Step::Warn { .. }));
    // Three epochs ahead: with the keys of today and tomorrow there is one to fetch.
    let long = Renewal::new(policy(1000, 50, 10), Seconds::new(3000));
    let now = Seconds::new(100_500);
    for (newest, fetches) in [(100, true), (101, true), (102, true), (103, false)] {
        let step = long.step(Epoch(newest), now);
        assert_eq!(!matches!(step, Step::Wait { .. }), fetches, "{newest}");
    }
    // Peers may be further ahead than they wait: the key stops to count before its epoch ends.
    let hasty = Renewal::new(policy(1000, 10, 60), Seconds::ZERO);
    let stopped = hasty.step(NEWEST, end.minus(Seconds::new(50)));
    assert_eq!(stopped, Step::Stop { epoch: Epoch(101) });
    // And whoever waits for the end of the epoch is told to come before it stops.
    for (outage, from) in [(0, 100), (40, 100), (60, 60)] {
        let hasty = Renewal::new(policy(1000, 10, 60), Seconds::new(outage));
        let (Step::Wait { until } | Step::Fetch { until, .. }) =
            hasty.step(NEWEST, end.minus(Seconds::new(from)))
        else {
            panic!("{outage}")
        };
        assert_eq!(until, hasty.stop_from(NEWEST), "{outage}");
    }
}

#[test]
fn the_last_epoch_of_all_is_not_renewed() {
    let renewal = Renewal::new(EpochPolicy::DAILY, Seconds::MAX);
    let step = renewal.step(Epoch(u64::MAX), Seconds::MAX);
    assert_eq!(
        step,
        Step::Wait {
            until: Seconds::MAX
        }
    );
    assert_ne!(renewal.step(Epoch(u64::MAX - 1), Seconds::ZERO), step);
}

proptest! {
    /// A node that fetches when it is told, with authorities that are away for less than half of the budget, is
    /// never without a key that its peers take, whatever their clocks say within the skew; and nobody is told to
    /// stop while one counts.
    #[test]
    fn who_fetches_in_time_never_stops(
        (length, grace, skew) in (50_u64..500).prop_flat_map(|length| (Just(length), 20_u64..50, 0_u64..20)),
        outage in 2_u64..400,
        away in proptest::collection::vec(0_u64..200, 1..6),
    ) {
        let policy = policy(length, grace, skew);
        let renewal = Renewal::new(policy, Seconds::new(outage));
        let mut newest = Epoch(10);
        let mut now = newest.start(policy.length);
        for delay in away {
            let Step::Wait { until } = renewal.step(newest, now) else {
                newest = newest.next();
                continue;
            };
            prop_assert!(until > now);
            now = until.plus(Seconds::new(delay.min(outage / 2)));
            let idle = matches!(renewal.step(newest, now), Step::Stop { .. } | Step::Wait { .. });
            prop_assert!(!idle);
            for peer in [now.minus(policy.skew), now, now.plus(policy.skew)] {
                let current = Epoch::at(now, policy.length).min(newest);
                prop_assert!(policy.accepts(current, peer));
            }
            newest = newest.next();
        }
    }

    /// The steps follow one another, and each says when the next one comes.
    #[test]
    fn steps_come_in_order(
        length in 1_u64..1000, grace in 0_u64..100, skew in 0_u64..100, outage in 0_u64..3000,
        newest in 0_u64..100, now: u64,
    ) {
        let renewal = Renewal::new(policy(length, grace, skew), Seconds::new(outage));
        let rank = |now| match renewal.step(Epoch(newest), now) {
            Step::Wait { .. } => 0,
            Step::Fetch { .. } => 1,
            Step::Warn { .. } => 2,
            Step::Stop { .. } => 3,
        };
        for now in [Seconds::new(now), Seconds::new(now % 200_000)] {
            prop_assert!(rank(now) <= rank(now.plus(Seconds::new(1))));
            let until = match renewal.step(Epoch(newest), now) {
                Step::Wait { until } | Step::Fetch { until, .. } | Step::Warn { until, .. } => until,
                Step::Stop { .. } => continue,
            };
            prop_assert!(until > now);
            prop_assert!(rank(until) > rank(now));
            prop_assert_eq!(rank(until.minus(Seconds::new(1))), rank(now));
        }
    }
}
