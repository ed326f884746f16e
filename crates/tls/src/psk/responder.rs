//! The server: keys from the identities that clients send.

use alloc::sync::Arc;
use core::fmt;

use milagro_base::Seconds;
use milagro_dta::Psk;
use milagro_mpin::names::EpochPolicy;
use zeroize::ZeroizeOnDrop;

use crate::admission::{Admission, Authorize, Refusal, Refused, Side};
use crate::keys::{KeyError, ResponderKey};
use crate::names::{Identity, Principal};
use crate::psk::error::PskError;
use crate::psk::import::{self, ImportedPsk};
use crate::psk::keys::Keys;
use crate::psk::pair::{ExternalPsk, PairKey, PreparedKey, context};
use crate::psk::text::{PskForm, PskIdentity};
use crate::renewal::Step;

/// A server without a list of keys: it computes the key of a connection from the PSK identity that the
/// client sent. For all threads at once.
///
/// The order of checks is: form, trust domain, own name, epoch, [`Authorize`], cache, and only then a
/// pairing. A made-up name that `Authorize` lets through costs a pairing and a place in the cache: with a
/// list of those who are welcome, and a capacity of its length, strangers cost nothing and displace nobody.
/// With [`Anyone`](crate::admission::Anyone) they displace others, who then cost a pairing again; memory stays
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
            admission: Admission::new(domain, epochs, authorize),
            keys: Keys::new(PreparedKey::new(key), epochs, capacity),
        }
    }

    /// Calls `hook` with every client that is refused by name; to the stack it is an unknown identity.
    #[must_use]
    pub fn on_refusal(mut self, hook: impl Fn(&Refused<'_>) + Send + Sync + 'static) -> Self {
        self.admission.set_hook(hook);
        self
    }

    /// Adds the key of another epoch, ahead of time, and wipes those that are over beyond doubt: by two epochs for
    /// this clock, and by eight for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, [`KeyError::Full`].
    pub fn install(&self, key: ResponderKey<Psk>, now: Seconds) -> Result<(), KeyError> {
        self.keys.install(PreparedKey::new(key), now)
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
        let text = PskIdentity::from_bytes(identity)?;
        let client = self.admit(&text, now)?;
        Ok(self.pair(&client)?.external(form(&text))?)
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
            let refusal = self.admission.refused(&client, Side::Client, Refusal::Name);
            return Err(refusal.into());
        }
        Ok(self.pair(&client)?.import(kdf, form(&text))?)
    }

    /// Whether the client may come in at all; costs no pairing.
    fn admit(&self, text: &PskIdentity, now: Seconds) -> Result<Identity, PskError> {
        let domain = self.principal().domain();
        let client = text.in_domain(domain).ok_or(Refusal::Domain)?;
        let epoch = text.epoch().unwrap_or_else(|| self.keys.epoch_at(now));
        let client = client.at(epoch);
        if client.principal() == self.principal() {
            let refusal = Refusal::Reflected;
            return Err(self
                .admission
                .refused(&client, Side::Client, refusal)
                .into());
        }
        self.admission.check(&client, Side::Client, now)?;
        Ok(client)
    }

    fn pair(&self, client: &Identity) -> Result<Arc<PairKey>, PskError> {
        self.keys.pair(client.epoch(), client.principal())
    }

    #[cfg(test)]
    pub(crate) fn sizes(&self) -> Vec<(milagro_mpin::names::Epoch, usize)> {
        self.keys.sizes()
    }
}

/// The key goes back under the identity that was sent.
const fn form(text: &PskIdentity) -> PskForm {
    match text.epoch() {
        Some(_) => PskForm::WithEpoch,
        None => PskForm::Lasting,
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
