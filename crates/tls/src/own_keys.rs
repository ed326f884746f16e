//! The keys of one principal, for all threads at once: what every end holds, whatever its keys are for.

use alloc::sync::Arc;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

use crate::held::Held;
use crate::keys::KeyError;
use crate::names::{Identity, Principal};
use crate::renewal::{Renewal, Step};

/// The keys of one principal, one per epoch, each in the form in which it is used.
#[derive(Debug)]
pub(crate) struct OwnKeys<K> {
    principal: Principal,
    held: RwLock<Held<Arc<K>>>,
}

impl<K> OwnKeys<K> {
    /// With the key of this identity.
    pub(crate) fn new(identity: &Identity, key: K, epochs: EpochPolicy) -> Self {
        Self {
            principal: identity.principal().clone(),
            held: RwLock::new(Held::new(epochs, identity.epoch(), Arc::new(key))),
        }
    }

    /// Adds the key of this identity, which `prepare` makes ready while nobody waits.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, before it is made ready; [`KeyError::Full`].
    pub(crate) fn install(
        &self,
        identity: &Identity,
        prepare: impl FnOnce() -> K,
        now: Seconds,
    ) -> Result<(), KeyError> {
        if *identity.principal() != self.principal {
            return Err(KeyError::Principal);
        }
        let key = Arc::new(prepare());
        self.write().install(identity.epoch(), key, now)
    }

    /// Drops what is over by this clock alone.
    pub(crate) fn expire(&self, now: Seconds) {
        self.write().expire(now);
    }

    pub(crate) const fn principal(&self) -> &Principal {
        &self.principal
    }

    pub(crate) fn epochs(&self) -> EpochPolicy {
        self.read().policy()
    }

    /// The key of the epoch of this time, else of the last one before it, else of the first one after it. Whether it
    /// counts is for the peer to say.
    #[cfg(feature = "rustls")]
    pub(crate) fn nearest(&self, now: Seconds) -> Option<(Epoch, Arc<K>)> {
        let held = self.read();
        held.nearest(now).map(|(epoch, key)| (epoch, key.clone()))
    }

    /// The key of the epoch of this time, else of the last one before it, else of the first one after it, if that
    /// counts by this clock.
    pub(crate) fn current(&self, now: Seconds) -> Option<(Epoch, Arc<K>)> {
        let held = self.read();
        held.current(now).map(|(epoch, key)| (epoch, key.clone()))
    }

    /// The key of this epoch.
    pub(crate) fn of(&self, epoch: Epoch) -> Option<Arc<K>> {
        self.read().get(epoch).cloned()
    }

    /// All keys, in order.
    pub(crate) fn all(&self) -> Vec<(Epoch, Arc<K>)> {
        let held = self.read();
        held.iter()
            .map(|(epoch, key)| (epoch, key.clone()))
            .collect()
    }

    /// What to do about the next key, if the authorities may be away for `outage`.
    pub(crate) fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        let held = self.read();
        Renewal::new(held.policy(), outage).step_of(held.newest(), now)
    }

    fn read(&self) -> RwLockReadGuard<'_, Held<Arc<K>>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Held<Arc<K>>> {
        self.held.write().unwrap_or_else(PoisonError::into_inner)
    }
}
