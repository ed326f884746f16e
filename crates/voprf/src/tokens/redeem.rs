//! Spending a token: the request that proves itself, the redeemer that checks it, and the bare form beside
//! it.

pub(crate) mod binding;
pub(crate) mod mac;
pub(crate) mod message;
pub(crate) mod redeemer;
pub(crate) mod refusal;
pub(crate) mod spend;

#[cfg(test)]
mod tests;
