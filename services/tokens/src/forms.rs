//! What is asked and answered in JSON. Tokens themselves are drawn in canonical bytes.

use milagro_voprf::tokens::RedemptionRequest;
use milagro_wire::bounded::{Blob, List};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Most redemptions in one request.
pub const BATCH_MAX: usize = 128;
/// Longest context of a redemption, in bytes.
pub const CONTEXT_MAX: usize = 255;
/// Longest payload of a redemption, in bytes; whoever has more gives its hash.
pub const PAYLOAD_MAX: usize = 1 << 12;
/// Longest body of a request to redeem, in bytes.
pub const REDEEM_BODY_MAX: usize = 1 << 19;
/// Longest encoding of a redemption.
pub const REDEMPTION_MAX: usize = RedemptionRequest::SIGNED_LEN;

/// One redemption, and what it is for.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemItem {
    /// `RedemptionRequest`, which is bound to the redeemer's name, the context and the payload.
    #[schema(value_type = String, max_length = 218, pattern = "^[A-Za-z0-9_-]*$")]
    pub request: Blob<REDEMPTION_MAX>,
    /// What the payload is for.
    #[schema(value_type = String, max_length = 340, pattern = "^[A-Za-z0-9_-]*$")]
    pub context: Blob<CONTEXT_MAX>,
    /// What shall be accepted.
    #[schema(value_type = String, max_length = 5462, pattern = "^[A-Za-z0-9_-]*$")]
    pub payload: Blob<PAYLOAD_MAX>,
}

/// Redemptions that are checked together, and counted by one call of the ledger.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedeemRequest {
    /// At least one.
    #[schema(value_type = Vec<RedeemItem>, max_items = 128)]
    pub redemptions: List<RedeemItem, BATCH_MAX>,
}

/// What came of a redemption.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RedeemOutcome {
    /// It is spent, here and now, on this payload.
    Spent,
    /// This very redemption was spent before, on this payload: the answer to it may have been lost. A yes only where the
    /// work is the same each time.
    Again,
    /// No: for whatever reason.
    Refused,
    /// Nothing is known of it. The same can be asked again.
    Unknown,
}

/// One outcome for each redemption, in their order.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct RedeemAnswer {
    /// The outcomes.
    #[schema(value_type = Vec<RedeemOutcome>, max_items = 128)]
    pub outcomes: List<RedeemOutcome, BATCH_MAX>,
}
