//! Several handles, restarts, and many tasks at once.

use alloc::boxed::Box;
use alloc::format;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use crate::conformance::check::{Checked, answered, same};
use crate::conformance::fixture::{KINDS, start_records};
use crate::conformance::harness::RecordsHarness;
use crate::conformance::records::entries::{create, entry, read, stored};
use crate::conformance::threads::Gate;
use crate::records::{Entry, Put, Records, Version};

pub(super) async fn reopen(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    for key in [b"a", b"b", b"c"] {
        create(&*records, key, key).await?;
    }
    let before = all(&*records).await?;
    drop(records);
    let records = harness.reopen().await;
    let records = records.map_err(|problem| format!("reopen: {problem}"))?;
    same("records after a restart", &all(&*records).await?, &before)
}

pub(super) async fn handles(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let other = harness.open().await;
    let other = other.map_err(|problem| format!("open: {problem}"))?;
    let first = create(&*records, b"a", b"first").await?;
    let over = Entry {
        expected: Some(first),
        ..entry(b"a", b"second")
    };
    let second = stored(answered("put", other.put(over).await)?)?;
    let seen = answered("put", records.put(over).await)?;
    same("put by the other", &seen, &Put::Conflict(Some(second)))?;
    same("both", &all(&*records).await?, &all(&*other).await?)?;
    let gone = records.delete(KINDS[0], b"a", second).await;
    stored(answered("delete", gone)?)?;
    same("record", &read(&*other, b"a").await?, &None)
}

pub(super) async fn race_put(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let crowd = Crowd::open(harness).await?;
    let mut expected = None;
    for _ in 0..ROUNDS {
        let outcomes = crowd.at_once(expected, 0).await?;
        let stored: Vec<Version> = outcomes.iter().filter_map(version).collect();
        same("writes over one edition", &stored.len(), &1)?;
        expected = stored.first().copied();
        let seen = read(&*records, KEY).await?;
        same("edition", &seen.map(|record| record.version), &expected)?;
    }
    Ok(())
}

pub(super) async fn race_delete(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let crowd = Crowd::open(harness).await?;
    for deleters in [TASKS / 2, TASKS - 1, TASKS, TASKS / 2] {
        let first = match read(&*records, KEY).await? {
            Some(record) => record.version,
            None => create(&*records, KEY, b"first").await?,
        };
        let outcomes = crowd.at_once(Some(first), deleters).await?;
        let stored: Vec<Version> = outcomes.iter().filter_map(version).collect();
        same("changes of one edition", &stored.len(), &1)?;
        // Who deletes is told the edition that is gone.
        let left = stored.into_iter().find(|version| *version != first);
        let seen = read(&*records, KEY).await?;
        same("edition", &seen.map(|record| record.version), &left)?;
    }
    Ok(())
}

/// Handles for many tasks.
struct Crowd<'h> {
    harness: &'h dyn RecordsHarness,
    handles: Vec<Arc<dyn Records>>,
}

impl<'h> Crowd<'h> {
    async fn open(harness: &'h dyn RecordsHarness) -> Checked<Self> {
        let mut handles = Vec::new();
        for _ in 0..HANDLES {
            let handle = harness.open().await;
            handles.push(handle.map_err(|problem| format!("open: {problem}"))?);
        }
        Ok(Self { harness, handles })
    }

    /// 64 tasks at one edition: so many of them delete it, the others write over it.
    async fn at_once(&self, expected: Option<Version>, deleters: usize) -> Checked<Vec<Put>> {
        let gate = Arc::new(Gate::new(TASKS));
        let results = Arc::new(Mutex::new(Vec::new()));
        let mut running = Vec::new();
        let numbers = (0..TASKS).zip(0_u64..);
        for ((place, number), handle) in numbers.zip(self.handles.iter().cycle()) {
            let task = Task {
                records: Arc::clone(handle),
                gate: Arc::clone(&gate),
                results: Arc::clone(&results),
                deletes: expected.filter(|_| place < deleters),
            };
            let value = number.to_be_bytes();
            let task = Box::pin(task.run(expected, value));
            running.push(self.harness.spawn(task));
        }
        for task in running {
            task.await;
        }
        let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
        let outcomes: Checked<Vec<Put>> = results.drain(..).collect();
        let outcomes = outcomes?;
        same("tasks that came to an end", &outcomes.len(), &TASKS)?;
        Ok(outcomes)
    }
}

struct Task {
    records: Arc<dyn Records>,
    gate: Arc<Gate>,
    results: Arc<Mutex<Vec<Checked<Put>>>>,
    /// The edition that it deletes, if it does.
    deletes: Option<Version>,
}

impl Task {
    async fn run(self, expected: Option<Version>, value: [u8; 8]) {
        self.gate.pass().await;
        let entry = Entry {
            expected,
            ..entry(KEY, &value)
        };
        let outcome = match self.deletes {
            None => answered("put", self.records.put(entry).await),
            Some(version) => {
                let gone = self.records.delete(KINDS[0], KEY, version).await;
                answered("delete", gone)
            }
        };
        let mut results = self.results.lock().unwrap_or_else(PoisonError::into_inner);
        results.push(outcome);
    }
}

/// Keys and values of all records.
async fn all(records: &dyn Records) -> Checked<Vec<(Vec<u8>, Option<(Vec<u8>, Version)>)>> {
    let page = answered("list", records.list(KINDS[0], b"", b"", u16::MAX).await)?;
    let mut all = Vec::new();
    for key in page.keys {
        let record = read(records, &key).await?;
        all.push((key, record.map(|record| (record.value, record.version))));
    }
    Ok(all)
}

const fn version(put: &Put) -> Option<Version> {
    match put {
        Put::Stored(version) => Some(*version),
        Put::Conflict(_) => None,
    }
}

const KEY: &[u8] = b"key";
const TASKS: usize = 64;
const HANDLES: usize = 4;
const ROUNDS: usize = 4;
