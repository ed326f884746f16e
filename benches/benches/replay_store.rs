//! The store of one-pass proofs and signatures of the first version of `milagro-mpin`, which the ledger replaces.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What came of recording a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Recorded {
    /// The key was not known, and is now.
    New,
    /// The key was known.
    Known,
    /// There is no room to remember it.
    Full,
}

/// A store in memory with a fixed number of places.
#[derive(Debug)]
pub(crate) struct MemoryReplayStore {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    until: HashMap<[u8; 32], u64>,
    /// No key expires before this, so there is no use in looking for one.
    next_expiry: u64,
}

impl MemoryReplayStore {
    /// Room for this many keys, at least one.
    pub(crate) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            state: Mutex::default(),
        }
    }

    /// Remembers the key until `until`.
    pub(crate) fn record(&self, key: [u8; 32], until: u64, now: u64) -> Recorded {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.until.get(&key).is_some_and(|until| now < *until) {
            return Recorded::Known;
        }
        if state.until.len() >= self.capacity && state.next_expiry <= now {
            state.until.retain(|_, until| now < *until);
            state.next_expiry = state.until.values().copied().min().unwrap_or(u64::MAX);
        }
        if state.until.len() >= self.capacity {
            return Recorded::Full;
        }
        state.next_expiry = state.next_expiry.min(until);
        state.until.insert(key, until);
        Recorded::New
    }
}
