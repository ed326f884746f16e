//! Records in memory.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_base::Seconds;

use crate::kind::Kind;
use crate::ledger::{Answer, Unavailable};
use crate::records::{Entry, Page, Put, Record, Records, Version};
use crate::rules;

/// Records in memory, for any number of threads of one process.
///
/// They have room for a fixed number of bytes, where a record takes its key, its value and 128 bytes more; one
/// that finds no room is [`Unavailable`]. No clock is read here, so records that may be forgotten are dropped by [`Self::forget`].
pub struct MemoryRecords {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    kinds: BTreeMap<Kind, BTreeMap<Vec<u8>, Kept>>,
    bytes: usize,
    /// The latest version of any key: each write has the next one.
    version: u64,
}

struct Kept {
    record: Record,
    until: Option<Seconds>,
}

impl MemoryRecords {
    /// No records, with room for `capacity` bytes.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            state: Mutex::default(),
        }
    }

    /// Drops the records that nobody needs at `now`: those whose `until` is 48 hours past.
    pub fn forget(&self, now: Seconds) {
        let state = &mut *self.state();
        let floor = rules::floor(now);
        for records in state.kinds.values_mut() {
            records.retain(|key, kept| {
                let keep = kept.until.is_none_or(|until| until > floor);
                if !keep {
                    state.bytes = state.bytes.saturating_sub(kept.size(key));
                }
                keep
            });
        }
    }

    /// How many records there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.state().kinds.values().map(BTreeMap::len).sum()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state is consistent between any two statements that could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn size(&self, key: &[u8]) -> usize {
        size(key, &self.record.value)
    }
}

impl State {
    fn get(&self, kind: Kind, key: &[u8]) -> Option<&Kept> {
        self.kinds.get(&kind)?.get(key)
    }

    fn put(&mut self, entry: &Entry<'_>, capacity: usize) -> Result<Put, Unavailable> {
        if !entry.is_in_bounds() {
            return Err(Unavailable);
        }
        let known = self.get(entry.kind, entry.key);
        let version = known.map(|kept| kept.record.version);
        if version != entry.expected {
            return Ok(Put::Conflict(version));
        }
        let freed = known.map_or(0, |kept| kept.size(entry.key));
        let bytes = self.bytes.saturating_sub(freed);
        let bytes = bytes.saturating_add(size(entry.key, entry.value));
        let next = self.version.checked_add(1).ok_or(Unavailable)?;
        if bytes > capacity {
            return Err(Unavailable);
        }
        let record = Record {
            value: entry.value.to_vec(),
            version: Version(next),
        };
        let until = entry.until;
        let records = self.kinds.entry(entry.kind).or_default();
        records.insert(entry.key.to_vec(), Kept { record, until });
        self.bytes = bytes;
        self.version = next;
        Ok(Put::Stored(Version(next)))
    }

    fn delete(&mut self, kind: Kind, key: &[u8], expected: Version) -> Put {
        let version = self.get(kind, key).map(|kept| kept.record.version);
        if version != Some(expected) {
            return Put::Conflict(version);
        }
        let records = self.kinds.get_mut(&kind);
        if let Some(kept) = records.and_then(|records| records.remove(key)) {
            self.bytes = self.bytes.saturating_sub(kept.size(key));
        }
        Put::Stored(expected)
    }

    fn list(&self, kind: Kind, prefix: &[u8], after: &[u8], limit: u16) -> Page {
        let start = if after < prefix {
            Bound::Included(prefix)
        } else {
            Bound::Excluded(after)
        };
        let records = self.kinds.get(&kind);
        let mut found = records
            .into_iter()
            .flat_map(|records| records.range::<[u8], _>((start, Bound::Unbounded)))
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix));
        Page {
            keys: found.by_ref().take(usize::from(limit)).cloned().collect(),
            more: found.next().is_some(),
        }
    }
}

impl Records for MemoryRecords {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(async move {
            let state = self.state();
            Ok(keys
                .iter()
                .map(|key| state.get(kind, key))
                .map(|kept| kept.map(|kept| kept.record.clone()))
                .collect())
        })
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move { self.state().put(&entry, self.capacity) })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move { Ok(self.state().delete(kind, key, expected)) })
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(async move { Ok(self.state().list(kind, prefix, after, limit)) })
    }
}

/// The room that a record takes.
fn size(key: &[u8], value: &[u8]) -> usize {
    let bytes = key.len().saturating_add(value.len());
    bytes.saturating_add(OVERHEAD)
}

impl fmt::Debug for MemoryRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRecords")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// Roughly what a record takes besides its bytes.
const OVERHEAD: usize = 128;
