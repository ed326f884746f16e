//! The published list of an issuer's keys.

pub(crate) mod draft;
pub(crate) mod list;
pub(crate) mod pinned;
pub(crate) mod signed;

pub use draft::{Draft, ScheduleError};
pub use list::{Edition, KeySchedule, NotLater, ScheduleDigest, ScheduledKey};
pub use pinned::{NotPinned, PinnedSchedule};
pub use signed::{ScheduleSigner, ScheduleVerifier, SignedSchedule};
