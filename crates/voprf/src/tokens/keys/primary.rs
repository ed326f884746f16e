//! Primary keys by inversion, for issuers that check their tokens themselves.

use alloc::vec::Vec;

use milagro_base::DecodeError;
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::attributes::key::Claimed;
use crate::attributes::role::TOKENS;
use crate::attributes::sdhi::{DerivationProof, PrimaryPublicKey, PrimarySecretKey};
use crate::error::Error;
use crate::modes::wire::Element;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::keys::secret::TokenSecretKey;
use crate::tokens::plan::{Plan, Slot};
use crate::tokens::schedule::list::KeySchedule;
use crate::tokens::schedule::pinned::{NotPinned, PinnedSchedule};

/// A primary key whose derived keys are token keys, k = 1/(a + h) with h a hash of plan and place.
///
/// | | `TokenPrimary` | [`PortablePrimary`](super::PortablePrimary) |
/// |---|---|---|
/// | public key, ristretto255 | 32 bytes | 8,224 bytes |
/// | proof of n keys | 64 bytes | about 4 kB for each |
/// | one derived key in the wrong hands | the primary key, and so all keys, of all times | tokens of one epoch |
/// | redeemers | hold the primary key, or are the issuer | get the keys of the epochs that they serve |
///
/// So choose this one where issuer and redeemer are one service, and the other one where redeemers are many
/// or stand elsewhere.
pub struct TokenPrimary<S: Suite = Ristretto255>(PrimarySecretKey<S>);

impl<S: Suite> TokenPrimary<S> {
    /// A fresh key, uniform and not zero.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        Self(PrimarySecretKey::generate(rng))
    }

    /// Decodes a secret key: one scalar.
    ///
    /// # Errors
    /// [`DecodeError`] for another length, a number not below the group order, or zero.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        PrimarySecretKey::from_bytes(bytes).map(Self)
    }

    /// Encodes the secret key, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        self.0.to_bytes()
    }

    /// The public key that belongs to it.
    #[must_use]
    pub const fn public_key(&self) -> TokenPrimaryPublic<S> {
        TokenPrimaryPublic(*self.0.public_key())
    }

    /// The token key for a place in a plan.
    ///
    /// # Errors
    /// [`Error::KeyExposed`] if the place names the primary key, which must be retired;
    /// [`Error::InvalidInput`] if the plan is for another suite, or the place opens outside its epoch.
    pub fn derive(&self, plan: &Plan, slot: Slot) -> Result<TokenSecretKey<S>, Error> {
        let key = self.0.derive_for(&TOKENS, &plan.attributes(&slot))?;
        let public = self.0.public_key().to_bytes();
        TokenSecretKey::derived(key, plan, slot, &[b"inversion", public.as_ref()])
            .map_err(|_| Error::InvalidInput)
    }

    /// Proves that all keys of a schedule were derived from this one: what [`TokenPrimaryPublic::pin`]
    /// checks.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] for a schedule with other keys; [`Error::EmptyBatch`] for one without.
    pub fn prove<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        schedule: &KeySchedule,
    ) -> Result<DerivationProof<S>, Error> {
        let mut keys = Vec::new();
        for listed in schedule.keys() {
            let key = self.derive(schedule.plan(), *listed.slot())?;
            if key.id() != listed.id() {
                return Err(Error::InvalidInput);
            }
            keys.push(key);
        }
        let attributes = |key: &TokenSecretKey<S>| schedule.plan().attributes(key.slot());
        let lists: Vec<_> = keys.iter().map(attributes).collect();
        let lists: Vec<_> = lists.iter().map(Vec::as_slice).collect();
        let keys: Vec<_> = keys.iter().map(TokenSecretKey::key).collect();
        self.0.prove_for(rng, &TOKENS, &lists, &keys)
    }
}

milagro_base::opaque_debug!(TokenPrimary<S: Suite>);

impl<S: Suite> ZeroizeOnDrop for TokenPrimary<S> {}

/// The public key of a [`TokenPrimary`], which clients have from a place that serves everyone alike.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TokenPrimaryPublic<S: Suite = Ristretto255>(PrimaryPublicKey<S>);

impl<S: Suite> TokenPrimaryPublic<S> {
    /// Decodes a public key: one element.
    ///
    /// # Errors
    /// [`DecodeError`] for anything but the canonical encoding of an element other than the identity.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        PrimaryPublicKey::from_bytes(bytes).map(Self)
    }

    /// The encoding: an array, `[u8; 32]` for ristretto255.
    #[must_use]
    pub const fn to_bytes(&self) -> S::ElementBytes {
        self.0.to_bytes()
    }

    /// Reads a published schedule of a pinned plan whose keys were all derived from this primary key.
    ///
    /// # Errors
    /// [`NotPinned`] for any other bytes, without any key, and for keys that opened late or replace others:
    /// opening and serial are the issuer's choice, and would tell clients apart. Where they are needed,
    /// clients follow a signature ([`ScheduleVerifier`](crate::tokens::schedule::ScheduleVerifier)) or a digest.
    ///
    /// # Security
    /// For each epoch there is one key that passes. The issuer still chooses *which* epochs it lists for
    /// whom; with an issue overlap of 0 a client draws under the present epoch's key or not at all.
    pub fn pin(
        &self,
        bytes: &[u8],
        plan: &Plan,
        proof: &DerivationProof<S>,
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

/// A schedule of that plan in which nothing is the issuer's choice but the epochs.
pub(super) fn plain<S: Suite>(bytes: &[u8], plan: &Plan) -> Result<KeySchedule, NotPinned> {
    let schedule = KeySchedule::from_bytes(bytes).map_err(|_| NotPinned(()))?;
    let plain = |slot: &Slot| plan.slot(slot.epoch()).is_ok_and(|own| own == *slot);
    let keys = schedule.keys();
    let all = keys
        .iter()
        .all(|key| plain(key.slot()) && !key.is_withdrawn());
    if all && schedule.plan() == plan && plan.is_for::<S>() {
        Ok(schedule)
    } else {
        Err(NotPinned(()))
    }
}

/// Keys, and the attributes of each.
type Claims<S> = (Vec<Element<S>>, Vec<Vec<u8>>);

/// The keys of a schedule, and what each is said to be derived for.
pub(super) fn claims<S: Suite>(schedule: &KeySchedule) -> Result<Claims<S>, NotPinned> {
    let keys = schedule.keys();
    let elements = keys.iter().map(|key| Element::from_bytes(key.public_key()));
    let elements = elements
        .collect::<Result<_, _>>()
        .map_err(|_| NotPinned(()))?;
    let attributes = keys
        .iter()
        .map(|key| schedule.plan().attributes(key.slot()));
    Ok((elements, attributes.collect()))
}
