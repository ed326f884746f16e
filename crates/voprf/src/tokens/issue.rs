//! Drawing tokens: a batch of blinded nonces to the issuer, evaluations with one proof back.

mod client;
mod issuer;
mod message;
mod ring;

#[cfg(test)]
mod tests;

pub use client::{PendingTokens, TokenKey, TokenKeyError};
pub use issuer::{IssueRefusal, Issuer};
pub use message::{TokenRequest, TokenResponse};
pub use ring::KeyRing;

use crate::modes::context::Context;
use crate::suite::group::Suite;
use crate::tags;

/// The context of the proofs, whose weights hash the whole batch: an issuer can mark no client by errors that cancel.
fn context<S: Suite>() -> Context<S> {
    Context::new(&[tags::TOKEN_ISSUE, S::IDENTIFIER.as_bytes()])
}
