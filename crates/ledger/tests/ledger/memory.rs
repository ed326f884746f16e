//! What memory holds, and what it does when it is full.

use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::conformance::block_on;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::rules::KEPT;
use milagro_ledger::{
    Account, Charge, Claim, Kind, Life, LocalLedger, Records, Unavailable, Verdict,
};

const NOW: Seconds = Seconds::new(1_800_000_000);

fn ledger(capacity: u64) -> MemoryLedger {
    MemoryLedger::init(&mut UnwrapErr(SysRng), capacity, NOW.minus(KEPT))
}

fn account(name: u64, until: Seconds) -> Account {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&name.to_be_bytes());
    let from = Some(NOW);
    Account::new(Kind::CHALLENGE, &digest, Life::Span { from, until })
}

fn one(account: Account) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh(&mut UnwrapErr(SysRng)),
    }
}

fn is_granted(ledger: &MemoryLedger, now: Seconds, charge: Charge) -> bool {
    matches!(ledger.charge(now, &[charge])[..], [Verdict::Granted(_)])
}

#[test]
fn a_full_ledger_knows_what_it_holds_and_takes_no_more() {
    let ledger = ledger(100);
    let until = NOW.plus(Seconds::minutes(5));
    let charges: Vec<Charge> = (0..100).map(|name| one(account(name, until))).collect();
    let verdicts = ledger.charge(NOW, &charges);
    assert!(verdicts.iter().all(|it| matches!(it, Verdict::Granted(_))));
    let other = one(account(100, until));
    assert_eq!(ledger.charge(NOW, &[other]), [Verdict::Full]);
    for charge in &charges {
        assert!(is_granted(&ledger, NOW, *charge), "again");
        let once_more = one(charge.account);
        let verdict = ledger.charge(NOW, &[once_more])[0];
        assert!(matches!(verdict, Verdict::Exhausted { .. }));
    }
    assert_eq!(ledger.len(), 100);
    // What is given back makes room, and so does what is cleared.
    assert_eq!(ledger.refund(&charges[..1]), Ok(()));
    assert!(is_granted(&ledger, NOW, other));
    assert_eq!(ledger.charge(NOW, &charges[..1]), [Verdict::Full]);
}

#[test]
fn what_is_cleared_makes_room() {
    let ledger = ledger(1);
    let [one, other] = [1, 2].map(|name| {
        let account = Account::new(Kind::ATTEMPT, &[name; 32], Life::Lasting);
        one(account)
    });
    assert!(is_granted(&ledger, NOW, one));
    assert_eq!(ledger.charge(NOW, &[other]), [Verdict::Full]);
    // No time does.
    let late = NOW.plus(Seconds::days(40_000));
    assert_eq!(ledger.charge(late, &[other]), [Verdict::Full]);
    assert_eq!(ledger.clear(&[one.account]), Ok(()));
    assert!(is_granted(&ledger, NOW, other));
}

#[test]
fn what_is_worthless_for_48_hours_makes_room_of_itself() {
    let ledger = ledger(2);
    // The first and the last second of one hour.
    let hour = Seconds::new(NOW.get() / 3600 * 3600 + 3600);
    let last = hour.plus(Seconds::new(3599));
    let charges = [one(account(1, hour)), one(account(2, last))];
    for charge in charges {
        assert!(is_granted(&ledger, NOW, charge));
    }
    let new = one(account(3, NOW.plus(Seconds::days(9))));
    for full in [NOW, hour.plus(KEPT), last.plus(KEPT)] {
        assert_eq!(ledger.charge(full, &[new]), [Verdict::Full], "{full:?}");
        assert_eq!(ledger.len(), 2);
    }
    let free = last.plus(KEPT).plus(Seconds::new(1));
    assert!(is_granted(&ledger, free, new));
    assert_eq!(ledger.len(), 1);
    assert_eq!(ledger.charge(NOW, &charges), [Verdict::Over; 2]);
}

#[test]
fn another_kind_makes_no_room() {
    let ledger = ledger(1);
    let until = NOW.plus(Seconds::minutes(5));
    assert!(is_granted(&ledger, NOW, one(account(1, until))));
    let late = NOW.plus(Seconds::days(30));
    let other = Account::new(Kind::SIGNATURE, &[2; 32], Life::Lasting);
    assert_eq!(ledger.charge(late, &[one(other)]), [Verdict::Full]);
    let known = one(account(1, until));
    let verdict = ledger.charge(NOW, &[known])[0];
    assert!(matches!(verdict, Verdict::Exhausted { .. }));
}

#[test]
fn threads_share_the_room_and_each_thing_is_used_once() {
    let ledger = ledger(1_000);
    let until = NOW.plus(Seconds::minutes(5));
    let granted = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for name in 0..1_500 {
                    if is_granted(&ledger, NOW, one(account(name, until))) {
                        granted.fetch_add(1, Ordering::SeqCst);
                    }
                }
            });
        }
    });
    assert_eq!(granted.into_inner(), 1_000);
    assert_eq!(ledger.len(), 1_000);
}

#[test]
fn a_snapshot_is_a_copy() {
    let rng = &mut UnwrapErr(SysRng);
    let ledger = ledger(10);
    let long = NOW.plus(Seconds::days(9));
    let [lasting, guess] = [Kind::ATTEMPT_LONG, Kind::ATTEMPT]
        .map(|kind| one(Account::new(kind, &[1; 32], Life::Lasting)));
    assert!(is_granted(&ledger, NOW, lasting));
    assert!(is_granted(&ledger, NOW, guess));
    let snapshot = ledger.snapshot();
    assert!(is_granted(&ledger, NOW, one(account(1, long))));
    let copies = [(); 2].map(|()| MemoryLedger::restore(rng, snapshot.clone(), NOW));
    for copy in &copies {
        assert_ne!(copy.id(), ledger.id());
        assert_eq!(copy.len(), 2);
        let more = Charge {
            limit: u64::MAX,
            ..guess
        };
        assert!(!is_granted(copy, NOW, more), "guesses are used up");
        let verdict = copy.charge(NOW, &[lasting])[0];
        assert!(matches!(verdict, Verdict::Granted(grant) if grant.again));
        assert_eq!(copy.charge(NOW, &[one(account(1, long))]), [Verdict::Over]);
    }
    assert_ne!(copies[0].id(), copies[1].id());
}

#[test]
fn debug_shows_no_claim() {
    let ledger = ledger(10);
    let claim = Claim::public([0xab; 32]);
    let charge = Charge {
        claim,
        ..one(account(1, NOW.plus(KEPT)))
    };
    assert!(is_granted(&ledger, NOW, charge));
    let shown = format!("{ledger:?} {:?}", ledger.snapshot());
    assert!(shown.ends_with("len: 1, .. } Snapshot { .. }"), "{shown}");
    assert!(!shown.contains("171, 171, 171"), "{shown}");
}

const fn entry<'a>(key: &'a [u8], value: &'a [u8]) -> Entry<'a> {
    Entry {
        kind: Kind::new(128),
        key,
        value,
        expected: None,
        until: None,
    }
}

fn put(records: &MemoryRecords, entry: Entry<'_>) -> Result<Put, Unavailable> {
    block_on(records.put(entry))
}

#[test]
fn full_records_take_no_more() {
    let records = MemoryRecords::new(2 * 128 + 30);
    let first = Version(1);
    assert_eq!(put(&records, entry(b"a", &[0; 10])), Ok(Put::Stored(first)));
    assert!(put(&records, entry(b"b", &[0; 18])).is_ok());
    assert_eq!(put(&records, entry(b"c", b"")), Err(Unavailable));
    let longer = Entry {
        expected: Some(first),
        ..entry(b"a", &[0; 11])
    };
    assert_eq!(put(&records, longer), Err(Unavailable));
    let value = block_on(records.get(Kind::new(128), &[b"a"])).unwrap();
    assert_eq!(value[0].as_ref().map(|record| record.value.len()), Some(10));
    // Shorter goes, and makes room.
    let shorter = Entry {
        value: &[],
        ..longer
    };
    let Ok(Put::Stored(version)) = put(&records, shorter) else {
        panic!("there is room");
    };
    let longer = Entry {
        expected: Some(version),
        value: &[0; 10],
        ..longer
    };
    let Ok(Put::Stored(version)) = put(&records, longer) else {
        panic!("there is room");
    };
    assert_eq!(records.len(), 2);
    // So does what is deleted.
    assert_eq!(put(&records, entry(b"c", b"")), Err(Unavailable));
    let gone = block_on(records.delete(Kind::new(128), b"a", version));
    assert_eq!(gone, Ok(Put::Stored(version)));
    assert!(put(&records, entry(b"c", &[0; 10])).is_ok());
    assert_eq!(put(&records, entry(b"d", b"")), Err(Unavailable));
}

#[test]
fn records_are_forgotten_when_they_are_worthless_for_48_hours() {
    let records = MemoryRecords::new(2 * (128 + 1));
    for (key, until) in [(b"a", Some(NOW)), (b"b", None)] {
        let entry = Entry {
            until,
            ..entry(key, b"")
        };
        assert!(put(&records, entry).is_ok());
    }
    records.forget(NOW.plus(KEPT).minus(Seconds::new(1)));
    assert_eq!(records.len(), 2);
    records.forget(NOW.plus(KEPT));
    assert_eq!(records.len(), 1);
    // Its room is free, and its version is not used again.
    assert_eq!(put(&records, entry(b"a", b"")), Ok(Put::Stored(Version(3))));
    assert!(!records.is_empty());
}
