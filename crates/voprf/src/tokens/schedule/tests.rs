use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use super::{
    BudgetExhausted, Epoch, KeySchedule, NotPinned, PinnedSchedule, QueryBudget, ScheduleDigest,
    ScheduledKey, Timetable,
};
use crate::tokens::token::{FormatError, KeyId, Uses};

fn timetable() -> Timetable {
    Timetable::new(1_000, 100)
        .unwrap()
        .with_overlap(10, 30)
        .unwrap()
}

fn empty() -> KeySchedule {
    KeySchedule::new("test-suite", "weather", timetable(), Uses::new(3).unwrap()).unwrap()
}

fn schedule() -> KeySchedule {
    let mut schedule = empty();
    for (epoch, key) in [(0, "key 0"), (1, "key 1"), (3, "key 3")] {
        schedule.push(Epoch::new(epoch), key.as_bytes()).unwrap();
    }
    schedule
}

#[test]
fn windows_open_and_close_to_the_second() {
    let schedule = schedule();
    let id = |index: usize| *schedule.keys()[index].id();
    for (now, issues, redeems, newest) in [
        (0, [false; 3], [false; 3], None),
        (999, [false; 3], [false; 3], None),
        (1_000, [true, false, false], [true, false, false], Some(0)),
        (1_099, [true, false, false], [true, false, false], Some(0)),
        (1_100, [true, true, false], [true, true, false], Some(1)),
        (1_109, [true, true, false], [true, true, false], Some(1)),
        (1_110, [false, true, false], [true, true, false], Some(1)),
        (1_129, [false, true, false], [true, true, false], Some(1)),
        (1_130, [false, true, false], [false, true, false], Some(1)),
        (1_209, [false, true, false], [false, true, false], Some(1)),
        (1_210, [false; 3], [false, true, false], None),
        (1_230, [false; 3], [false; 3], None),
        (1_300, [false, false, true], [false, false, true], Some(3)),
        (u64::MAX, [false; 3], [false; 3], None),
    ] {
        assert_eq!(
            [0, 1, 2].map(|index| schedule.issues(&id(index), now)),
            issues,
            "issue at {now}"
        );
        assert_eq!(
            [0, 1, 2].map(|index| schedule.redeems(&id(index), now)),
            redeems,
            "redeem at {now}"
        );
        assert_eq!(
            schedule.issuing(now).map(|key| key.epoch().number()),
            newest,
            "newest at {now}"
        );
    }
}

#[test]
fn epochs_count_from_the_origin() {
    let epochs =
        [999, 1_000, 1_099, 1_100, u64::MAX].map(|now| timetable().epoch(now).map(Epoch::number));
    assert_eq!(
        epochs,
        [
            None,
            Some(0),
            Some(0),
            Some(1),
            Some((u64::MAX - 1_000) / 100)
        ]
    );
}

#[test]
fn impossible_timetables_are_refused() {
    assert_eq!(Timetable::new(0, 0), Err(FormatError::OutOfRange));
    assert_eq!(
        Timetable::new(0, 10).unwrap().with_overlap(5, 4),
        Err(FormatError::OutOfRange)
    );
    assert_eq!(
        Timetable::new(0, 10).unwrap().with_overlap(11, 20),
        Err(FormatError::OutOfRange)
    );
    let late = Timetable::new(u64::MAX - 5, 5).unwrap();
    assert_eq!(
        late.redeem_window(Epoch::new(0)),
        Some(u64::MAX - 5..u64::MAX)
    );
    assert_eq!(late.redeem_window(Epoch::new(1)), None);
    assert_eq!(timetable().redeem_window(Epoch::new(u64::MAX)), None);
}

#[test]
fn only_later_epochs_and_new_keys_are_added() {
    let mut schedule = schedule();
    for (name, epoch, key, error) in [
        ("same epoch", 3, &b"other"[..], FormatError::NotCanonical),
        ("earlier epoch", 2, b"other", FormatError::NotCanonical),
        ("known key", 4, b"key 0", FormatError::NotCanonical),
        ("empty key", 4, b"", FormatError::OutOfRange),
        (
            "long key",
            4,
            &[0; ScheduledKey::MAX_PUBLIC_KEY + 1],
            FormatError::OutOfRange,
        ),
        (
            "beyond all time",
            u64::MAX / 100,
            b"other",
            FormatError::OutOfRange,
        ),
    ] {
        assert_eq!(schedule.push(Epoch::new(epoch), key), Err(error), "{name}");
    }
    assert_eq!(schedule, self::schedule());
}

#[test]
fn names_are_short_and_printable() {
    for (suite, use_case) in [
        ("", "x"),
        ("x", ""),
        ("x y", "x"),
        ("x", "ä"),
        ("x", "a\n"),
        ("x", &"y".repeat(65)),
    ] {
        let outcome = KeySchedule::new(suite, use_case, timetable(), Uses::ONE);
        assert_eq!(
            outcome,
            Err(FormatError::OutOfRange),
            "{suite:?} {use_case:?}"
        );
    }
    assert!(KeySchedule::new(&"x".repeat(64), "y", timetable(), Uses::ONE).is_ok());
}

#[test]
fn bytes_are_frozen_and_come_back() {
    let mut schedule = empty();
    schedule.push(Epoch::new(7), b"key").unwrap();
    let expected = [
        &[1, 10][..],
        b"test-suite",
        &[7],
        b"weather",
        &1_000_u64.to_be_bytes(),
        &100_u64.to_be_bytes(),
        &10_u64.to_be_bytes(),
        &30_u64.to_be_bytes(),
        &[3, 0, 1],
        &7_u64.to_be_bytes(),
        &[3],
        b"key",
    ]
    .concat();
    assert_eq!(schedule.to_bytes(), expected);
    assert_eq!(KeySchedule::from_bytes(&expected), Ok(schedule));
}

#[test]
fn every_truncation_extension_and_bad_field_is_refused() {
    const TIMES: usize = 2 + 10 + 1 + 7;
    const K: usize = TIMES + 32;
    const FIRST: usize = K + 3;
    let bytes = schedule().to_bytes();
    for end in 0..bytes.len() {
        assert_eq!(
            KeySchedule::from_bytes(&bytes[..end]),
            Err(FormatError::Truncated),
            "{end}"
        );
    }
    for extra in 1..200 {
        let longer = [&bytes[..], &vec![0; extra]].concat();
        assert_eq!(
            KeySchedule::from_bytes(&longer),
            Err(FormatError::TrailingBytes),
            "{extra}"
        );
    }
    for (name, at, value, error) in [
        ("version", 0, 2, FormatError::UnknownVersion(2)),
        ("suite length 0", 1, 0, FormatError::OutOfRange),
        ("suite with a control byte", 2, 7, FormatError::OutOfRange),
        ("epoch length 0", TIMES + 15, 0, FormatError::OutOfRange),
        (
            "issue overlap over redeem overlap",
            TIMES + 23,
            31,
            FormatError::OutOfRange,
        ),
        ("k = 0", K, 0, FormatError::OutOfRange),
        ("k = 65", K, 65, FormatError::OutOfRange),
        ("more keys than there", K + 2, 4, FormatError::Truncated),
        (
            "fewer keys than there",
            K + 2,
            2,
            FormatError::TrailingBytes,
        ),
        ("first epoch late", FIRST + 7, 9, FormatError::NotCanonical),
        (
            "first epoch beyond all time",
            FIRST,
            255,
            FormatError::OutOfRange,
        ),
        ("key twice", FIRST + 9 + 4, b'1', FormatError::NotCanonical),
        ("empty key", FIRST + 8, 0, FormatError::OutOfRange),
    ] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        assert_eq!(KeySchedule::from_bytes(&bytes), Err(error), "{name}");
    }
}

#[test]
fn the_list_is_bounded() {
    let mut schedule = empty();
    for n in 0..1_024_u64 {
        schedule.push(Epoch::new(n), &n.to_be_bytes()).unwrap();
    }
    assert_eq!(
        schedule.push(Epoch::new(2_000), b"key"),
        Err(FormatError::TooMany)
    );
    let mut bytes = schedule.to_bytes();
    assert_eq!(KeySchedule::from_bytes(&bytes).as_ref(), Ok(&schedule));
    let count = 2 + 10 + 1 + 7 + 32 + 1;
    bytes[count..count + 2].copy_from_slice(&1_025_u16.to_be_bytes());
    bytes.extend_from_slice(&[&2_000_u64.to_be_bytes()[..], &[1, b'x']].concat());
    assert_eq!(KeySchedule::from_bytes(&bytes), Err(FormatError::TooMany));
}

#[test]
fn a_pinned_digest_admits_one_schedule() {
    let (ours, digest) = (schedule(), schedule().digest());
    assert_eq!(
        KeySchedule::pinned(&ours.to_bytes(), &digest),
        Ok(PinnedSchedule::pin(ours.clone()))
    );
    assert_eq!(ScheduleDigest::from_bytes(&digest.to_bytes()), digest);
    for at in 0..ours.to_bytes().len() {
        let mut bytes = ours.to_bytes();
        bytes[at] ^= 1;
        assert_eq!(
            KeySchedule::pinned(&bytes, &digest),
            Err(NotPinned(())),
            "{at}"
        );
    }
}

#[test]
fn ids_and_attributes_come_from_the_schedule() {
    let schedule = schedule();
    let key = &schedule.keys()[2];
    assert_eq!(*key.id(), KeyId::of("test-suite", b"key 3"));
    assert_eq!(schedule.key(key.id()), Some(key));
    assert_eq!(
        schedule.attributes(key.epoch()),
        [b"weather".to_vec(), 3_u64.to_be_bytes().to_vec()]
    );
}

#[test]
fn a_budget_is_charged_all_or_nothing() {
    let budget = QueryBudget::new(10);
    assert_eq!(budget.charge(7), Ok(()));
    assert_eq!(budget.charge(4), Err(BudgetExhausted));
    assert_eq!(budget.charge(u64::MAX), Err(BudgetExhausted));
    assert_eq!((budget.used(), budget.left()), (7, 3));
    assert_eq!(budget.charge(3), Ok(()));
    assert_eq!(budget.charge(1), Err(BudgetExhausted));
    assert_eq!(budget.charge(0), Ok(()));
    assert_eq!(QueryBudget::resume(10, 11).charge(1), Err(BudgetExhausted));
    assert_eq!(QueryBudget::resume(10, 11).left(), 0);
}

#[test]
fn a_loss_in_bits_is_a_number_of_evaluations() {
    for (bits, limit) in [(0, 1), (1, 4), (16, 1 << 32), (31, 1 << 62)] {
        assert_eq!(QueryBudget::for_loss(bits).unwrap().left(), limit);
    }
    assert_eq!(
        QueryBudget::for_loss(32).err(),
        Some(FormatError::OutOfRange)
    );
}

#[test]
fn threads_together_charge_no_more_than_the_budget() {
    let (budget, charged) = (
        Arc::new(QueryBudget::new(10_000)),
        Arc::new(AtomicU64::new(0)),
    );
    thread::scope(|scope| {
        for _ in 0..8 {
            let (budget, charged) = (Arc::clone(&budget), Arc::clone(&charged));
            scope.spawn(move || {
                while budget.charge(3).is_ok() {
                    charged.fetch_add(3, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(
        (budget.used(), charged.load(Ordering::Relaxed)),
        (9_999, 9_999)
    );
}
