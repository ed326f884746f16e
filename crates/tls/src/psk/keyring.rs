//! The keys of the epochs that count, and the pairs that were computed with them.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

use crate::bounded::BoundedMap;
use crate::held::{Held, is_over};
use crate::names::Principal;
use crate::psk::pair::PairKey;

#[cfg(test)]
mod tests;

/// One key per epoch, each with a bounded cache of its pairs.
pub(super) struct Keyring<K> {
    capacity: usize,
    held: Held<Slot<K>>,
}

struct Slot<K> {
    key: Arc<K>,
    /// Behind pointers, so that a table that grows leaves no copies of keys.
    pairs: BoundedMap<Principal, Arc<PairKey>>,
}

impl<K> Keyring<K> {
    pub(super) const fn new(policy: EpochPolicy, capacity: usize) -> Self {
        Self {
            capacity,
            held: Held::new(policy),
        }
    }

    /// Puts in the key of an epoch, in place of the one that is there. Forgets the pairs of epochs that are over by
    /// this clock: they can be computed again if the clock is wrong.
    pub(super) fn install(&mut self, epoch: Epoch, key: K, now: Seconds) {
        let slot = Slot {
            key: Arc::new(key),
            pairs: BoundedMap::new(self.capacity),
        };
        self.held.install(epoch, slot, now);
        let (policy, capacity) = (self.held.policy(), self.capacity);
        for (epoch, slot) in self.held.iter_mut() {
            if is_over(policy, epoch, now) {
                slot.pairs = BoundedMap::new(capacity);
            }
        }
    }

    /// Wipes the epochs that are over by this clock. Those to come stay.
    pub(super) fn expire(&mut self, now: Seconds) {
        self.held.expire(now);
    }

    /// The epoch whose key is used at this time, if it counts.
    pub(super) fn current(&self, now: Seconds) -> Option<Epoch> {
        self.held.current(now).map(|(epoch, _)| epoch)
    }

    /// The last epoch that there is a key for.
    pub(super) fn newest(&self) -> Option<Epoch> {
        self.held.newest()
    }

    pub(super) const fn policy(&self) -> EpochPolicy {
        self.held.policy()
    }

    /// The key of an epoch.
    pub(super) fn key(&self, epoch: Epoch) -> Option<Arc<K>> {
        self.held.get(epoch).map(|slot| slot.key.clone())
    }

    /// The pair with somebody, if it is known.
    pub(super) fn pair(&self, epoch: Epoch, peer: &Principal) -> Option<Arc<PairKey>> {
        self.held.get(epoch)?.pairs.get(peer).cloned()
    }

    /// Remembers a pair that was computed with `key`, unless its epoch has gone or has another key by now.
    pub(super) fn remember(&mut self, key: &Arc<K>, peer: &Principal, pair: &Arc<PairKey>) {
        let mut slots = self.held.iter_mut();
        if let Some((_, slot)) = slots.find(|(_, slot)| Arc::ptr_eq(&slot.key, key)) {
            slot.pairs.insert(peer, pair.clone());
        }
    }

    /// How many pairs are known.
    pub(super) fn remembered(&self) -> usize {
        self.held.iter().map(|(_, slot)| slot.pairs.len()).sum()
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> Vec<(Epoch, usize)> {
        let slots = self.held.iter();
        slots
            .map(|(epoch, slot)| (epoch, slot.pairs.len()))
            .collect()
    }
}
