//! Which requests were answered lately.

use alloc::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

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

    /// Puts a hash in; whether it was there. The oldest leaves when there is no room.
    pub(super) fn insert(&self, hash: [u8; 32]) -> bool {
        // No code under this lock panics half-way through a change.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !state.known.insert(hash) {
            return true;
        }
        state.order.push_back(hash);
        while state.order.len() > self.limit {
            let Some(oldest) = state.order.pop_front() else {
                break;
            };
            state.known.remove(&oldest);
        }
        false
    }
}
