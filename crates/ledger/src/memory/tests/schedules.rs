//! The table's thread schedules, explored by `shuttle`: every one of two threads, and some thousands of four.
//!
//! The code under test is the table itself, over shuttle's locks and counters. A table with a planted race goes
//! through the same scenario, to show that the exploration would find one.

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use milagro_base::Seconds;
use shuttle::sync::Mutex;
use shuttle::sync::atomic::{AtomicU64, Ordering};
use shuttle::thread;

use crate::account::{Account, Life};
use crate::charge::{Charge, Claim, Grant, Verdict};
use crate::kind::Kind;
use crate::memory::sync::{Counter, Lock, Threads};
use crate::memory::table::{Contents, Table};
use crate::rules::KEPT;

const NOW: Seconds = Seconds::new(1_800_000_000);
const UNTIL: Seconds = NOW.plus(Seconds::minutes(5));

/// When everything of [`UNTIL`] is forgotten, with all of its hour.
const OVER: Seconds = UNTIL.plus(KEPT).plus(Seconds::hours(1));

/// Locks and counters at which shuttle changes threads.
struct Explored;

impl Threads for Explored {
    type Lock<T> = Mutex<T>;
    type Counter = AtomicU64;
}

impl<T> Lock<T> for Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        f(&mut self.lock().unwrap())
    }
}

impl Counter for AtomicU64 {
    fn new(value: u64) -> Self {
        Self::new(value)
    }

    fn add_up_to(&self, limit: u64) -> bool {
        let step = |count| if count < limit { Some(count + 1) } else { None };
        self.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step)
            .is_ok()
    }

    fn subtract(&self, amount: u64) {
        assert!(
            self.fetch_sub(amount, Ordering::SeqCst) >= amount,
            "more taken away than added"
        );
    }

    fn raise(&self, value: u64) {
        if self.load(Ordering::SeqCst) < value {
            self.fetch_max(value, Ordering::SeqCst);
        }
    }

    fn value(&self) -> u64 {
        self.load(Ordering::SeqCst)
    }
}

/// What the scenarios need of a table.
trait Charged: Send + Sync + 'static {
    fn charge(&self, now: Seconds, charge: &Charge) -> Verdict;
}

impl Charged for Table<Explored> {
    fn charge(&self, now: Seconds, charge: &Charge) -> Verdict {
        Self::charge(self, now, charge)
    }
}

/// Under known keys, since schedules have to be the same each time, and with one shard, so that they are few.
fn table(capacity: u64) -> Arc<Table<Explored>> {
    let contents = Contents::known(capacity, NOW.minus(Seconds::hours(1)));
    Arc::new(Table::new(contents))
}

fn account(name: u8) -> Account {
    let from = Some(NOW);
    let until = UNTIL;
    Account::new(Kind::ONE_PASS, &[name; 32], Life::Span { from, until })
}

fn charge(name: u8, claim: u8) -> Charge {
    Charge {
        account: account(name),
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh_from([claim; 32]),
    }
}

fn run<O: Send + 'static>(tasks: Vec<Box<dyn FnOnce() -> O + Send>>) -> Vec<O> {
    let running: Vec<_> = tasks.into_iter().map(thread::spawn).collect();
    running.into_iter().map(|it| it.join().unwrap()).collect()
}

fn is_first(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Granted(Grant { again: false, .. }))
}

/// Charges one thing from several threads, some of which forget: one alone is granted it.
fn used_once<T: Charged>(table: &Arc<T>, clocks: &[Seconds]) {
    let tasks = clocks.iter().zip(1..).map(|(now, claim)| {
        let (table, now) = (Arc::clone(table), *now);
        let task: Box<dyn FnOnce() -> Verdict + Send> =
            Box::new(move || table.charge(now, &charge(1, claim)));
        task
    });
    let verdicts = run(tasks.collect());
    let first = verdicts.iter().filter(|it| is_first(it)).count();
    assert!(first <= 1, "granted twice");
    if clocks.iter().all(|now| *now == NOW) {
        assert_eq!(first, 1, "granted to nobody");
    }
}

#[test]
fn no_schedule_of_two_threads_grants_twice() {
    shuttle::check_dfs(|| used_once(&table(10), &[NOW, NOW]), None);
}

#[test]
fn no_sampled_schedule_of_four_threads_grants_twice() {
    let tasks = || used_once(&table(10), &[NOW, NOW, OVER, NOW]);
    shuttle::check_random(tasks, 2_000);
    shuttle::check_pct(tasks, 2_000, 3);
}

#[test]
fn no_schedule_brings_back_what_was_forgotten() {
    fn forget(table: &Table<Explored>) -> bool {
        let far = Life::Span {
            from: None,
            until: OVER.plus(KEPT),
        };
        let mut ahead = charge(2, 2);
        ahead.account = Account::new(Kind::ONE_PASS, &[2; 32], far);
        // Full of the first, so this one forgets.
        let verdict = table.charge(OVER, &ahead);
        assert!(is_first(&verdict), "{verdict:?}");
        false
    }
    shuttle::check_dfs(
        || {
            let table = table(1);
            assert!(is_first(&table.charge(NOW, &charge(1, 1))));
            let (one, other) = (Arc::clone(&table), Arc::clone(&table));
            // The clock of the second is behind.
            let granted = run(vec![
                Box::new(move || forget(&one)),
                Box::new(move || is_first(&other.charge(NOW, &charge(1, 3)))),
            ]);
            assert_eq!(granted, [false, false], "granted twice");
            assert_eq!(table.len(), 1, "count and accounts agree");
        },
        None,
    );
}

#[test]
fn no_schedule_passes_the_capacity() {
    shuttle::check_dfs(
        || {
            let table = table(1);
            let tasks = [1, 2].map(|name| {
                let table = Arc::clone(&table);
                let task: Box<dyn FnOnce() -> bool + Send> =
                    Box::new(move || is_first(&table.charge(NOW, &charge(name, name))));
                task
            });
            let granted = run(tasks.into());
            assert_ne!(granted[0], granted[1], "there was room for one");
            assert_eq!(table.len(), 1, "count and accounts agree");
        },
        None,
    );
}

#[test]
fn no_schedule_miscounts_what_is_given_back() {
    shuttle::check_dfs(
        || {
            let table = table(1);
            assert!(is_first(&table.charge(NOW, &charge(1, 1))));
            let (one, other) = (Arc::clone(&table), Arc::clone(&table));
            let tasks: Vec<Box<dyn FnOnce() + Send>> = vec![
                Box::new(move || one.refund(&charge(1, 1))),
                Box::new(move || other.refund(&charge(1, 1))),
            ];
            run(tasks);
            assert_eq!(table.len(), 0, "count and accounts agree");
        },
        None,
    );
}

#[test]
fn no_schedule_gives_back_what_was_answered_again() {
    shuttle::check_dfs(
        || {
            let table = table(10);
            let mut public = charge(1, 1);
            public.claim = Claim::public([1; 32]);
            assert!(is_first(&table.charge(NOW, &public)));
            let (one, other) = (Arc::clone(&table), Arc::clone(&table));
            let tasks: Vec<Box<dyn FnOnce() -> Option<Verdict> + Send>> = vec![
                Box::new(move || {
                    one.refund(&public);
                    None
                }),
                Box::new(move || Some(other.charge(NOW, &public))),
            ];
            let verdicts = run(tasks);
            // Either the refund came first and this is a first, or it came too late. It is counted in both.
            assert!(matches!(verdicts[..], [None, Some(Verdict::Granted(_))]));
            assert_eq!(table.usage(&public.account).used, 1);
        },
        None,
    );
}

#[test]
fn the_exploration_finds_a_planted_race() {
    let racing = || used_once(&Arc::new(CheckThenInsert::default()), &[NOW, NOW]);
    let search = || {
        shuttle::check_dfs(racing, None);
    };
    let failure = catch_unwind(AssertUnwindSafe(search)).expect_err("the race must be found");
    let message = failure
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(failure.downcast_ref::<&str>().copied());
    assert!(
        message.unwrap_or_default().contains("granted twice"),
        "{message:?}"
    );
}

/// The planted fault: looks under the lock, lets go of it, and writes under the lock.
#[derive(Default)]
struct CheckThenInsert(Mutex<Vec<[u8; 32]>>);

impl Charged for CheckThenInsert {
    fn charge(&self, now: Seconds, charge: &Charge) -> Verdict {
        let hash = charge.account.hash();
        if self.0.lock().unwrap().contains(hash) {
            let last = Some(now);
            return Verdict::Exhausted { used: 1, last };
        }
        self.0.lock().unwrap().push(*hash);
        Verdict::Granted(Grant {
            used: 1,
            previous: None,
            again: false,
        })
    }
}
