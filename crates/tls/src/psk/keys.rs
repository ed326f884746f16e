//! The keys of one principal, for all threads at once.

use alloc::sync::Arc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_base::Seconds;
use milagro_dta::Psk;
use milagro_mpin::names::{Epoch, EpochPolicy};

use crate::admission::Refusal;
use crate::keys::{IdentityKey, KeyError};
use crate::names::{Identity, Principal};
use crate::psk::error::PskError;
use crate::psk::keyring::Keyring;
use crate::psk::pair::{PairKey, PreparedKey};
use crate::renewal::{Renewal, Step};

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

pub(super) struct Keys<K> {
    principal: Principal,
    ring: Mutex<Keyring<K>>,
}

impl<K: PairSide> Keys<K> {
    pub(super) fn new(key: K, epochs: EpochPolicy, capacity: usize) -> Self {
        let principal = key.identity().principal().clone();
        let mut ring = Keyring::new(epochs, capacity);
        // Nothing is over at time 0.
        ring.install(key.identity().epoch(), key, Seconds::ZERO);
        Self {
            principal,
            ring: Mutex::new(ring),
        }
    }

    pub(super) const fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(super) fn install(&self, key: K, now: Seconds) -> Result<(), KeyError> {
        if *key.identity().principal() != self.principal {
            return Err(KeyError::Principal);
        }
        self.lock().install(key.identity().epoch(), key, now);
        Ok(())
    }

    pub(super) fn expire(&self, now: Seconds) {
        self.lock().expire(now);
    }

    pub(super) fn remembered(&self) -> usize {
        self.lock().remembered()
    }

    /// The epoch whose key is used at this time, if it counts.
    pub(super) fn current(&self, now: Seconds) -> Option<Epoch> {
        self.lock().current(now)
    }

    /// The epoch of this time.
    pub(super) fn epoch_at(&self, now: Seconds) -> Epoch {
        Epoch::at(now, self.lock().policy().length)
    }

    /// What to do about the next key.
    pub(super) fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        let ring = self.lock();
        Renewal::new(ring.policy(), outage).step_of(ring.newest(), now)
    }

    /// The pair with `peer` in an epoch: remembered, or computed now.
    pub(super) fn pair(&self, epoch: Epoch, peer: &Principal) -> Result<Arc<PairKey>, PskError> {
        let ring = self.lock();
        if let Some(pair) = ring.pair(epoch, peer) {
            return Ok(pair);
        }
        let key = ring.key(epoch).ok_or(PskError::NoKey)?;
        // No other thread waits while a pairing is computed.
        drop(ring);
        let pair = Arc::new(key.pair(peer)?);
        self.lock().remember(&key, peer, &pair);
        Ok(pair)
    }

    fn lock(&self) -> MutexGuard<'_, Keyring<K>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> Vec<(Epoch, usize)> {
        self.lock().sizes()
    }
}
