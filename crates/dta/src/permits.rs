//! Who gets a permit for an epoch, and who does not: revocation lists, covers of everybody else, and the
//! public document of an epoch's permits.

pub mod bulletin;
pub(crate) mod cover;
pub(crate) mod revocation;

pub use cover::{CoverShare, combine_cover};
pub use revocation::{DomainMismatch, RevocationList};
