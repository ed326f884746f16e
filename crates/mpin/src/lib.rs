#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub use milagro_curve::{DecodeError, rand_core};

pub mod client;
#[cfg(feature = "compat")]
pub mod compat;
pub mod full;
mod keys;
pub mod names;
mod permit;
mod proof;
pub mod server;

pub use client::{
    Committed, DeviceKey, FactorError, Factors, PassphraseParams, Pin, PinLength, SecretMismatch,
    Target, Token,
};
pub use full::{
    ClientConfirmation, ClientHello, ClientSession, Confirmed, KeyBase, OnePassHello,
    PrecomputedKeyBase, ServerHello, ServerSession, SessionKeys, Unconfirmed,
};
pub use keys::{ClientSecret, MasterSecret, ServerSecret};
pub use names::{
    ChannelBinding, Epoch, EpochLength, EpochPolicy, Identity, IdentityError, IdentityKind,
    ServerId, TrustDomainId,
};
pub use permit::{Leaf, Permit, PermitKind, PermitLabel};
pub use proof::challenge::Challenge;
pub use proof::encoding::{LoginProof, OnePassProof};
pub use proof::signature::Signature;
pub use server::{
    Attempt, AttemptOutcome, AttemptPolicy, Authenticated, BatchVerifier, ChallengeStore, Counted,
    Decision, EscrowPolicy, MemoryChallengeStore, MemoryReplayStore, OpenedFailure, OpeningPolicy,
    PermitPolicy, PinDistance, PinError, Policy, Reason, Recorded, Rejected, ReplayKey,
    ReplayStore, Signed, Taken, Verifier,
};

#[cfg(test)]
mod tests;
