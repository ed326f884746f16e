//! The keys of an OpenID provider, fetched now and then.

use alloc::sync::Arc;
use core::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use milagro_base::Seconds;
use milagro_wire::client::{Answered, CallError, Endpoint};

use crate::authenticate::{Bearer, KeySet, KeySetError};

/// Where a provider publishes its JWK set, and whoever takes its tokens.
///
/// The set is fetched anew after [`Self::FRESH`], and when a token names a key that is not in it, though no more often than
/// [`Self::renew`] is called.
///
/// | the provider says | keys |
/// |---|---|
/// | a set with keys that can be used | are those of the set |
/// | a set without one, or status 404 or 410: it has taken them away | are forgotten at once |
/// | anything else, or nothing | stay, until they are [`Self::STALE`] |
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
        let (fetched, ahead) = self.fetched(now);
        let is_older = |age| fetched.is_none_or(|fetched| now >= fetched.plus(age));
        if !wanted && !ahead && !is_older(Self::FRESH) {
            return Ok(());
        }
        match self.fetch().await {
            Found::Keys(keys) => {
                self.bearer.replace_keys(keys);
                *self.at() = Some(now);
                Ok(())
            }
            Found::Gone(error) => {
                self.bearer.forget_keys();
                *self.at() = None;
                Err(error)
            }
            Found::Nothing(error) => {
                if is_older(Self::STALE) {
                    self.bearer.forget_keys();
                }
                Err(error)
            }
        }
    }

    /// When the set was fetched, and whether that was later than now. A clock that was ahead and is set back makes a set as
    /// old as now, not fresh until the clock is there again.
    fn fetched(&self, now: Seconds) -> (Option<Seconds>, bool) {
        let mut at = self.at();
        let ahead = at.is_some_and(|fetched| fetched > now);
        if ahead {
            *at = Some(now);
        }
        (*at, ahead)
    }

    fn at(&self) -> MutexGuard<'_, Option<Seconds>> {
        self.fetched.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn fetch(&self) -> Found {
        let (path, most) = (&[], KeySet::BYTES_MAX);
        let text = match self.endpoint.get(Answered { path, most }).await {
            Ok(text) => text,
            Err(error) if is_gone(&error) => return Found::Gone(error),
            Err(error) => return Found::Nothing(error),
        };
        match KeySet::from_json(&text) {
            Ok(keys) => Found::Keys(keys),
            Err(KeySetError::NoKey) => Found::Gone(CallError::Answer),
            Err(_) => Found::Nothing(CallError::Answer),
        }
    }
}

/// What came of asking the provider.
enum Found {
    Keys(KeySet),
    /// It has no keys any more.
    Gone(CallError),
    /// It does not say.
    Nothing(CallError),
}

fn is_gone(error: &CallError) -> bool {
    let status = match error {
        CallError::Status(status) => *status,
        CallError::Problem(problem) => problem.status,
        _ => return false,
    };
    [404, 410].contains(&status)
}

impl fmt::Debug for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySource")
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}
