//! Many tasks at once.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;

use crate::account::Account;
use crate::charge::{Charge, Grant, Verdict};
use crate::conformance::check::{Checked, answered, charge, holds, same, same_each};
use crate::conformance::fixture::{start, with_claim};
use crate::conformance::harness::LedgerHarness;
use crate::conformance::threads::Gate;
use crate::ledger::Ledger;
use crate::rules::CLAIMS;

pub(super) async fn race(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let crowd = Crowd::open(harness, fixture.now).await?;
    for life in fixture.lives() {
        for _ in 0..ROUNDS {
            let account = fixture.account(life);
            let works = works(|_| Vec::from([fixture.one_of(account, LIMIT)]));
            let verdicts = crowd.at_once(works).await?;
            let mut used: Vec<u64> = verdicts.iter().flatten().filter_map(granted).collect();
            used.sort_unstable();
            // Three alone, and each has heard another number.
            same("granted", &used, &Vec::from([1, 2, 3]))?;
            same_used(&*ledger, &[account], LIMIT).await?;
        }
    }
    Ok(())
}

pub(super) async fn race_claim(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let crowd = Crowd::open(harness, fixture.now).await?;
    for life in fixture.lives() {
        for claim in [fixture.fresh(), fixture.public()] {
            let one = with_claim(fixture.one_of(fixture.account(life), 1), claim);
            let verdicts = crowd.at_once(works(|_| Vec::from([one]))).await?;
            let first = verdicts.iter().flatten().filter_map(granted).count();
            let again = verdicts.iter().flatten().filter(|it| is_again(it)).count();
            holds("first", &(first, again), first == 1 && again == TASKS - 1)?;
            same_used(&*ledger, &[one.account], 1).await?;
        }
    }
    Ok(())
}

pub(super) async fn race_batches(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let crowd = Crowd::open(harness, fixture.now).await?;
    for life in fixture.lives() {
        let accounts = [(); 16].map(|()| fixture.account(life));
        let works = works(|task| {
            let mut batch = accounts
                .map(|account| fixture.one_of(account, LIMIT))
                .to_vec();
            if task % 2 == 1 {
                batch.reverse();
            }
            batch
        });
        let verdicts = crowd.at_once(works).await?;
        let grants = verdicts.iter().flatten().filter_map(granted).count();
        same("grants", &grants, &(accounts.len() * 3))?;
        same_used(&*ledger, &accounts, LIMIT).await?;
    }
    Ok(())
}

/// Half of the tasks take back what they were granted, while the others are granted theirs: no more of an account than
/// is remembered.
pub(super) async fn race_refund(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    let crowd = Crowd::open(harness, fixture.now).await?;
    for life in fixture.lives() {
        for _ in 0..ROUNDS {
            let accounts = [(); TASKS / CLAIMS].map(|()| fixture.account(life));
            let mut next = accounts.into_iter().cycle();
            let mut works = works(|_| {
                let account = next.next();
                account
                    .map(|it| fixture.one_of(it, LIMIT * 10))
                    .into_iter()
                    .collect()
            });
            for work in works.iter_mut().take(TASKS / 2) {
                work.returns = true;
            }
            let verdicts = crowd.at_once(works).await?;
            let grants = verdicts.iter().flatten().filter_map(granted).count();
            same("grants", &grants, &TASKS)?;
            same_used(&*ledger, &accounts, 8).await?;
        }
    }
    Ok(())
}

/// What one task does.
struct Work {
    batch: Vec<Charge>,
    /// Whether it takes all of it back afterwards.
    returns: bool,
}

fn works(mut batch: impl FnMut(usize) -> Vec<Charge>) -> Vec<Work> {
    let work = |task| Work {
        batch: batch(task),
        returns: false,
    };
    (0..TASKS).map(work).collect()
}

async fn same_used(ledger: &dyn Ledger, accounts: &[Account], used: u64) -> Checked {
    let usage = answered("usage", ledger.usage(accounts).await)?;
    let seen: Vec<u64> = usage.iter().map(|usage| usage.used).collect();
    same_each("used", &seen, &vec![used; accounts.len()])
}

/// Handles for many tasks.
struct Crowd<'h> {
    harness: &'h dyn LedgerHarness,
    handles: Vec<Arc<dyn Ledger>>,
    now: Seconds,
}

impl<'h> Crowd<'h> {
    async fn open(harness: &'h dyn LedgerHarness, now: Seconds) -> Checked<Self> {
        let mut handles = Vec::new();
        for _ in 0..HANDLES {
            let handle = harness.open().await;
            handles.push(handle.map_err(|problem| format!("open: {problem}"))?);
        }
        Ok(Self {
            harness,
            handles,
            now,
        })
    }

    /// Does all of it at once, each by a task of its own.
    async fn at_once(&self, works: Vec<Work>) -> Checked<Vec<Vec<Verdict>>> {
        let count = works.len();
        let gate = Arc::new(Gate::new(count));
        let results = Arc::new(Mutex::new(Vec::new()));
        let works = works.into_iter().zip(self.handles.iter().cycle());
        let running: Vec<_> = works
            .map(|(work, handle)| {
                let task = Task {
                    ledger: Arc::clone(handle),
                    gate: Arc::clone(&gate),
                    results: Arc::clone(&results),
                };
                self.harness.spawn(Box::pin(task.run(self.now, work)))
            })
            .collect();
        for task in running {
            task.await;
        }
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        let verdicts: Checked<Vec<Vec<Verdict>>> = results.drain(..).collect();
        let verdicts = verdicts?;
        same("tasks that came to an end", &verdicts.len(), &count)?;
        Ok(verdicts)
    }
}

struct Task {
    ledger: Arc<dyn Ledger>,
    gate: Arc<Gate>,
    results: Arc<Mutex<Vec<Checked<Vec<Verdict>>>>>,
}

impl Task {
    async fn run(self, now: Seconds, work: Work) {
        self.gate.pass().await;
        let mut verdicts = charge(&*self.ledger, now, &work.batch).await;
        if work.returns {
            let refund = answered("refund", self.ledger.refund(&work.batch).await);
            verdicts = verdicts.and_then(|verdicts| refund.map(|()| verdicts));
        }
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.push(verdicts);
    }
}

/// What a new grant says of `used`.
const fn granted(verdict: &Verdict) -> Option<u64> {
    match verdict {
        Verdict::Granted(Grant {
            used, again: false, ..
        }) => Some(*used),
        _ => None,
    }
}

const fn is_again(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Granted(Grant { again: true, .. }))
}

const TASKS: usize = 64;
const HANDLES: usize = 4;
const ROUNDS: usize = 4;
const LIMIT: u64 = 3;
