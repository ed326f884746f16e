//! Which key to use now.

use alloc::sync::Arc;
use std::sync::{PoisonError, RwLock};

use milagro_mpin::names::{Epoch, EpochLength};
use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;

use super::{IdentitySigningKey, SIGNATURE_SCHEME};
use crate::{IdentityKey, KeyError, Principal, Signer, Signing};

/// The keys of one principal, one per epoch. New connections use the key of the epoch that `time` is in:
/// [install](Self::install) the next key before the epoch ends, and it takes over by itself. Connections
/// that stand are not affected.
#[derive(Debug)]
pub struct IdentityResolver {
    principal: Principal,
    length: EpochLength,
    provider: Arc<CryptoProvider>,
    time: Arc<dyn TimeProvider>,
    /// In the order of epochs, never empty.
    keys: RwLock<Vec<(Epoch, Arc<CertifiedKey>)>>,
}

impl IdentityResolver {
    /// Starts with one key. `length` is that of the domain's epochs.
    #[must_use]
    pub fn new(
        key: IdentityKey<Signing>,
        length: EpochLength,
        provider: Arc<CryptoProvider>,
        time: Arc<dyn TimeProvider>,
    ) -> Self {
        let principal = key.identity().principal().clone();
        let first = prepare(key, &provider);
        Self {
            principal,
            length,
            provider,
            time,
            keys: RwLock::new(vec![first]),
        }
    }

    /// Adds the key of another epoch, and drops those of epochs that are over.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal.
    pub fn install(&self, key: IdentityKey<Signing>) -> Result<(), KeyError> {
        if *key.identity().principal() != self.principal {
            return Err(KeyError::Principal);
        }
        let (epoch, key) = prepare(key, &self.provider);
        let current = self.now();
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        keys.retain(|(other, _)| *other != epoch && current.is_none_or(|now| *other >= now));
        let place = keys.partition_point(|(other, _)| *other < epoch);
        keys.insert(place, (epoch, key));
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
        self.current().map(|(epoch, _)| epoch)
    }

    pub(super) const fn provider(&self) -> &Arc<CryptoProvider> {
        &self.provider
    }

    pub(super) const fn time(&self) -> &Arc<dyn TimeProvider> {
        &self.time
    }

    fn now(&self) -> Option<Epoch> {
        let now = self.time.current_time()?;
        Some(Epoch::at(now.as_secs().into(), self.length))
    }

    /// The key of the current epoch, else the last one before it, else the first one after it: whether it
    /// still counts is for the peer to say, who has the grace period.
    fn current(&self) -> Option<(Epoch, Arc<CertifiedKey>)> {
        let now = self.now()?;
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .rfind(|(epoch, _)| *epoch <= now)
            .or_else(|| keys.first())
            .cloned()
    }
}

fn prepare(
    key: IdentityKey<Signing>,
    provider: &Arc<CryptoProvider>,
) -> (Epoch, Arc<CertifiedKey>) {
    let epoch = key.identity().epoch();
    let key = IdentitySigningKey::new(Arc::new(Signer::new(key)), provider.clone());
    (epoch, Arc::new(key.into_certified_key()))
}

impl ResolvesServerCert for IdentityResolver {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.current().map(|(_, key)| key)
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
        self.current().map(|(_, key)| key)
    }

    fn only_raw_public_keys(&self) -> bool {
        true
    }

    fn has_certs(&self) -> bool {
        true
    }
}
