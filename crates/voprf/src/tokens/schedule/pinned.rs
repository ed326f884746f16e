//! Schedules that a client knows to be everyone's.

use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{KeySchedule, ScheduleDigest};

/// A schedule that its holder knows to be the one that all clients have: what a [`TokenKey`](crate::TokenKey) is taken from.
///
/// ```compile_fail,E0308
/// # use milagro_voprf::tokens::{KeySchedule, TokenKey, TokenKeyError};
/// # fn demo(received: &KeySchedule, now: u64) -> Result<TokenKey, TokenKeyError> {
/// TokenKey::from_schedule(received, now) // nobody has said whose schedule this is
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PinnedSchedule(KeySchedule);

impl PinnedSchedule {
    /// States that this schedule is everyone's: it is built into the program, or came from an authenticated channel that gives
    /// everyone the same.
    ///
    /// # Security
    /// A schedule that the issuer sends to its client may be for that client alone: [`KeySchedule::pinned`] and
    /// [`KeySchedule::proven`] check what was received.
    #[must_use]
    pub const fn pin(schedule: KeySchedule) -> Self {
        Self(schedule)
    }

    /// The schedule itself.
    #[must_use]
    pub const fn schedule(&self) -> &KeySchedule {
        &self.0
    }
}

impl KeySchedule {
    /// Reads published bytes that have the digest which the client pins.
    ///
    /// # Errors
    /// [`NotPinned`] for any other bytes.
    pub fn pinned(bytes: &[u8], digest: &ScheduleDigest) -> Result<PinnedSchedule, NotPinned> {
        let schedule = Self::from_bytes(bytes).map_err(|_| NotPinned(()))?;
        let same = schedule.digest().0.ct_eq(&digest.0);
        if bool::from(same) {
            Ok(PinnedSchedule(schedule))
        } else {
            Err(NotPinned(()))
        }
    }
}

/// The schedule or key is not the one that every client has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct NotPinned(pub(super) ());

impl fmt::Display for NotPinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the pinned schedule")
    }
}

impl core::error::Error for NotPinned {}
