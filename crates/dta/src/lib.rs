#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, rand_core};

pub mod additive;
mod authority;
mod batch;
pub mod bulletin;
pub mod ceremony;
mod combine;
mod cover;
pub mod dealer;
mod domain;
mod error;
mod group;
mod member;
mod protocol;
mod pseudonym;
mod public_key;
mod purpose;
mod revocation;
mod schnorr;
mod share;
pub mod sharing;
mod tags;
pub mod vault;

pub use authority::Authority;
pub use batch::{Batch, combine_batches};
pub use combine::{Collector, Combined, combine};
pub use cover::{CoverShare, combine_cover};
pub use domain::{Form, TrustDomain};
pub use error::{CombineError, Culprit, DomainError, Fault, IssueError, ThresholdError};
pub use group::{Bls12381G1, Group};
pub use member::{AuthorityId, Threshold};
pub use protocol::{Agreement, Mpin, Protocol, Psk, Signing, Voprf};
pub use pseudonym::Registrar;
pub use public_key::{MasterPublicKey, PublicKey};
pub use purpose::{
    ClientSecret, CoverPermit, FirstIdentityKey, FirstKey, Gap, HashToFirst, HashToSecond,
    IdentityPurpose, InG1, InG2, PersonalPermit, PersonalSubject, Purpose, SecondIdentityKey,
    SecondKey, ServerSecret,
};
pub use revocation::{DomainMismatch, RevocationList};
pub use share::{G1Share, G2Share, Header, Share};

#[cfg(test)]
mod tests;
