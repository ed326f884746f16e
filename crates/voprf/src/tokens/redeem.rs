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

pub use binding::{Binding, RedeemerId};
pub use message::{BareRequest, RedemptionRequest, Spending};
pub use redeemer::{BareRedemption, Redeemer, Redemption};
pub use refusal::{RedemptionRefused, Refusal};
pub use spend::Redeemed;
