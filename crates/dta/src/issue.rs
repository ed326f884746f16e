//! Keys issued in shares: what for, by whom, and how shares come together.

pub(crate) mod authority;
pub(crate) mod batch;
pub(crate) mod combine;
pub(crate) mod error;
pub(crate) mod period;
pub(crate) mod pseudonym;
pub(crate) mod public_key;
pub(crate) mod purpose;
pub(crate) mod received;
pub(crate) mod share;
pub(crate) mod uncounted;

pub use batch::Batch;
pub use combine::{Collector, Combined, combine};
pub use error::{CombineError, Culprit, Fault, IssueError};
pub use pseudonym::PseudonymKey;
pub use public_key::{MasterPublicKey, PublicKey};
pub use purpose::{
    ClientSecret, CoverPermit, FirstIdentityKey, FirstKey, Gap, HashToFirst, HashToSecond,
    IdentityPurpose, InG1, InG2, PersonalPermit, PersonalSubject, Purpose, SecondIdentityKey,
    SecondKey, ServerSecret,
};
pub use received::Received;
pub use share::{G1Share, G2Share, Header, Share};
pub use uncounted::Uncounted;
