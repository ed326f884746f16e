//! Errors as RFC 6749 (sections 4.1.2.1 and 5.2), RFC 6750 and OpenID Connect Core (section 3.1.2.6) name them.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use milagro_ledger::Unavailable;
use serde::Serialize;
use utoipa::ToSchema;

/// The name of an error.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    AccessDenied,
    ConsentRequired,
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    InvalidToken,
    LoginRequired,
    RegistrationNotSupported,
    RequestNotSupported,
    ServerError,
    /// RFC 8628, section 3.5, has the word, and others may ask too often as well.
    SlowDown,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
}

/// An error, and what a developer may want to know of it. Nothing that was sent is repeated.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct OAuthError {
    pub(crate) word: Word,
    pub(crate) description: &'static str,
}

/// An error, as it is sent.
#[derive(Serialize, ToSchema)]
pub(crate) struct Refusal {
    error: Word,
    /// For a developer. Nothing that was sent is repeated.
    error_description: &'static str,
}

impl OAuthError {
    pub(crate) const fn new(word: Word, description: &'static str) -> Self {
        Self { word, description }
    }

    /// A client that is unknown, or does not prove to be the one it says.
    pub(crate) const fn client() -> Self {
        Self::new(Word::InvalidClient, "the client is not authenticated")
    }

    /// A code or refresh token that is worth nothing, whatever the reason.
    pub(crate) const fn grant() -> Self {
        Self::new(Word::InvalidGrant, "worth nothing, or nothing any more")
    }

    const fn status(self) -> StatusCode {
        match self.word {
            Word::InvalidClient | Word::InvalidToken => StatusCode::UNAUTHORIZED,
            Word::SlowDown => StatusCode::TOO_MANY_REQUESTS,
            Word::TemporarilyUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Word::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl From<Unavailable> for OAuthError {
    fn from(_: Unavailable) -> Self {
        Self::new(Word::TemporarilyUnavailable, "ask again")
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let body = Refusal {
            error: self.word,
            error_description: self.description,
        };
        let mut response = (self.status(), Json(body)).into_response();
        let headers = response.headers_mut();
        match self.word {
            Word::InvalidClient => {
                let value = HeaderValue::from_static("Basic realm=\"token\"");
                headers.insert(header::WWW_AUTHENTICATE, value);
            }
            Word::InvalidToken => {
                let value = HeaderValue::from_static("Bearer error=\"invalid_token\"");
                headers.insert(header::WWW_AUTHENTICATE, value);
            }
            Word::TemporarilyUnavailable | Word::SlowDown => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
