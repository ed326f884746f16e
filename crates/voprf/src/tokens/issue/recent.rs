//! Which requests were answered lately.

use alloc::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The hashes of the last requests that were answered, a bounded number of them.
pub(super) struct Recent {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    order: VecDeque<[u8; 32]>,
    known: BTreeSet<[u8; 32]>,
}

impl Recent {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            state: Mutex::default(),
        }
    }

    /// Whether a hash is there.
    pub(super) fn knows(&self, hash: &[u8; 32]) -> bool {
        self.state().known.contains(hash)
    }

    /// Puts a hash in. The oldest leaves when there is no room.
    pub(super) fn insert(&self, hash: [u8; 32]) {
        let mut state = self.state();
        if !state.known.insert(hash) {
            return;
        }
        state.order.push_back(hash);
        while state.order.len() > self.limit {
            let Some(oldest) = state.order.pop_front() else {
                break;
            };
            state.known.remove(&oldest);
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code under this lock panics half-way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
