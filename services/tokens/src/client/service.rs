//! One tenant of a token service, as it is asked over HTTP.

use axum::http::HeaderValue;
use milagro_voprf::tokens::schedule::SignedSchedule;
use milagro_wire::client::{Answered, CallError, Endpoint, Posted};

use crate::forms::{RedeemAnswer, RedeemRequest};
use crate::tenant::TenantName;

/// A tenant of a token service. Each request that fails on its way is sent again, the same.
#[derive(Clone, Debug)]
pub struct TokenService {
    endpoint: Endpoint,
    tenant: TenantName,
}

impl TokenService {
    /// The longest answer to a redemption, in bytes.
    const OUTCOMES_MAX: usize = 1 << 13;

    /// The tenant of that name at an endpoint.
    #[must_use]
    pub const fn new(endpoint: Endpoint, tenant: TenantName) -> Self {
        Self { endpoint, tenant }
    }

    /// The bytes of its `SignedSchedule`.
    ///
    /// # Errors
    /// [`CallError`]; so for all methods below.
    pub async fn schedule(&self) -> Result<Vec<u8>, CallError> {
        let path = ["v1", self.tenant.as_str(), "schedule"];
        let most = SignedSchedule::MAX_LEN;
        self.endpoint.get(Answered { path: &path, most }).await
    }

    /// The answer to a `TokenRequest` of whoever the header `Authorization` names.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn issue(
        &self,
        authorization: Option<&HeaderValue>,
        request: &[u8],
    ) -> Result<Vec<u8>, CallError> {
        let path = ["v1", self.tenant.as_str(), "issue"];
        let posted = Posted {
            media_type: "application/octet-stream",
            body: request,
            authorization,
        };
        // The proof of 64 bytes takes more than the key id that it stands in the place of.
        let most = request.len().saturating_add(64);
        self.endpoint
            .post(Answered { path: &path, most }, posted)
            .await
    }

    /// What comes of redemptions: an outcome for each.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn redeem(&self, request: &RedeemRequest) -> Result<RedeemAnswer, CallError> {
        let path = ["v1", self.tenant.as_str(), "redeem"];
        let body = serde_json::to_vec(request).map_err(|_| CallError::Answer)?;
        let posted = Posted {
            media_type: "application/json",
            body: &body,
            authorization: None,
        };
        let most = Self::OUTCOMES_MAX;
        let answer = self
            .endpoint
            .post(Answered { path: &path, most }, posted)
            .await?;
        let answer: RedeemAnswer =
            serde_json::from_slice(&answer).map_err(|_| CallError::Answer)?;
        let asked = request.redemptions.as_slice().len();
        let fits = answer.outcomes.as_slice().len() == asked;
        fits.then_some(answer).ok_or(CallError::Answer)
    }
}
