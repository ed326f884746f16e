//! Where a server remembers what it has taken, when no challenge of its own made it fresh.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use milagro_curve::Transcript;

/// What is remembered of a proof: 32 bytes, a hash of domain, identity and U for one that was taken,
/// and of everything in y and V for one that showed a mistyped PIN.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ReplayKey([u8; 32]);

impl ReplayKey {
    /// What a transcript that holds U gives.
    pub(crate) fn from_transcript(transcript: &Transcript) -> Self {
        Self(transcript.bytes("key"))
    }

    /// The 32 bytes, for a database.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; 32] {
        self.0
    }
}

/// Remembers keys until a time. All servers of one name must share one store, and it must outlive a
/// restart: what it forgets too early can be replayed.
pub trait ReplayStore {
    /// Remembers the key until `until`, in seconds; one call for a key gets [`Recorded::New`], however
    /// many run at once. A store that cannot answer must answer [`Recorded::Full`].
    fn record(&self, key: ReplayKey, until: u64, now: u64) -> Recorded;
}

/// What came of recording a key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Recorded {
    /// The key was not known, and is now.
    New,
    /// The key was known.
    Known,
    /// There is no room to remember it.
    Full,
}

/// A store in memory with a fixed number of places. What has expired makes room; what has not is never
/// forgotten, so a store that is full of it refuses.
#[derive(Debug)]
pub struct MemoryReplayStore {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    until: HashMap<ReplayKey, u64>,
    /// No key expires before this, so there is no use in looking for one.
    next_expiry: u64,
}

impl MemoryReplayStore {
    /// Room for this many keys, at least one: logins a second times the window in seconds.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            state: Mutex::default(),
        }
    }
}

impl ReplayStore for MemoryReplayStore {
    fn record(&self, key: ReplayKey, until: u64, now: u64) -> Recorded {
        // The state is consistent between any two statements that could panic.
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
