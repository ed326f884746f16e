#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, rand_core};
pub use milagro_dta::Signing;
pub use milagro_mpin::{Epoch, EpochLength, EpochPolicy, TrustDomainId};

mod anchor;
mod batch;
mod bounded;
mod error;
mod identity;
mod key;
mod master;
mod signature;
mod spec;
mod tags;
mod usage;

pub use anchor::TrustAnchor;
pub use batch::{Claim, verify_batch};
pub use error::{BadSignature, IdentityError, KeyError};
pub use identity::{Identity, Principal, Role};
pub use key::{IdentityKey, Signer};
pub use master::SigningMaster;
pub use signature::{Context, Signature};
pub use usage::Usage;

#[cfg(test)]
mod tests;
