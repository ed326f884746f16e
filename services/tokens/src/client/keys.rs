//! The keys of an OpenID provider, fetched now and then.

use alloc::sync::Arc;
use core::fmt;
use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;
use milagro_wire::client::{Answered, CallError, Endpoint};

use crate::authenticate::{Bearer, KeySet};

/// Where a provider publishes its JWK set, and whoever takes its tokens.
///
/// The set is fetched anew after [`Self::FRESH`], and when a token names a key that is not in it, though no more often than
/// [`Self::renew`] is called. While the provider does not answer, the last set stands, until it is [`Self::STALE`].
pub struct KeySource {
    endpoint: Endpoint,
    bearer: Arc<Bearer>,
    fetched: Mutex<Option<Seconds>>,
}

impl KeySource {
    /// After so long the set is fetched anew, so that keys which the provider has withdrawn are not believed any longer.
    pub const FRESH: Seconds = Seconds::minutes(10);
    /// After so long without an answer the keys are forgotten.
    pub const STALE: Seconds = Seconds::days(1);

    /// The set at an endpoint, whose address is that of the set itself: over TLS, without redirects, of at most
    /// [`KeySet::BYTES_MAX`] bytes.
    #[must_use]
    pub const fn new(endpoint: Endpoint, bearer: Arc<Bearer>) -> Self {
        Self {
            endpoint,
            bearer,
            fetched: Mutex::new(None),
        }
    }

    /// Fetches the set if that is due. To be called at the start, and every half a minute or so.
    ///
    /// # Errors
    /// [`CallError`] if it is due and does not come; [`CallError::Answer`] for what is no set of keys that can be used.
    pub async fn renew(&self, now: Seconds) -> Result<(), CallError> {
        let wanted = self.bearer.wants_keys();
        let fetched = self.fetched();
        let is_older = |age| fetched.is_none_or(|fetched| now >= fetched.plus(age));
        // A clock that was set back makes a set neither fresh nor stale.
        let ahead = fetched.is_some_and(|fetched| fetched > now);
        if !wanted && !ahead && !is_older(Self::FRESH) {
            return Ok(());
        }
        match self.fetch().await {
            Ok(keys) => {
                self.bearer.replace_keys(keys);
                *self.fetched.lock().unwrap_or_else(PoisonError::into_inner) = Some(now);
                Ok(())
            }
            Err(error) => {
                if is_older(Self::STALE) {
                    self.bearer.forget_keys();
                }
                Err(error)
            }
        }
    }

    fn fetched(&self) -> Option<Seconds> {
        *self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Result<KeySet, CallError> {
        let (path, most) = (&[], KeySet::BYTES_MAX);
        let text = self.endpoint.get(Answered { path, most }).await?;
        KeySet::from_json(&text).map_err(|_| CallError::Answer)
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
