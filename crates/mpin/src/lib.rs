#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, rand_core};

mod binding;
mod challenge;
mod domain;
mod epoch;
mod error;
mod factor;
mod identity;
mod keys;
mod permit;
mod pin;
mod policy;
mod proof;
mod prover;
mod spec;
mod store;
mod tags;
mod token;
mod verifier;

pub use binding::ChannelBinding;
pub use challenge::Challenge;
pub use domain::TrustDomainId;
pub use epoch::{Epoch, EpochLength, EpochPolicy};
pub use error::{FactorError, IdentityError, Reason, Rejected, SecretMismatch};
pub use factor::{Factors, PassphraseParams};
pub use identity::{Identity, IdentityKind, ServerId};
pub use keys::{ClientSecret, MasterSecret, ServerSecret};
pub use permit::{Leaf, Permit, PermitKind, PermitLabel};
pub use pin::{Pin, PinLength};
pub use policy::{PermitPolicy, Policy};
pub use proof::LoginProof;
pub use prover::{Committed, Target};
pub use store::{ChallengeStore, MemoryChallengeStore, Taken};
pub use token::Token;
pub use verifier::{Authenticated, Verifier};

#[cfg(test)]
mod tests;
