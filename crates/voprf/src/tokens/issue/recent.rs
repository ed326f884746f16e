//! Which requests were answered lately.

use alloc::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The hashes of the last requests that were answered, a bounded number of them, each with how often it came
/// again since.
pub(super) struct Recent {
    limit: usize,
    repeats: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    order: VecDeque<[u8; 32]>,
    known: BTreeMap<[u8; 32], u32>,
}

impl Recent {
    /// Remembers so many, each for so many repeats.
    pub(super) fn new(limit: usize, repeats: u32) -> Self {
        Self {
            limit,
            repeats,
            state: Mutex::default(),
        }
    }

    /// Whether a hash is there, and has not come too often.
    pub(super) fn comes_again(&self, hash: &[u8; 32]) -> bool {
        let mut state = self.state();
        match state.known.get_mut(hash) {
            Some(repeats) if *repeats < self.repeats => {
                *repeats = repeats.saturating_add(1);
                true
            }
            _ => false,
        }
    }

    /// Puts a hash in. The oldest leaves when there is no room.
    pub(super) fn insert(&self, hash: [u8; 32]) {
        let mut state = self.state();
        if state.known.contains_key(&hash) {
            return;
        }
        state.known.insert(hash, 0);
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
