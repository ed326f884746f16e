#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, rand_core};

pub mod ceremony;
mod domain;
mod errors;
pub mod grants;
pub mod issue;
pub mod permits;
pub mod sharing;
mod tags;

pub use domain::member::{AuthorityId, Threshold, ThresholdError};
pub use domain::protocol::{Agreement, Mpin, Protocol, Psk, Signing, Voprf};
pub use domain::roster::{MemberKey, MemberPublicKey, Roster};
pub use domain::trust_domain::{DomainError, Edition, TrustDomain};
pub use domain::{dealer, vault};
pub use issue::authority::Authority;

#[cfg(test)]
mod tests;
