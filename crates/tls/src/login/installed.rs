//! The server's key, replaced while it runs.

use alloc::sync::Arc;
use core::fmt;
use std::sync::{PoisonError, RwLock};

use milagro_mpin::Verifier;

/// A verifier that can be replaced while a server runs: with another key of the server's, another policy, or one of
/// a new master. An exchange goes on with the verifier that it began with, and its last step asks that one's policy.
///
/// ```
/// # use milagro_mpin::Verifier;
/// use milagro_tls::exchange::Prologue;
/// use milagro_tls::login::{InstalledVerifier, LoginServer};
/// # use milagro_tls::{rand_core::CryptoRng, Seconds};
/// # fn demo<R: CryptoRng>(installed: &InstalledVerifier, rng: &mut R, flight: &[u8], now: Seconds, next: Verifier) {
///
/// // For each connection:
/// let verifier = installed.current();
/// let sent = LoginServer::new(&verifier).challenge(rng, &Prologue::new(), flight, now);
/// # drop(sent);
/// // At any time:
/// installed.install(next);
/// # }
/// ```
pub struct InstalledVerifier(RwLock<Arc<Verifier>>);

impl InstalledVerifier {
    /// Begins with this one.
    #[must_use]
    pub fn new(verifier: Verifier) -> Self {
        Self(RwLock::new(Arc::new(verifier)))
    }

    /// Puts another one in its place. Exchanges that begin from now on use it.
    pub fn install(&self, verifier: Verifier) {
        let verifier = Arc::new(verifier);
        let mut place = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *place = verifier;
    }

    /// The one in place, for an exchange that begins.
    #[must_use]
    pub fn current(&self) -> Arc<Verifier> {
        let place = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&place)
    }
}

impl fmt::Debug for InstalledVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InstalledVerifier").finish_non_exhaustive()
    }
}
