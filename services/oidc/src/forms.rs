//! What requests and answers have, as the document of the interface says it. Requests are read as parameters
//! ([`crate::params`]), each once.

use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

/// A request for authorization (RFC 6749, section 4.1.1; OpenID Connect Core, section 3.1.2.1), or the name of one that was pushed.
#[derive(IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described, and read as parameters")]
pub(crate) struct AuthorizationRequest {
    client_id: String,
    /// A request that was pushed (RFC 9126): nothing else counts then.
    request_uri: Option<String>,
    /// One of the client's, byte by byte.
    redirect_uri: Option<String>,
    /// `code`.
    response_type: Option<String>,
    /// `openid`, and `profile`, `offline_access` or the client's own.
    scope: Option<String>,
    #[schema(max_length = 2048)]
    state: Option<String>,
    #[schema(max_length = 512)]
    nonce: Option<String>,
    /// SHA-256 of the verifier (RFC 7636).
    code_challenge: Option<String>,
    /// `S256`.
    code_challenge_method: Option<String>,
    /// `none`, or some of `login`, `consent` and `select_account`.
    prompt: Option<String>,
    max_age: Option<u64>,
    #[schema(max_length = 256)]
    login_hint: Option<String>,
    id_token_hint: Option<String>,
}

/// A request for tokens (RFC 6749, sections 4.1.3 and 6), of a client that shows who it is: by `Authorization: Basic`, or by an
/// assertion; a public client names itself.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, and read as parameters")]
pub(crate) struct TokenRequest {
    /// `authorization_code` or `refresh_token`.
    grant_type: String,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
    scope: Option<String>,
    /// RFC 8707.
    resource: Option<String>,
    client_id: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

/// A token that is asked about or given back (RFC 7662, RFC 7009), of a client that shows who it is.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, and read as parameters")]
pub(crate) struct OneToken {
    token: String,
    client_id: Option<String>,
    client_assertion_type: Option<String>,
    client_assertion: Option<String>,
}

/// A logout (OpenID Connect RP-Initiated Logout, section 2).
#[derive(IntoParams, ToSchema)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described, and read as parameters")]
pub(crate) struct LogoutRequest {
    id_token_hint: Option<String>,
    client_id: Option<String>,
    post_logout_redirect_uri: Option<String>,
    state: Option<String>,
}

/// The answer to a question of the provider's own pages.
#[derive(ToSchema)]
#[expect(dead_code, reason = "described, and read as parameters")]
pub(crate) struct OwnForm {
    request: String,
    token: String,
    /// `yes`, or anything else.
    answer: Option<String>,
}

/// Where a pushed request is found (RFC 9126, section 2.2).
#[derive(Serialize, ToSchema)]
pub(crate) struct PushedAnswer {
    pub(crate) request_uri: String,
    pub(crate) expires_in: u64,
}
