//! Primary keys by the function of Naor and Reingold, for issuers whose tokens are checked elsewhere.

use alloc::vec::Vec;

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::attributes::key::Claimed;
use crate::attributes::naor_reingold::proof::NaorReingoldProof;
use crate::attributes::naor_reingold::public::NaorReingoldPublicKey;
use crate::attributes::naor_reingold::secret::NaorReingoldSecretKey;
use crate::attributes::role::TOKENS;
use crate::error::Error;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::keys::primary::{claims, plain};
use crate::tokens::keys::secret::{PortableKey, TokenSecretKey};
use crate::tokens::plan::{Plan, Slot};
use crate::tokens::schedule::list::KeySchedule;
use crate::tokens::schedule::pinned::{NotPinned, PinnedSchedule};

/// A primary key whose derived keys may go to redeemers that must not hold it: k = a₀·Π aᵢ over the set bits
/// of a hash of plan and place. [`TokenPrimary`](super::TokenPrimary) says which of the two to choose.
pub struct PortablePrimary<S: Suite = Ristretto255>(NaorReingoldSecretKey<S>);

impl<S: Suite> PortablePrimary<S> {
    /// A fresh key.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(NaorReingoldSecretKey::generate(rng))
    }

    /// Decodes a secret key: 257 scalars.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        NaorReingoldSecretKey::from_bytes(bytes).map(Self)
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_bytes()
    }

    /// The public key that belongs to it.
    #[must_use]
    pub fn public_key(&self) -> PortablePrimaryPublic<S> {
        PortablePrimaryPublic(self.0.public_key().clone())
    }

    /// The token key for a place in a plan.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] if the plan is for another suite, or the place opens outside its epoch.
    pub fn derive(&self, plan: &Plan, slot: Slot) -> Result<PortableKey<S>, Error> {
        let key = self.0.derive_for(&TOKENS, &plan.attributes(&slot));
        let public = self.0.public_key().to_bytes();
        TokenSecretKey::derived(key, plan, slot, &[b"naor-reingold", &public])
            .map(PortableKey::derived)
            .map_err(|_| Error::InvalidInput)
    }

    /// Proves that all keys of a schedule, 1 to [`NaorReingoldProof::MAX_KEYS`] of them, were derived from
    /// this one: what [`PortablePrimaryPublic::pin`] checks.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a schedule with other keys; [`Error::EmptyBatch`],
    /// [`Error::BatchTooLarge`].
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        schedule: &KeySchedule,
    ) -> Result<NaorReingoldProof<S>, Error> {
        let mut lists = Vec::new();
        for listed in schedule.keys() {
            if self.derive(schedule.plan(), *listed.slot())?.id() != listed.id() {
                return Err(Error::InvalidInput);
            }
            lists.push(schedule.plan().attributes(listed.slot()));
        }
        let lists: Vec<_> = lists.iter().map(Vec::as_slice).collect();
        self.0.prove_for(rng, &TOKENS, &lists)
    }
}

milagro_base::opaque_debug!(PortablePrimary<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for PortablePrimary<S> {}

/// The public key of a [`PortablePrimary`], which clients have from a place that serves everyone alike.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PortablePrimaryPublic<S: Suite = Ristretto255>(NaorReingoldPublicKey<S>);

impl<S: Suite> PortablePrimaryPublic<S> {
    /// Decodes a public key: 257 elements.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, or anything but canonical encodings of elements other than the
    /// identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        NaorReingoldPublicKey::from_bytes(bytes).map(Self)
    }

    /// Encodes the public key.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.to_bytes()
    }

    /// As [`TokenPrimaryPublic::pin`](super::TokenPrimaryPublic::pin), for keys of this primary key.
    ///
    /// # Errors
    /// As there.
    ///
    /// # Security
    /// As there.
    pub fn pin(
        &self,
        bytes: &[u8],
        plan: &Plan,
        proof: &NaorReingoldProof<S>,
    ) -> Result<PinnedSchedule, NotPinned> {
        let schedule = plain::<S>(bytes, plan)?;
        let (elements, lists) = claims::<S>(&schedule)?;
        let claims: Vec<_> = elements
            .iter()
            .zip(&lists)
            .map(|(key, list)| Claimed { list, key })
            .collect();
        self.0
            .check(&TOKENS, &claims, proof)
            .map_err(|_| NotPinned(()))?;
        Ok(PinnedSchedule::pin(schedule))
    }
}
