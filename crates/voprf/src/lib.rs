#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod attributes;
mod batch;
mod cache;
#[cfg(feature = "acs-compat")]
pub mod compat;
mod context;
mod dleq;
mod error;
#[cfg(feature = "hazmat")]
pub mod hazmat;
mod issue;
mod key;
mod naor_reingold;
pub mod notes;
mod oprf;
mod output;
mod policy;
mod poprf;
mod redeem;
mod schedule;
mod sdhi;
mod store;
mod suite;
mod tags;
mod token;
mod voprf;
mod wallet;
mod wire;
mod xmd;

pub use attributes::Attributes;
pub use batch::MAX_BATCH;
pub use cache::DerivedKeys;
pub use error::{DecodeError, Error};
pub use issue::{
    IssueRefusal, Issuer, KeyRing, PendingTokens, TokenKey, TokenKeyError, TokenRequest,
    TokenResponse,
};
pub use key::{PublicKey, SecretKey};
pub use naor_reingold::{NaorReingoldProof, NaorReingoldPublicKey, NaorReingoldSecretKey};
pub use oprf::Unverified;
pub use output::Output;
pub use policy::{IssuancePolicy, PolicyRefusal, UserRate};
pub use poprf::{PendingTagged, TaggedKey, TaggedSecretKey};
pub use rand_core;
pub use redeem::{
    BareRequest, Binding, OutputSource, Redeemed, Redeemer, RedeemerId, RedemptionRefused,
    RedemptionRequest, Refusal, Reservation,
};
pub use schedule::{
    BudgetExhausted, Epoch, KeySchedule, NotPinned, PinnedSchedule, QueryBudget, ScheduleDigest,
    ScheduledKey, Timetable,
};
pub use sdhi::{DerivationProof, DerivedKey, PrimaryPublicKey, PrimarySecretKey};
pub use store::{CommitError, MemoryStore, RedemptionStore, ReserveError, Spend};
#[cfg(feature = "bls12381")]
pub use suite::Bls12381G1;
#[cfg(feature = "p256")]
pub use suite::P256;
#[cfg(feature = "p384")]
pub use suite::P384;
#[cfg(feature = "p521")]
pub use suite::P521;
pub use suite::{Mode, Oprf, Poprf, Ristretto255, Suite, Voprf};
pub use token::{FormatError, KeyId, Nonce, Token, TokenOutput, UseIndex, Uses};
pub use voprf::{Pending, VerifiedKey};
pub use wallet::Wallet;
pub use wire::{Blinded, Evaluated, Proof};
