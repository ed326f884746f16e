//! Bodies.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::problem::{Problem, ProblemType};

/// A body that is a form in JSON, and says so.
#[derive(Debug)]
pub struct Form<T>(pub T);

/// A body of canonical bytes, `application/octet-stream`.
#[derive(Debug)]
pub struct Octets(pub Bytes);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        expect(request.headers(), "application/json")?;
        let body = body(request, state).await?;
        // The parser's words quote what was sent: they are not repeated.
        let form = serde_json::from_slice(&body).map_err(|_| ProblemType::Malformed.problem())?;
        Ok(Self(form))
    }
}

impl<S: Send + Sync> FromRequest<S> for Octets {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        expect(request.headers(), "application/octet-stream")?;
        body(request, state).await.map(Self)
    }
}

impl Octets {
    /// The same of a path whose maximum depends on what the service knows.
    ///
    /// # Errors
    /// [`ProblemType::TooLarge`], [`ProblemType::MediaType`].
    pub async fn limited(request: Request, most: usize) -> Result<Self, Problem> {
        expect(request.headers(), "application/octet-stream")?;
        let body = axum::body::to_bytes(request.into_body(), most).await;
        body.map(Self).map_err(|_| ProblemType::TooLarge.problem())
    }
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|error| {
        let too_large = matches!(
            &error,
            BytesRejection::FailedToBufferBody(inner)
                if inner.status() == StatusCode::PAYLOAD_TOO_LARGE
        );
        let kind = if too_large {
            ProblemType::TooLarge
        } else {
            ProblemType::Malformed
        };
        kind.problem()
    })
}

/// The media type, with whatever parameters.
fn expect(headers: &HeaderMap, kind: &str) -> Result<(), Problem> {
    let given = headers.get(header::CONTENT_TYPE);
    let given = given.and_then(|value| value.to_str().ok());
    let given = given
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    let fits = given.is_some_and(|given| given.eq_ignore_ascii_case(kind));
    fits.then_some(())
        .ok_or_else(|| ProblemType::MediaType.problem())
}
