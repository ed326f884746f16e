//! What everybody goes by: the plan of a service's tokens, and the published list of its keys.
//!
//! A [`Plan`] with its [`Timetable`] says what all keys have in common, a [`Draft`] becomes a [`KeySchedule`],
//! and a client draws by a [`PinnedSchedule`] alone, which a digest, a [`ScheduleVerifier`] or a primary key
//! pins.

pub(crate) mod draft;
pub(crate) mod list;
pub(crate) mod pinned;
pub(crate) mod signed;

pub use crate::tokens::plan::{Plan, Slot};
pub use crate::tokens::timetable::{Epoch, Timetable};
pub use crate::tokens::uses::Uses;
pub use draft::{Draft, ScheduleError};
pub use list::{Edition, KeySchedule, NotLater, ScheduleDigest, ScheduledKey};
pub use pinned::{NotPinned, PinnedSchedule};
pub use signed::{ScheduleSigner, ScheduleVerifier, SignedSchedule};
