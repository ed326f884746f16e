//! The client: keys for the servers that it calls.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_dta::Psk;
use milagro_mpin::names::EpochPolicy;
use zeroize::ZeroizeOnDrop;

use crate::keys::{IdentityKey, KeyError};
use crate::names::Principal;
use crate::psk::error::PskError;
use crate::psk::import::{ImportedPsk, TargetKdf};
use crate::psk::keys::Keys;
use crate::psk::pair::{ExternalPsk, PairKey};
use crate::psk::text::PskForm;
use crate::renewal::Step;

/// A client that computes the key for the server that it calls, with the key of the current epoch, else
/// the last one before it, else the first one after it, while that counts. For all threads at once.
pub struct PskInitiator {
    keys: Keys<IdentityKey<Psk>>,
    form: PskForm,
}

impl PskInitiator {
    /// Starts with one key. For every epoch that counts, up to `capacity` servers are remembered, with at
    /// most 2 kB each, the oldest going first; 0 turns the cache off.
    #[must_use]
    pub fn new(key: IdentityKey<Psk>, epochs: EpochPolicy, capacity: usize) -> Self {
        Self {
            keys: Keys::new(key, epochs, capacity),
            form: PskForm::WithEpoch,
        }
    }

    /// Writes its PSK identity in another form.
    #[must_use]
    pub const fn with_form(mut self, form: PskForm) -> Self {
        self.form = form;
        self
    }

    /// Adds the key of another epoch, ahead of time, and wipes those that are over beyond doubt: by two epochs for
    /// this clock, and by eight for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, [`KeyError::Full`].
    pub fn install(&self, key: IdentityKey<Psk>, now: Seconds) -> Result<(), KeyError> {
        self.keys.install(key, now)
    }

    /// Wipes what belongs to epochs that are over by this clock. Nothing else relies on the clock alone: one that
    /// is ahead makes this wipe keys that are still needed, which have to be installed again.
    ///
    /// # Security
    /// With plain PSK suites of TLS 1.2 a key of the past opens what was recorded: call it when an epoch has
    /// ended, with a clock that is known to be right.
    pub fn expire(&self, now: Seconds) {
        self.keys.expire(now);
    }

    /// What to do about the next key, if the authorities may be away for `outage`.
    #[must_use]
    pub fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        self.keys.renewal(outage, now)
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
        Ok(self.pair(server, now)?.external(self.form)?)
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
        Ok(self.pair(server, now)?.import(kdf, self.form)?)
    }

    fn pair(&self, server: &Principal, now: Seconds) -> Result<Arc<PairKey>, PskError> {
        let epoch = match self.form {
            PskForm::WithEpoch => self.keys.current(now).ok_or(PskError::NoKey)?,
            // The server has nothing but its clock to tell the epoch.
            PskForm::Lasting => self.keys.epoch_at(now),
        };
        self.keys.pair(epoch, server)
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> Vec<(milagro_mpin::names::Epoch, usize)> {
        self.keys.sizes()
    }
}

impl core::fmt::Debug for PskInitiator {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PskInitiator")
            .field("principal", self.principal())
            .finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PskInitiator {}
