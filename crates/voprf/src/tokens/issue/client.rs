//! The client's side: from a pinned schedule to a key.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::{DecodeError, Seconds};
use zeroize::Zeroizing;

use crate::modes::key::PublicKey;
use crate::modes::voprf::VerifiedKey;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::nonce::Origin;
use crate::tokens::plan::KeyId;
use crate::tokens::schedule::list::ScheduledKey;
use crate::tokens::schedule::pinned::PinnedSchedule;
use crate::tokens::uses::Uses;

/// Why a schedule gave no key to draw tokens under.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TokenKeyError {
    /// The schedule is for another suite.
    OtherSuite,
    /// No key's issue window is open; or the key of that id is withdrawn or not listed.
    Closed,
    /// The key is not a public key of the suite.
    Key(DecodeError),
}

impl fmt::Display for TokenKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherSuite => f.write_str("schedule of another suite"),
            Self::Closed => f.write_str("no key issues now"),
            Self::Key(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for TokenKeyError {}

/// A key of a schedule that everyone shares, ready to draw tokens under.
///
/// The first draw makes a table of multiples of the key, which clones share: clone it rather than make it
/// again. The methods that draw are in the file of what they make,
/// [`PendingTokens`](crate::tokens::client::PendingTokens).
#[derive(Clone, Debug)]
pub struct TokenKey<S: Suite = Ristretto255> {
    id: KeyId,
    uses: Uses,
    key: Arc<VerifiedKey<S>>,
}

impl<S: Suite> TokenKey<S> {
    /// The key to draw under at time `now`.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    ///
    /// # Security
    /// Only a pinned schedule is taken: this is where a key that the issuer made for one user would come in,
    /// and the batch is blinded in a way that asks for an authenticated key.
    pub fn from_schedule(pinned: &PinnedSchedule, now: Seconds) -> Result<Self, TokenKeyError> {
        Self::of(pinned, pinned.schedule().issuing(now))
    }

    /// The key of that id, whether or not it issues now: for tokens that were asked for before.
    ///
    /// # Errors
    /// [`TokenKeyError`].
    pub fn by_id(pinned: &PinnedSchedule, id: &KeyId) -> Result<Self, TokenKeyError> {
        Self::of(pinned, pinned.schedule().key(id))
    }

    fn of(pinned: &PinnedSchedule, key: Option<&ScheduledKey>) -> Result<Self, TokenKeyError> {
        let plan = pinned.schedule().plan();
        if !plan.is_for::<S>() {
            return Err(TokenKeyError::OtherSuite);
        }
        let key = key.filter(|key| !key.is_withdrawn());
        let key = key.ok_or(TokenKeyError::Closed)?;
        let public = PublicKey::from_bytes(key.public_key()).map_err(TokenKeyError::Key)?;
        Ok(Self {
            id: *key.id(),
            uses: plan.uses(),
            key: Arc::new(VerifiedKey::pin(public)),
        })
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> &KeyId {
        &self.id
    }

    pub(super) fn inputs(&self, origins: &[Origin]) -> Vec<Zeroizing<Vec<u8>>> {
        let input = |origin: &Origin| origin.name().input(&self.id);
        origins.iter().map(input).collect()
    }

    pub(super) const fn uses(&self) -> Uses {
        self.uses
    }

    pub(super) fn key(&self) -> &VerifiedKey<S> {
        &self.key
    }
}
