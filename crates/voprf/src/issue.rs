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
