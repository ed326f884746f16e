//! A client with a wallet that it refills ahead of need, and spends from without a name.
//!
//! [`Client::refill`] asks as a user who is known, [`Client::spend`] as nobody: over another connection, at another time,
//! and with nothing of the user in the payload. The client goes by a schedule that everybody has ([`Trust`]), so that a
//! server that tries a key of its own for one user is found out: [`ClientError::NotPinned`] where the schedule is not the
//! signed one, or goes back, and [`ClientError::OtherKey`] where the answer is not of the key in it.

mod error;
mod keys;
mod purse;
mod service;
mod spend;
mod wallet;

pub use error::{ClientError, SaveError};
pub use keys::KeySource;
pub use purse::Keeper;
pub use service::TokenService;
pub use spend::{Purchase, Receipt, SpendError, Unanswered};
pub use wallet::{Client, ClientParts, Refill, Refilled, Trust};
