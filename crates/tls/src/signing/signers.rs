//! One principal's signers, by epoch.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_dta::Signing;
use milagro_mpin::names::EpochPolicy;
use zeroize::ZeroizeOnDrop;

use crate::keys::{IdentityKey, KeyError};
use crate::names::Principal;
use crate::own_keys::OwnKeys;
use crate::renewal::Step;
use crate::signing::signer::Signer;

/// The signers of one principal, one for each epoch that it has a key for: for channel bindings and whatever else is
/// signed outside rustls (there `IdentityResolver` does it). For all threads at once. Wiped when dropped.
///
/// ```
/// # use milagro_tls::{EpochPolicy, Seconds};
/// # use milagro_tls::admission::IdentityVerifier;
/// # use milagro_tls::binding::{BindingError, BindingHello, Channel, Exporter};
/// # use milagro_tls::rand_core::CryptoRng;
/// # use milagro_tls::signing::Signers;
/// # fn demo<R: CryptoRng>(rng: &mut R, signers: &Signers, verifier: &IdentityVerifier, exporter: Exporter,
/// #   hello: &BindingHello, now: Seconds) -> Result<(), BindingError> {
/// // For each connection:
/// let Some(signer) = signers.current(now) else { return Ok(()) };
/// let channel = Channel { signer: &signer, verifier, exporter };
/// let (answer, waiting) = channel.answer(rng, hello, now)?;
/// # let _ = (answer, waiting); Ok(()) }
/// ```
pub struct Signers(OwnKeys<Signer>);

impl Signers {
    /// Starts with one key.
    #[must_use]
    pub fn new(key: IdentityKey<Signing>, epochs: EpochPolicy) -> Self {
        let identity = key.identity().clone();
        Self(OwnKeys::new(&identity, Signer::new(key), epochs))
    }

    /// Adds the key of another epoch, ahead of time, and wipes those that are over beyond doubt: by two epochs for
    /// this clock, and by eight for a later key.
    ///
    /// # Errors
    /// [`KeyError::Principal`] for the key of another principal, [`KeyError::Full`].
    pub fn install(&self, key: IdentityKey<Signing>, now: Seconds) -> Result<(), KeyError> {
        let identity = key.identity().clone();
        self.0.install(&identity, || Signer::new(key), now)
    }

    /// What to do about the next key, if the authorities may be away for `outage`.
    #[must_use]
    pub fn renewal(&self, outage: Seconds, now: Seconds) -> Step {
        self.0.renewal(outage, now)
    }

    /// As whom it signs.
    #[must_use]
    pub const fn principal(&self) -> &Principal {
        self.0.principal()
    }

    /// The signer for this time: of its epoch, else of the last one before it, else of the first one after it, while
    /// that counts.
    #[must_use]
    pub fn current(&self, now: Seconds) -> Option<Arc<Signer>> {
        self.0.current(now).map(|(_, signer)| signer)
    }
}

milagro_base::opaque_debug!(Signers);

impl ZeroizeOnDrop for Signers {}
