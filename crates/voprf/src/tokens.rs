//! Tokens: drawn by a known user, spent by a nameless client, counted in a ledger.
//! [`notes::tokens`](crate::notes::tokens) has the protocol in full.
//!
//! | who | module |
//! |---|---|
//! | a client, which draws and spends | [`client`] |
//! | an issuer, which counts and answers | [`issuer`] |
//! | a redeemer, which checks and counts | [`redeemer`] |
//! | all of them, who go by one published list of keys | [`schedule`] |
//! | whoever makes and keeps secret keys | [`keys`] |
//!
//! Here stand the messages between them, and what more than one of them names.

pub mod client;
mod error;
mod frame;
pub(crate) mod issue;
pub mod issuer;
pub mod keys;
mod nonce;
mod output;
mod plan;
#[cfg(feature = "bls12381")]
pub mod public;
pub(crate) mod redeem;
pub mod redeemer;
pub mod schedule;
pub(crate) mod signature;
mod timetable;
mod token;
mod uses;
mod wallet;

pub use error::OutOfRange;
pub use issue::message::{TokenRequest, TokenResponse};
pub use nonce::Nonce;
pub use plan::KeyId;
pub use redeem::message::{BareRequest, RedemptionRequest};
pub use uses::UseIndex;
