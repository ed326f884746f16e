//! Who gets a permit for an epoch, and who does not: revocation lists, covers of everybody else, and the
//! public document of an epoch's permits.

pub mod bulletin;
pub(crate) mod cover;
pub(crate) mod desk;
pub(crate) mod mark;
pub(crate) mod revocation;
pub(crate) mod signed;

pub use crate::issue::period::Period;
pub use cover::{CoverShare, combine_cover};
pub use desk::{Desk, Window};
pub use mark::ListMark;
pub use revocation::{DomainMismatch, RevocationList};
pub use signed::{ListRejected, SignedList};
