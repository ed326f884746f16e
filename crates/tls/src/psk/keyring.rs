//! The keys of the epochs that count, and the pairs that were computed with them.

use alloc::sync::Arc;
use milagro_base::Seconds;

use milagro_mpin::names::{Epoch, EpochPolicy};

use super::pair::PairKey;
use crate::Principal;
use crate::bounded::BoundedMap;

#[cfg(test)]
mod tests;

/// One key per epoch, each with a bounded cache of its pairs. What belongs to an epoch that is over is
/// wiped with the first call that sees a later time.
pub(super) struct Keyring<K> {
    policy: EpochPolicy,
    capacity: usize,
    epochs: Vec<Slot<K>>,
}

struct Slot<K> {
    epoch: Epoch,
    key: Arc<K>,
    /// Behind pointers, so that a table that grows leaves no copies of keys.
    pairs: BoundedMap<Principal, Arc<PairKey>>,
}

impl<K> Keyring<K> {
    pub(super) const fn new(policy: EpochPolicy, capacity: usize) -> Self {
        Self {
            policy,
            capacity,
            epochs: Vec::new(),
        }
    }

    /// Puts in the key of an epoch, in place of the one that is there.
    pub(super) fn install(&mut self, epoch: Epoch, key: K) {
        self.epochs.retain(|slot| slot.epoch != epoch);
        self.epochs.push(Slot {
            epoch,
            key: Arc::new(key),
            pairs: BoundedMap::new(self.capacity),
        });
    }

    /// Wipes the epochs that are over. Those to come stay.
    pub(super) fn expire(&mut self, now: Seconds) {
        let (policy, current) = (self.policy, Epoch::at(now, self.policy.length));
        self.epochs
            .retain(|slot| slot.epoch > current || policy.accepts(slot.epoch, now));
    }

    /// The last epoch that has begun and has a key.
    pub(super) fn current(&self, now: Seconds) -> Option<Epoch> {
        let current = Epoch::at(now, self.policy.length);
        let epochs = self.epochs.iter().map(|slot| slot.epoch);
        epochs.filter(|epoch| *epoch <= current).max()
    }

    /// The key of an epoch.
    pub(super) fn key(&self, epoch: Epoch) -> Option<Arc<K>> {
        self.slot(epoch).map(|slot| slot.key.clone())
    }

    /// The pair with somebody, if it is known.
    pub(super) fn pair(&self, epoch: Epoch, peer: &Principal) -> Option<Arc<PairKey>> {
        self.slot(epoch)?.pairs.get(peer).cloned()
    }

    /// Remembers a pair that was computed with `key`, unless its epoch has gone or has another key by now.
    pub(super) fn remember(&mut self, key: &Arc<K>, peer: &Principal, pair: &Arc<PairKey>) {
        let mut slots = self.epochs.iter_mut();
        if let Some(slot) = slots.find(|slot| Arc::ptr_eq(&slot.key, key)) {
            slot.pairs.insert(peer, pair.clone());
        }
    }

    /// How many pairs are known.
    pub(super) fn remembered(&self) -> usize {
        self.epochs.iter().map(|slot| slot.pairs.len()).sum()
    }

    fn slot(&self, epoch: Epoch) -> Option<&Slot<K>> {
        self.epochs.iter().find(|slot| slot.epoch == epoch)
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> Vec<(Epoch, usize)> {
        let sizes = self
            .epochs
            .iter()
            .map(|slot| (slot.epoch, slot.pairs.len()));
        sizes.collect()
    }
}
