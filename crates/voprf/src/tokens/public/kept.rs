//! Keys that are kept prepared.

use alloc::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::tokens::public::epoch::EpochKey;
use crate::tokens::timetable::Epoch;

/// The keys under which tokens were proven last, at most [`Self::MAX`] of them.
///
/// What is only asked for changes nothing here, so whoever has no good token drives no key out. Nothing is computed
/// under the lock.
#[derive(Default)]
pub(super) struct KeptKeys(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    keys: BTreeMap<Epoch, Used>,
    /// How many tokens were proven.
    proven: u64,
}

struct Used {
    key: EpochKey,
    /// The number of the last token that was proven under it.
    last: u64,
}

impl KeptKeys {
    /// A timetable with more epochs that are redeemed at one time has keys prepared again and again.
    pub(super) const MAX: usize = 64;

    pub(super) fn get(&self, epoch: Epoch) -> Option<EpochKey> {
        let kept = self.lock();
        kept.keys.get(&epoch).map(|used| used.key.clone())
    }

    /// A token was proven under that key: it is kept, in the place of the one that was needed longest ago.
    pub(super) fn used(&self, key: &EpochKey) {
        let mut kept = self.lock();
        kept.proven = kept.proven.saturating_add(1);
        let last = kept.proven;
        if let Some(used) = kept.keys.get_mut(&key.epoch()) {
            used.last = last;
            return;
        }
        if kept.keys.len() >= Self::MAX {
            let oldest = kept.keys.iter().min_by_key(|(_, used)| used.last);
            if let Some(oldest) = oldest.map(|(epoch, _)| *epoch) {
                kept.keys.remove(&oldest);
            }
        }
        let key = key.clone();
        kept.keys.insert(key.epoch(), Used { key, last });
    }

    /// No code under this lock panics half-way through a change.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn epochs(&self) -> Vec<u64> {
        self.lock()
            .keys
            .keys()
            .map(|epoch| epoch.number())
            .collect()
    }
}

#[cfg(test)]
mod tests;
