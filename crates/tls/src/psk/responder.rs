//! The server: keys from the identities that clients send.

use alloc::sync::Arc;
use core::fmt;
use milagro_base::Seconds;

use milagro_mpin::names::EpochPolicy;
use zeroize::ZeroizeOnDrop;

use super::import::{self, ImportedPsk};
use super::keys::Keys;
use super::pair::{ExternalPsk, PairKey, PreparedKey, context};
use super::text::PskIdentity;
use crate::verifier::Admission;
use crate::{Authorize, Identity, KeyError, Principal, Psk, PskError, Refusal, ResponderKey, Side};

/// A server without a list of keys: it computes the key of a connection from the PSK identity that the
/// client sent. For all threads at once.
///
/// The order of checks is: form, trust domain, own name, epoch, [`Authorize`], cache, and only then a
/// pairing. A made-up name that `Authorize` lets through costs a pairing and a place in the cache: with a
/// list of those who are welcome, and a capacity of its length, strangers cost nothing and displace nobody.
/// With [`Anyone`](crate::Anyone) they displace others, who then cost a pairing again; memory stays
/// bounded. Limit the rate of connections in front of it.
///
/// # Security
/// A key that comes from here says nothing about who sent the identity. The handshake does, if it succeeds:
/// only then ask the stack for the identity, and read it with [`PskIdentity::in_domain`].
pub struct PskResponder {
    admission: Admission,
    keys: Keys<PreparedKey>,
}

impl PskResponder {
    /// For a responder that lets in whom `authorize` permits, in the epochs that `epochs` accepts. For each
    /// of those it remembers up to `capacity` clients, with at most 2 kB each, the oldest going first; 0
    /// turns the cache off.
    #[must_use]
    pub fn new(
        key: ResponderKey<Psk>,
        epochs: EpochPolicy,
        capacity: usize,
        authorize: impl Authorize + 'static,
    ) -> Self {
        let domain = key.identity().principal().domain();
        Self {
            admission: Admission::new(domain, epochs, Box::new(authorize)),
            keys: Keys::new(PreparedKey::new(key), epochs, capacity),
        }
    }

    /// Adds the key of another epoch, ahead of time, and wipes what belongs to epochs that are over.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal.
    pub fn install(&self, key: ResponderKey<Psk>, now: Seconds) -> Result<(), KeyError> {
        self.keys.install(PreparedKey::new(key), now)
    }

    /// Wipes what belongs to epochs that are over. Every other call that takes the time does so too: this is
    /// for a timer. A clock that jumped ahead has wiped keys that are still needed: install them again.
    pub fn expire(&self, now: Seconds) {
        self.keys.expire(now);
    }

    /// How many clients are remembered now, over all epochs.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.keys.remembered()
    }

    /// Who this is.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        self.keys.principal()
    }

    /// The key of a client that sent this PSK identity ([`PairKey::external`]). `now` is in seconds since
    /// 1970.
    ///
    /// # Errors
    /// [`PskError`], for the own records: to the stack every one of them is an unknown identity.
    pub fn external(&self, identity: &[u8], now: Seconds) -> Result<ExternalPsk, PskError> {
        let client = self.admit(&PskIdentity::from_bytes(identity)?, now)?;
        Ok(self.pair(&client, now)?.external()?)
    }

    /// The key of a client that sent this imported identity ([`PairKey::import`]).
    ///
    /// # Errors
    /// [`PskError`]; [`Refusal::Name`] if the client called somebody else.
    pub fn imported(&self, identity: &[u8], now: Seconds) -> Result<ImportedPsk, PskError> {
        let (text, bound_to, kdf) = import::read(identity)?;
        let client = self.admit(&text, now)?;
        let own = self.principal().at(client.epoch());
        if *bound_to != context(&client, &own) {
            return Err(Refusal::Name.into());
        }
        Ok(self.pair(&client, now)?.import(kdf)?)
    }

    /// Whether the client may come in at all; costs no pairing.
    fn admit(&self, text: &PskIdentity, now: Seconds) -> Result<Identity, PskError> {
        self.expire(now);
        let domain = self.principal().domain();
        let client = text.in_domain(domain).ok_or(Refusal::Domain)?;
        if *client.principal() == *self.principal() {
            return Err(Refusal::Reflected.into());
        }
        self.admission.check(&client, Side::Client, now)?;
        Ok(client)
    }

    fn pair(&self, client: &Identity, now: Seconds) -> Result<Arc<PairKey>, PskError> {
        self.keys.pair(client.epoch(), client.principal(), now)
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> Vec<(crate::Epoch, usize)> {
        self.keys.sizes()
    }
}

impl fmt::Debug for PskResponder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PskResponder")
            .field("principal", self.principal())
            .finish_non_exhaustive()
    }
}

impl ZeroizeOnDrop for PskResponder {}
