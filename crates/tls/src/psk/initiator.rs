//! The client: keys for the servers that it calls.

use alloc::sync::Arc;
use core::fmt;
use milagro_base::Seconds;

use milagro_mpin::names::EpochPolicy;
use zeroize::ZeroizeOnDrop;

use super::import::{ImportedPsk, TargetKdf};
use super::keys::Keys;
use super::pair::{ExternalPsk, PairKey};
use crate::{IdentityKey, KeyError, Principal, Psk, PskError};

/// A client that computes the key for the server that it calls, with the key of the current epoch, else
/// the last one before it while that counts. For all threads at once.
pub struct PskInitiator {
    keys: Keys<IdentityKey<Psk>>,
}

impl PskInitiator {
    /// Starts with one key. For every epoch that counts, up to `capacity` servers are remembered, with at
    /// most 2 kB each, the oldest going first; 0 turns the cache off.
    #[must_use]
    pub fn new(key: IdentityKey<Psk>, epochs: EpochPolicy, capacity: usize) -> Self {
        Self {
            keys: Keys::new(key, epochs, capacity),
        }
    }

    /// Adds the key of another epoch, ahead of time, and wipes what belongs to epochs that are over.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal.
    pub fn install(&self, key: IdentityKey<Psk>, now: Seconds) -> Result<(), KeyError> {
        self.keys.install(key, now)
    }

    /// Wipes what belongs to epochs that are over. Every other call that takes the time does so too: this is
    /// for a timer. A clock that jumped ahead has wiped keys that are still needed: install them again.
    pub fn expire(&self, now: Seconds) {
        self.keys.expire(now);
    }

    /// How many servers are remembered now, over all epochs.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.keys.remembered()
    }

    /// Who this is.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        self.keys.principal()
    }

    /// The key and the PSK identity for a call of this server ([`PairKey::external`]). `now` is in seconds
    /// since 1970.
    ///
    /// # Errors
    /// [`PskError`].
    pub fn external(&self, server: &Principal, now: Seconds) -> Result<ExternalPsk, PskError> {
        Ok(self.pair(server, now)?.external()?)
    }

    /// As [`Self::external`], imported ([`PairKey::import`]).
    ///
    /// # Errors
    /// [`PskError`].
    pub fn imported(
        &self,
        server: &Principal,
        kdf: TargetKdf,
        now: Seconds,
    ) -> Result<ImportedPsk, PskError> {
        Ok(self.pair(server, now)?.import(kdf)?)
    }

    fn pair(&self, server: &Principal, now: Seconds) -> Result<Arc<PairKey>, PskError> {
        let epoch = self.keys.current(now).ok_or(PskError::NoKey)?;
        self.keys.pair(epoch, server, now)
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> Vec<(crate::Epoch, usize)> {
        self.keys.sizes()
    }
}

impl fmt::Debug for PskInitiator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PskInitiator")
            .field("principal", self.principal())
            .finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PskInitiator {}
