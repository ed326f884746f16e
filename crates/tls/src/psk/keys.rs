//! The keys of one principal, and the pairs that were computed with them.

use alloc::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_base::Seconds;
use milagro_dta::Psk;
use milagro_mpin::names::{Epoch, EpochPolicy};

use crate::admission::Refusal;
use crate::bounded::BoundedMap;
use crate::held::is_over;
use crate::keys::{IdentityKey, KeyError};
use crate::names::{Identity, Principal};
use crate::own_keys::OwnKeys;
use crate::psk::error::PskError;
use crate::psk::pair::{PairKey, PreparedKey};
use crate::renewal::Step;

#[cfg(test)]
mod tests;

/// A key of either side.
pub(super) trait PairSide {
    fn identity(&self) -> &Identity;
    fn pair(&self, peer: &Principal) -> Result<PairKey, Refusal>;
}

impl PairSide for IdentityKey<Psk> {
    fn identity(&self) -> &Identity {
        self.identity()
    }

    fn pair(&self, peer: &Principal) -> Result<PairKey, Refusal> {
        self.pair(peer)
    }
}

impl PairSide for PreparedKey {
    fn identity(&self) -> &Identity {
        self.identity()
    }

    fn pair(&self, peer: &Principal) -> Result<PairKey, Refusal> {
        self.pair(peer)
    }
}

/// Pairs that are remembered, behind pointers, so that a table that grows leaves no copies of keys.
type Pairs = BoundedMap<Principal, Arc<PairKey>>;

/// One key per epoch, each with a bounded cache of its pairs.
pub(super) struct Keys<K> {
    capacity: usize,
    own: OwnKeys<Slot<K>>,
}

/// A key and its pairs. A key that is replaced takes its pairs with it, and those that are still being computed.
struct Slot<K> {
    key: K,
    pairs: Mutex<Pairs>,
}

impl<K: PairSide> Slot<K> {
    fn new(key: K, capacity: usize) -> Self {
        Self {
            key,
            pairs: Mutex::new(BoundedMap::new(capacity)),
        }
    }

    /// The pair with `peer`: remembered, or computed now.
    fn pair(&self, peer: &Principal) -> Result<Arc<PairKey>, Refusal> {
        if let Some(pair) = self.pairs().get(peer) {
            return Ok(pair.clone());
        }
        // No other thread waits while a pairing is computed.
        let pair = Arc::new(self.key.pair(peer)?);
        self.pairs().insert(peer, pair.clone());
        Ok(pair)
    }

    fn pairs(&self) -> MutexGuard<'_, Pairs> {
        self.pairs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: PairSide> Keys<K> {
    pub(super) fn new(key: K, epochs: EpochPolicy, capacity: usize) -> Self {
        let identity = key.identity().clone();
        Self {
            capacity,
            own: OwnKeys::new(&identity, Slot::new(key, capacity), epochs),
        }
    }

    pub(super) const fn principal(&self) -> &Principal {
        self.own.principal()
    }

    /// Adds a key. Forgets the pairs of epochs that are over by this clock: they can be computed again if the clock
    /// is wrong.
    pub(super) fn install(&self, key: K, now: Seconds) -> Result<(), KeyError> {
        let identity = key.identity().clone();
        let slot = || Slot::new(key, self.capacity);
        self.own.install(&identity, slot, now)?;
        let policy = self.own.epochs();
        for (epoch, slot) in self.own.all() {
            if is_over(policy, epoch, now) {
                *slot.pairs() = BoundedMap::new(self.capacity);
            }
        }
        Ok(())
    }

    pub(super) fn expire(&self, now: Seconds) {
        self.own.expire(now);
    }

    pub(super) fn remembered(&self) -> usize {
        let slots = self.own.all();
        slots.iter().map(|(_, slot)| slot.pairs().len()).sum()
    }

    /// The epoch whose key is used at this time, if it counts.
    pub(super) fn current(&self, now: Seconds) -> Option<Epoch> {
        self.own.current(now).map(|(epoch, _)| epoch)
    }

    /// The epoch of this time.
    pub(super) fn epoch_at(&self, now: Seconds) -> Epoch {
        Epoch::at(now, self.own.epochs().length)
    }

    /// What to do about the next key.
    pub(super) fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        self.own.renewal(outage, now)
    }

    /// The pair with `peer` in an epoch.
    pub(super) fn pair(&self, epoch: Epoch, peer: &Principal) -> Result<Arc<PairKey>, PskError> {
        let slot = self.own.of(epoch).ok_or(PskError::NoKey)?;
        Ok(slot.pair(peer)?)
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> Vec<(Epoch, usize)> {
        let slots = self.own.all();
        slots
            .iter()
            .map(|(epoch, slot)| (*epoch, slot.pairs().len()))
            .collect()
    }
}
