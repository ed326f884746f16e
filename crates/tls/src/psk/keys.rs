//! The keys of one principal, for all threads at once.

use alloc::sync::Arc;
use milagro_base::Seconds;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_mpin::names::{Epoch, EpochPolicy};

use super::keyring::Keyring;
use super::pair::{PairKey, PreparedKey};
use crate::{Identity, IdentityKey, KeyError, Principal, Psk, PskError, Refusal};

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
        ring.install(key.identity().epoch(), key);
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
        let mut ring = self.at(now);
        ring.install(key.identity().epoch(), key);
        ring.expire(now);
        Ok(())
    }

    pub(super) fn expire(&self, now: Seconds) {
        drop(self.at(now));
    }

    pub(super) fn remembered(&self) -> usize {
        self.lock().remembered()
    }

    /// The last epoch that has begun and has a key.
    pub(super) fn current(&self, now: Seconds) -> Option<Epoch> {
        self.at(now).current(now)
    }

    /// The pair with `peer` in an epoch: remembered, or computed now.
    pub(super) fn pair(
        &self,
        epoch: Epoch,
        peer: &Principal,
        now: Seconds,
    ) -> Result<Arc<PairKey>, PskError> {
        let ring = self.at(now);
        if let Some(pair) = ring.pair(epoch, peer) {
            return Ok(pair);
        }
        let key = ring.key(epoch).ok_or(PskError::NoKey)?;
        // No other thread waits while a pairing is computed.
        drop(ring);
        let pair = Arc::new(key.pair(peer)?);
        self.at(now).remember(&key, peer, &pair);
        Ok(pair)
    }

    fn at(&self, now: Seconds) -> MutexGuard<'_, Keyring<K>> {
        let mut ring = self.lock();
        ring.expire(now);
        ring
    }

    fn lock(&self) -> MutexGuard<'_, Keyring<K>> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn sizes(&self) -> Vec<(Epoch, usize)> {
        self.lock().sizes()
    }
}
