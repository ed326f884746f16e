//! What a client does: draw under a key of a pinned schedule, keep what it drew, spend it.
//!
//! [`TokenKey`] draws and gives a [`Drawing`]; its [`PendingTokens`] become [`Token`]s, which a [`Wallet`] keeps
//! and a [`Binding`] spends.

pub use crate::tokens::issue::client::{TokenKey, TokenKeyError};
pub use crate::tokens::issue::pending::{Drawing, PendingTokens, Unfinished};
pub use crate::tokens::output::TokenOutput;
pub use crate::tokens::redeem::binding::Binding;
pub use crate::tokens::redeem::message::Spending;
pub use crate::tokens::token::Token;
pub use crate::tokens::wallet::{NotTaken, Wallet, WalletError};
