//! What a redeemer does: check what a nameless client spends, and have the ledger count it.
//!
//! [`Redeemer`] takes a [`Redemption`] to a [`Redeemed`] use, locked behind the charge that spends it. Its
//! [`Refusal`]s are for its own log, and [`RedemptionRefused`] is for everybody else.

pub use crate::tokens::redeem::binding::RedeemerId;
pub use crate::tokens::redeem::redeemer::{BareRedemption, Redeemer, Redemption};
pub use crate::tokens::redeem::refusal::{RedemptionRefused, Refusal};
pub use crate::tokens::redeem::spend::Redeemed;
