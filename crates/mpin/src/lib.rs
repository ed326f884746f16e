#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, rand_core};

mod attempts;
mod batch;
mod binding;
mod bounded;
mod challenge;
#[cfg(feature = "compat")]
pub mod compat;
mod device_key;
mod domain;
mod epoch;
mod error;
mod factor;
mod full;
mod identity;
mod keys;
mod opening;
mod permit;
mod pin;
mod pin_error;
mod policy;
mod proof;
mod prover;
mod replay;
mod signature;
mod spec;
mod statement;
mod store;
mod tags;
mod token;
mod verifier;

pub use attempts::{Attempt, AttemptOutcome, AttemptPolicy, Counted, Decision};
pub use batch::BatchVerifier;
pub use binding::ChannelBinding;
pub use challenge::Challenge;
pub use device_key::DeviceKey;
pub use domain::TrustDomainId;
pub use epoch::{Epoch, EpochLength, EpochPolicy};
pub use error::{FactorError, IdentityError, Reason, Rejected, SecretMismatch};
pub use factor::{Factors, PassphraseParams};
pub use full::{
    ClientConfirmation, ClientHello, ClientSession, Confirmed, KeyBase, OnePassHello,
    PrecomputedKeyBase, ServerHello, ServerSession, SessionKeys, Unconfirmed,
};
pub use identity::{Identity, IdentityKind, ServerId};
pub use keys::{ClientSecret, MasterSecret, ServerSecret};
pub use permit::{Leaf, Permit, PermitKind, PermitLabel};
pub use pin::{Pin, PinLength};
pub use pin_error::{OpenedFailure, PinDistance, PinError};
pub use policy::{EscrowPolicy, OpeningPolicy, PermitPolicy, Policy};
pub use proof::{LoginProof, OnePassProof};
pub use prover::{Committed, Target};
pub use replay::{MemoryReplayStore, Recorded, ReplayKey, ReplayStore};
pub use signature::Signature;
pub use store::{ChallengeStore, MemoryChallengeStore, Taken};
pub use token::Token;
pub use verifier::{Authenticated, Signed, Verifier};

#[cfg(test)]
mod tests;
