//! Which key to use now.

use alloc::sync::Arc;
use std::sync::{PoisonError, RwLock};

use milagro_base::Seconds;
use milagro_dta::Signing;
use milagro_mpin::names::{Epoch, EpochPolicy};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;

use crate::held::Held;
use crate::keys::{IdentityKey, KeyError};
use crate::names::Principal;
use crate::raw_keys::scheme::SIGNATURE_SCHEME;
use crate::raw_keys::signing_key::IdentitySigningKey;
use crate::renewal::{Renewal, Step};
use crate::signing::Signer;

/// The keys of one principal, one per epoch. New connections use the key of the epoch that `time` is in, else that
/// of the last one before it, else that of the first one after it: [install](Self::install) the next key before the
/// epoch ends, and it takes over by itself. Connections that stand are not affected.
#[derive(Debug)]
pub struct IdentityResolver {
    principal: Principal,
    provider: Arc<CryptoProvider>,
    time: Arc<dyn TimeProvider>,
    keys: RwLock<Held<Arc<CertifiedKey>>>,
}

impl IdentityResolver {
    /// Starts with one key. `epochs` is the policy of the domain.
    #[must_use]
    pub fn new(
        key: IdentityKey<Signing>,
        epochs: EpochPolicy,
        provider: Arc<CryptoProvider>,
        time: Arc<dyn TimeProvider>,
    ) -> Self {
        let principal = key.identity().principal().clone();
        let mut keys = Held::new(epochs);
        let epoch = key.identity().epoch();
        // Nothing is over at time 0.
        keys.install(epoch, prepare(key, &provider), Seconds::ZERO);
        Self {
            principal,
            provider,
            time,
            keys: RwLock::new(keys),
        }
    }

    /// Adds the key of another epoch, and drops those that are over beyond doubt: by two epochs, for this clock and
    /// for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal.
    pub fn install(&self, key: IdentityKey<Signing>) -> Result<(), KeyError> {
        if *key.identity().principal() != self.principal {
            return Err(KeyError::Principal);
        }
        let epoch = key.identity().epoch();
        // No handshake waits while tables are computed.
        let key = prepare(key, &self.provider);
        // Without a time nothing is over.
        let now = self.now().unwrap_or(Seconds::ZERO);
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.install(epoch, key, now);
        Ok(())
    }

    /// Who this is.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The epoch whose key new connections use.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.nearest().map(|(epoch, _)| epoch)
    }

    /// What to do about the next key, if the authorities may be away for `outage`; `None` without a time.
    #[must_use]
    pub fn renewal(&self, outage: Seconds) -> Option<Step> {
        let now = self.now()?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Some(Renewal::new(keys.policy(), outage).step_of(keys.newest(), now))
    }

    pub(super) const fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }

    pub(super) const fn time(&self) -> &Arc<dyn TimeProvider> {
        &self.time
    }

    fn now(&self) -> Option<Seconds> {
        let now = self.time.current_time()?;
        Some(Seconds::new(now.as_secs()))
    }

    #[cfg(test)]
    pub(crate) fn held(&self) -> usize {
        self.keys.read().unwrap().iter().count()
    }

    /// Whether it still counts is for the peer to say, whose clock may be another.
    fn nearest(&self) -> Option<(Epoch, Arc<CertifiedKey>)> {
        let now = self.now()?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.nearest(now).map(|(epoch, key)| (epoch, key.clone()))
    }
}

fn prepare(key: IdentityKey<Signing>, provider: &Arc<CryptoProvider>) -> Arc<CertifiedKey> {
    let key = IdentitySigningKey::new(Arc::new(Signer::new(key)), provider.clone());
    Arc::new(key.into_certified_key())
}

impl ResolvesServerCert for IdentityResolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.nearest().map(|(_, key)| key)
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }
}

impl ResolvesClientCert for IdentityResolver {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        if !schemes.contains(&SIGNATURE_SCHEME) {
            return None;
        }
        self.nearest().map(|(_, key)| key)
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }

    fn has_certs(&self) -> bool {
        true
    }
}
