//! Many tasks at once.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;

use crate::charge::{Charge, Grant, Verdict};
use crate::conformance::check::{Checked, answered, charge, holds, same};
use crate::conformance::fixture::{start, with_claim};
use crate::conformance::harness::LedgerHarness;
use crate::conformance::threads::Gate;
use crate::ledger::Ledger;

pub(super) async fn race(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    for life in fixture.lives() {
        for _ in 0..ROUNDS {
            let account = fixture.account(life);
            let batches = tasks(|_| Vec::from([fixture.one_of(account, LIMIT)]));
            let verdicts = at_once(harness, fixture.now, batches).await?;
            let mut used: Vec<u64> = verdicts.iter().flatten().filter_map(granted).collect();
            used.sort_unstable();
            // Three alone, and each has heard another number.
            same("granted", &used, &Vec::from([1, 2, 3]))?;
            let usage = answered("usage", ledger.usage(&[account]).await)?;
            let used: Vec<u64> = usage.iter().map(|usage| usage.used).collect();
            same("used", &used, &Vec::from([LIMIT]))?;
        }
    }
    Ok(())
}

pub(super) async fn race_claim(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    for life in fixture.lives() {
        for claim in [fixture.fresh(), fixture.public()] {
            let one = with_claim(fixture.one_of(fixture.account(life), 1), claim);
            let batches = tasks(|_| Vec::from([one]));
            let verdicts = at_once(harness, fixture.now, batches).await?;
            let first = verdicts.iter().flatten().filter_map(granted).count();
            let again = verdicts.iter().flatten().filter(|it| is_again(it)).count();
            holds("first", &(first, again), first == 1 && again == TASKS - 1)?;
            let usage = answered("usage", ledger.usage(&[one.account]).await)?;
            let used: Vec<u64> = usage.iter().map(|usage| usage.used).collect();
            same("used", &used, &Vec::from([1]))?;
        }
    }
    Ok(())
}

pub(super) async fn race_batches(harness: &dyn LedgerHarness) -> Checked {
    let (ledger, fixture) = start(harness).await?;
    for life in fixture.lives() {
        let accounts = [(); 16].map(|()| fixture.account(life));
        let batches = tasks(|task| {
            let mut batch = accounts
                .map(|account| fixture.one_of(account, LIMIT))
                .to_vec();
            if task % 2 == 1 {
                batch.reverse();
            }
            batch
        });
        let verdicts = at_once(harness, fixture.now, batches).await?;
        let grants = verdicts.iter().flatten().filter_map(granted).count();
        same("grants", &grants, &(accounts.len() * 3))?;
        let usage = answered("usage", ledger.usage(&accounts).await)?;
        let exact = usage.iter().all(|usage| usage.used == LIMIT);
        holds("usage", &usage, exact)?;
    }
    Ok(())
}

fn tasks(batch: impl FnMut(usize) -> Vec<Charge>) -> Vec<Vec<Charge>> {
    (0..TASKS).map(batch).collect()
}

/// Charges the batches at once, each by a task and a handle of its own.
async fn at_once(
    harness: &dyn LedgerHarness,
    now: Seconds,
    batches: Vec<Vec<Charge>>,
) -> Checked<Vec<Vec<Verdict>>> {
    let gate = Arc::new(Gate::new(batches.len()));
    let results = Arc::new(Mutex::new(Vec::new()));
    let count = batches.len();
    let mut handles = Vec::new();
    for _ in 0..HANDLES {
        let handle = harness.open().await;
        handles.push(handle.map_err(|problem| format!("open: {problem}"))?);
    }
    let running: Vec<_> = batches
        .into_iter()
        .zip(handles.iter().cycle())
        .map(|(batch, handle)| {
            let task = Task {
                ledger: Arc::clone(handle),
                gate: Arc::clone(&gate),
                results: Arc::clone(&results),
            };
            harness.spawn(Box::pin(task.run(now, batch)))
        })
        .collect();
    drop(handles);
    for task in running {
        task.await;
    }
    let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
    let verdicts: Checked<Vec<Vec<Verdict>>> = results.drain(..).collect();
    let verdicts = verdicts?;
    same("tasks that came to an end", &verdicts.len(), &count)?;
    Ok(verdicts)
}

struct Task {
    ledger: Arc<dyn Ledger>,
    gate: Arc<Gate>,
    results: Arc<Mutex<Vec<Checked<Vec<Verdict>>>>>,
}

impl Task {
    async fn run(self, now: Seconds, batch: Vec<Charge>) {
        self.gate.pass().await;
        let verdicts = charge(&*self.ledger, now, &batch).await;
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
