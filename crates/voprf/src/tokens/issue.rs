//! Drawing tokens: a batch of blinded nonces to the issuer, evaluations with one proof back.

pub(crate) mod budget;
pub(crate) mod claims;
pub(crate) mod client;
pub(crate) mod context;
pub(crate) mod issuer;
pub(crate) mod message;
pub(crate) mod pending;
pub(crate) mod quota;
pub(crate) mod recent;
pub(crate) mod refusal;

#[cfg(test)]
mod tests;
