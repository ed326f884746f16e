//! Keys of epochs for issuers who share them: one key generation for each attribute list, certified by the group.
//!
//! 1/(a + h) of a shared a is no linear function of its shares, so there is no primary key from which t issuers could
//! derive. Instead they found a domain for each list ahead of its time, and q = ⌊(n + t - 1)/2⌋ + 1 of them sign that
//! its key is the one of this list. Two such quorums share t members, one of them honest, and the honest sign one key
//! for a list in their lives: so there are no two keys for one list, as with a primary key.

pub(crate) mod certificate;
pub(crate) mod list;
pub(crate) mod member;

pub use certificate::Certificate;
pub use list::{Council, CouncilError, CouncilKey};
pub use member::{CouncilMember, Endorsing};
