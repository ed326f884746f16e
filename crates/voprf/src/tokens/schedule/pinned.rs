//! Schedules that a client knows to be everyone's.

use core::fmt;

use crate::tokens::schedule::list::{Edition, KeySchedule, ScheduleDigest};

/// A schedule that its holder knows to be the one that all clients have: what a
/// [`TokenKey`](crate::tokens::client::TokenKey) is taken from.
///
/// | known by | rests on |
/// |---|---|
/// | [`Self::pin`] | the caller's word |
/// | [`KeySchedule::pinned`] | a digest that everybody has |
/// | [`ScheduleVerifier::pin`](super::ScheduleVerifier::pin) and [`Self::follow`] | a signer who signs one schedule; editions that only grow; a digest that can be compared |
/// | [`TokenPrimaryPublic::pin`](crate::tokens::keys::TokenPrimaryPublic::pin), [`PortablePrimaryPublic::pin`](crate::tokens::keys::PortablePrimaryPublic::pin) | a plan and a primary key: each epoch has one possible key |
///
/// ```compile_fail,E0308
/// # use milagro_voprf::tokens::client::{TokenKey, TokenKeyError};
/// # use milagro_voprf::tokens::schedule::KeySchedule;
/// # fn demo(received: &KeySchedule, now: milagro_base::Seconds) -> Result<TokenKey, TokenKeyError> {
/// TokenKey::from_schedule(received, now) // nobody has said whose schedule this is
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PinnedSchedule(KeySchedule);

impl PinnedSchedule {
    /// States that this schedule is everyone's: it is built into the program, or came from an authenticated
    /// channel that gives everyone the same.
    ///
    /// # Security
    /// A schedule that the issuer sends to its client may be for that client alone.
    #[must_use]
    pub const fn pin(schedule: KeySchedule) -> Self {
        Self(schedule)
    }

    /// The schedule itself.
    #[must_use]
    pub const fn schedule(&self) -> &KeySchedule {
        &self.0
    }

    /// The next edition, to take the place of this one.
    ///
    /// # Errors
    /// [`NotPinned`] unless it may come after this one, which stays as it is: [`KeySchedule::is_followed_by`].
    pub fn follow(&self, next: Self) -> Result<Self, NotPinned> {
        if self.0.is_followed_by(&next.0) {
            Ok(next)
        } else {
            Err(NotPinned(()))
        }
    }

    /// The same schedule, if it is no earlier than the edition that was kept over a restart.
    ///
    /// # Errors
    /// [`NotPinned`] for an earlier one, for another of the same number, and for the next one if it comes after
    /// another.
    pub fn no_earlier_than(self, seen: &Edition) -> Result<Self, NotPinned> {
        if self.0.is_no_earlier_than(seen) {
            Ok(self)
        } else {
            Err(NotPinned(()))
        }
    }
}

impl KeySchedule {
    /// Reads published bytes that have the digest which the client pins.
    ///
    /// # Errors
    /// [`NotPinned`] for any other bytes.
    pub fn pinned(bytes: &[u8], digest: &ScheduleDigest) -> Result<PinnedSchedule, NotPinned> {
        if bytes.len() > Self::MAX_LEN || Self::digest_of(bytes) != *digest {
            return Err(NotPinned(()));
        }
        let schedule = Self::from_bytes(bytes).map_err(|_| NotPinned(()))?;
        Ok(PinnedSchedule(schedule))
    }
}

/// The schedule or key is not the one that every client has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotPinned(pub(in crate::tokens) ());

impl fmt::Display for NotPinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the pinned schedule")
    }
}

impl core::error::Error for NotPinned {}
