//! The store's thread schedules, explored by `shuttle`: every one of two threads, and some thousands of four.
//!
//! The code under test is the store itself, over shuttle's locks and counters. A store with a planted race goes through
//! the same scenario, to show that the exploration would find one.

use alloc::{collections::BTreeSet, sync::Arc};
use core::panic::AssertUnwindSafe;
use std::panic::catch_unwind;

use shuttle::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use super::{END, NOW, spend};
use crate::tokens::store::memory::Table;
use crate::tokens::store::sync::{Counter, Lock, Threads};
use crate::tokens::store::{CommitError, Hold, RedemptionStore, ReserveError, Spend};

/// Locks and counters at which shuttle changes threads.
struct Explored;

impl Threads for Explored {
    type Lock<T> = Mutex<T>;
    type Counter = AtomicUsize;
}

impl<T> Lock<T> for Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        f(&mut self.lock().unwrap())
    }
}

impl Counter for AtomicUsize {
    fn zero() -> Self {
        Self::new(0)
    }

    fn add_below(&self, limit: usize) -> bool {
        let step = |count| if count < limit { Some(count + 1) } else { None };
        self.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step)
            .is_ok()
    }

    fn subtract(&self, amount: usize) {
        assert!(
            self.fetch_sub(amount, Ordering::SeqCst) >= amount,
            "more taken away than added"
        );
    }

    fn value(&self) -> usize {
        self.load(Ordering::SeqCst)
    }
}

type ExploredTable = Table<Explored>;

fn run<S, O>(store: &Arc<S>, tasks: Vec<fn(&S) -> O>) -> Vec<O>
where
    S: Send + Sync + 'static,
    O: Send + 'static,
{
    let start = |task: fn(&S) -> O| {
        let store = Arc::clone(store);
        thread::spawn(move || task(&store))
    };
    let running: Vec<_> = tasks.into_iter().map(start).collect();
    running
        .into_iter()
        .map(|task| task.join().unwrap())
        .collect()
}

fn buy<S: RedemptionStore>(store: &S) -> bool {
    Hold::reserve(store, spend(1, 1, 0), END, NOW).is_ok_and(|hold| hold.commit().is_ok())
}

fn give_up<S: RedemptionStore>(store: &S) -> bool {
    drop(Hold::reserve(store, spend(1, 1, 0), END, NOW));
    false
}

/// Spends one use from several threads: at most one success, and exactly one when asked again.
fn spent_once<S: RedemptionStore + Send + Sync + 'static>(store: S, tasks: Vec<fn(&S) -> bool>) {
    let store = Arc::new(store);
    let bought = run(&store, tasks)
        .into_iter()
        .filter(|success| *success)
        .count();
    assert!(bought <= 1, "double spend");
    assert_eq!(buy(&*store), bought == 0, "spent exactly once in the end");
}

#[test]
fn no_schedule_of_two_threads_spends_twice() {
    shuttle::check_dfs(
        || spent_once(ExploredTable::new(1, 10), vec![buy, give_up]),
        None,
    );
    // With no one who gives up, one of them must succeed.
    let both = || {
        let store = Arc::new(ExploredTable::new(1, 10));
        let bought = run(&store, vec![buy, buy]);
        assert_eq!(bought.into_iter().filter(|success| *success).count(), 1);
    };
    shuttle::check_dfs(both, None);
}

#[test]
fn no_sampled_schedule_of_four_threads_spends_twice() {
    let tasks = || spent_once(ExploredTable::new(4, 10), vec![buy, buy, buy, give_up]);
    shuttle::check_random(tasks, 2_000);
    shuttle::check_pct(tasks, 2_000, 3);
}

#[test]
fn no_schedule_passes_the_capacity_or_miscounts() {
    fn other(store: &ExploredTable) -> bool {
        Hold::reserve(store, spend(1, 2, 0), END, NOW).is_ok_and(|hold| hold.commit().is_ok())
    }
    shuttle::check_dfs(
        || {
            let store = Arc::new(ExploredTable::new(1, 1));
            let bought = run(&store, vec![buy, other])
                .into_iter()
                .filter(|success| *success)
                .count();
            assert_eq!((bought, store.len()), (1, 1));
        },
        None,
    );
}

#[test]
fn no_schedule_revives_an_expired_key() {
    fn spend_early(store: &ExploredTable) -> bool {
        buy(store)
    }
    fn purge_twice(store: &ExploredTable) -> bool {
        store.purge(END);
        // The clock of this thread is behind: what may have been spent and forgotten must not be sold again.
        buy(store)
    }
    shuttle::check_dfs(
        || {
            let store = Arc::new(ExploredTable::new(1, 10));
            let bought = run(&store, vec![spend_early, purge_twice])
                .into_iter()
                .filter(|success| *success)
                .count();
            assert!(bought <= 1);
            store.purge(END);
            assert_eq!(store.len(), 0, "count and records agree");
        },
        None,
    );
}

#[test]
fn the_exploration_finds_a_planted_race() {
    let racing = || spent_once(CheckThenInsert::default(), vec![buy, buy]);
    let search = || {
        shuttle::check_dfs(racing, None);
    };
    let failure = catch_unwind(AssertUnwindSafe(search)).expect_err("the race must be found");
    let message = failure
        .downcast_ref::<String>()
        .map(String::as_str)
        .or(failure.downcast_ref::<&str>().copied());
    assert!(
        message.unwrap_or_default().contains("double spend"),
        "{message:?}"
    );
}

/// The planted bug: looks up under the lock, lets go of it, and inserts under the lock.
#[derive(Default)]
struct CheckThenInsert(Mutex<BTreeSet<Spend>>);

impl RedemptionStore for CheckThenInsert {
    fn reserve(&self, spend: &Spend, _: u64, _: u64) -> Result<(), ReserveError> {
        if self.0.lock().unwrap().contains(spend) {
            return Err(ReserveError::InFlight);
        }
        self.0.lock().unwrap().insert(*spend);
        Ok(())
    }

    fn commit(&self, _: &Spend) -> Result<(), CommitError> {
        Ok(())
    }

    fn release(&self, spend: &Spend) {
        self.0.lock().unwrap().remove(spend);
    }
}
