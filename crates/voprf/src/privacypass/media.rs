//! Media types and well-known places.

/// TokenRequest (RFC 9578, section 8.3).
pub const TOKEN_REQUEST: &str = "application/private-token-request";
/// TokenResponse (RFC 9578, section 8.3).
pub const TOKEN_RESPONSE: &str = "application/private-token-response";
/// AmortizedBatchTokenRequest (draft-ietf-privacypass-batched-tokens). A request that came as anything else is
/// answered with status 415.
pub const BATCH_REQUEST: &str = "application/private-token-amortized-batch-request";
/// AmortizedBatchTokenResponse (draft-ietf-privacypass-batched-tokens).
pub const BATCH_RESPONSE: &str = "application/private-token-amortized-batch-response";
/// The issuer directory (RFC 9578, section 4).
pub const DIRECTORY: &str = "application/private-token-issuer-directory";
/// Where the issuer directory is (RFC 9578, section 8.1).
pub const DIRECTORY_PATH: &str = "/.well-known/private-token-issuer-directory";
