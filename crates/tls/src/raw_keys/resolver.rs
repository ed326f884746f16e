//! Which key to use now.

use alloc::sync::Arc;
use milagro_base::Seconds;
use milagro_dta::Signing;
use milagro_mpin::names::{Epoch, EpochPolicy};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;

use crate::keys::{IdentityKey, KeyError};
use crate::names::Principal;
use crate::own_keys::OwnKeys;
use crate::raw_keys::scheme::SIGNATURE_SCHEME;
use crate::raw_keys::signing_key::IdentitySigningKey;
use crate::renewal::Step;
use crate::signing::Signer;

/// The keys of one principal, one per epoch. New connections use the key of the epoch that `time` is in, else that
/// of the last one before it, else that of the first one after it: [install](Self::install) the next key before the
/// epoch ends, and it takes over by itself. Connections that stand are not affected.
#[derive(Debug)]
pub struct IdentityResolver {
    provider: Arc<CryptoProvider>,
    time: Arc<dyn TimeProvider>,
    keys: OwnKeys<CertifiedKey>,
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
        let identity = key.identity().clone();
        Self {
            keys: OwnKeys::new(&identity, prepare(key, &provider), epochs),
            provider,
            time,
        }
    }

    /// Adds the key of another epoch, ahead of time, and drops those that are over beyond doubt: by two epochs for
    /// this clock, and by eight for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, [`KeyError::Full`].
    pub fn install(&self, key: IdentityKey<Signing>) -> Result<(), KeyError> {
        // Without a time nothing is over.
        let now = self.now().unwrap_or(Seconds::ZERO);
        let identity = key.identity().clone();
        self.keys
            .install(&identity, || prepare(key, &self.provider), now)
    }

    /// Who this is.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        self.keys.principal()
    }

    /// The epoch whose key new connections use.
    #[must_use]
    pub fn epoch(&self) -> Option<Epoch> {
        self.nearest().map(|(epoch, _)| epoch)
    }

    /// What to do about the next key, if the authorities may be away for `outage`; `None` without a time.
    #[must_use]
    pub fn renewal(&self, outage: Seconds) -> Option<Step> {
        Some(self.keys.renewal(outage, self.now()?))
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
        self.keys.all().len()
    }

    /// Whether it still counts is for the peer to say, whose clock may be another.
    fn nearest(&self) -> Option<(Epoch, Arc<CertifiedKey>)> {
        self.keys.nearest(self.now()?)
    }
}

fn prepare(key: IdentityKey<Signing>, provider: &Arc<CryptoProvider>) -> CertifiedKey {
    let key = IdentitySigningKey::new(Arc::new(Signer::new(key)), provider.clone());
    key.into_certified_key()
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
