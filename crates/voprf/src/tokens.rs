//! Tokens: drawn by a known user, spent by a nameless client, counted in a ledger.
//! [`notes::tokens`](crate::notes::tokens) has the protocol in full.

mod error;
mod frame;
pub(crate) mod issue;
pub(crate) mod keys;
mod nonce;
mod output;
mod plan;
#[cfg(feature = "bls12381")]
pub mod public;
pub(crate) mod redeem;
pub(crate) mod schedule;
pub(crate) mod signature;
mod timetable;
mod token;
mod uses;
mod wallet;

pub use error::OutOfRange;
pub use issue::{
    Admitted, Drawing, IssueRefusal, Issuer, Leased, PendingTokens, QueryBudget, Quota, TokenKey,
    TokenKeyError, TokenRequest, TokenResponse, UncheckedRequest, Unfinished,
};
pub use keys::{
    KeyRing, PortableKey, PortablePrimary, PortablePrimaryPublic, TokenPrimary, TokenPrimaryPublic,
    TokenSecretKey,
};
pub use nonce::Nonce;
pub use output::TokenOutput;
pub use plan::{KeyId, Plan, Slot};
pub use redeem::{
    BareRedemption, BareRequest, Binding, Redeemed, Redeemer, RedeemerId, Redemption,
    RedemptionRefused, RedemptionRequest, Refusal, Spending,
};
pub use schedule::{
    Draft, Edition, KeySchedule, NotLater, NotPinned, PinnedSchedule, ScheduleDigest,
    ScheduleError, ScheduleSigner, ScheduleVerifier, ScheduledKey, SignedSchedule,
};
pub use timetable::{Epoch, Timetable};
pub use token::Token;
pub use uses::{UseIndex, Uses};
pub use wallet::{NotTaken, Wallet, WalletError};
