//! A server's secret keys by their ids.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;

use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::keys::secret::TokenSecretKey;
use crate::tokens::plan::KeyId;

/// Secret token keys by id: what an [`Issuer`](crate::tokens::issuer::Issuer) answers with and a
/// [`Redeemer`](crate::tokens::redeemer::Redeemer) checks with. Each is derived once, not once a request.
pub struct KeyRing<S: Suite = Ristretto255> {
    keys: BTreeMap<KeyId, Arc<TokenSecretKey<S>>>,
}

impl<S: Suite> KeyRing<S> {
    /// A ring without keys.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            keys: BTreeMap::new(),
        }
    }

    /// Puts a key on the ring, a [`TokenSecretKey`] or a [`PortableKey`](super::PortableKey), and gives its
    /// id.
    pub fn insert<K: Into<TokenSecretKey<S>>>(&mut self, key: K) -> KeyId {
        let key = key.into();
        let id = *key.id();
        self.keys.insert(id, Arc::new(key));
        id
    }

    /// Takes a key off the ring: tokens under it are worth nothing from now on. It is wiped when the requests
    /// that are being answered with it are done.
    pub fn remove(&mut self, id: &KeyId) {
        self.keys.remove(id);
    }

    pub(in crate::tokens) fn key(&self, id: &KeyId) -> Option<&Arc<TokenSecretKey<S>>> {
        self.keys.get(id)
    }

    pub(in crate::tokens) fn keys(&self) -> impl Iterator<Item = &TokenSecretKey<S>> {
        self.keys.values().map(|key| &**key)
    }
}

impl<S: Suite> Default for KeyRing<S> {
    fn default() -> Self {
        Self::new()
    }
}

milagro_base::opaque_debug!(KeyRing<S: Suite>);
