//! What a service says when it does not do what was asked: problem details (RFC 9457).
//!
//! | type | status | what to do |
//! |---|---|---|
//! | `malformed` | 400 | ask for something else: it is not the form that the path takes |
//! | `refused` | 403 | nothing more is said; an authority's operator finds the reason in its audit file |
//! | `revoked` | 403 | the identity is on the revocation list |
//! | `not-found` | 404 | |
//! | `method` | 405 | |
//! | `slow` | 408 | send the whole request in time |
//! | `conflict` | 409 | something else is there |
//! | `older` | 409 | a higher number was taken before |
//! | `epoch` | 409 | ask for an epoch that the authority issues for now |
//! | `too-large` | 413 | |
//! | `media-type` | 415 | |
//! | `misdirected` | 421 | ask under a name that the service has |
//! | `rate` | 429 | ask again after `Retry-After` |
//! | `internal` | 500 | |
//! | `busy` | 503 | ask again after `Retry-After` |
//! | `unavailable` | 503 | ask again after `Retry-After`: the ledger did not answer, or has no room |

use alloc::collections::BTreeMap;
use core::fmt;

use serde::{Deserialize, Serialize};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::response::{Response, ResponseBuilder};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{Content, Ref, RefOr};
use utoipa::{IntoResponses, ToSchema};

/// The media type of problem details.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// What stands in front of every type: where it is explained.
const EXPLAINED: &str = "https://docs.rs/milagro-wire/latest/milagro_wire/problem/#";

/// The problem types of all services.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ProblemType {
    /// Not the form that the path takes.
    Malformed,
    /// A grant or proof that is not accepted; no reason is given.
    Refused,
    /// The identity is revoked.
    Revoked,
    /// There is no such thing.
    NotFound,
    /// The path has no such method.
    Method,
    /// The request did not arrive in time.
    Slow,
    /// Something else is there.
    Conflict,
    /// Something with a higher number was taken before.
    Older,
    /// Not an epoch that is issued for now.
    Epoch,
    /// Longer than the maximum of the path.
    TooLarge,
    /// Another media type than the path takes.
    MediaType,
    /// The service does not have the name that it was asked under.
    Misdirected,
    /// Too many requests.
    Rate,
    /// A fault of the service.
    Internal,
    /// Too many requests at once.
    Busy,
    /// The ledger or the records did not answer.
    Unavailable,
}

/// Each with its word, its status and its title.
const TABLE: [(ProblemType, &str, u16, &str); 16] = [
    (
        ProblemType::Malformed,
        "malformed",
        400,
        "not the form that is expected here",
    ),
    (ProblemType::Refused, "refused", 403, "refused"),
    (
        ProblemType::Revoked,
        "revoked",
        403,
        "the identity is revoked",
    ),
    (
        ProblemType::NotFound,
        "not-found",
        404,
        "there is no such thing",
    ),
    (
        ProblemType::Method,
        "method",
        405,
        "there is no such method here",
    ),
    (
        ProblemType::Slow,
        "slow",
        408,
        "the request did not arrive in time",
    ),
    (
        ProblemType::Conflict,
        "conflict",
        409,
        "something else is there",
    ),
    (
        ProblemType::Older,
        "older",
        409,
        "a higher number was taken before",
    ),
    (
        ProblemType::Epoch,
        "epoch",
        409,
        "not an epoch that is issued for now",
    ),
    (
        ProblemType::TooLarge,
        "too-large",
        413,
        "longer than allowed here",
    ),
    (
        ProblemType::MediaType,
        "media-type",
        415,
        "not the media type that is expected here",
    ),
    (
        ProblemType::Misdirected,
        "misdirected",
        421,
        "not a name of this service",
    ),
    (ProblemType::Rate, "rate", 429, "too many requests"),
    (
        ProblemType::Internal,
        "internal",
        500,
        "a fault of the service",
    ),
    (ProblemType::Busy, "busy", 503, "too many requests at once"),
    (
        ProblemType::Unavailable,
        "unavailable",
        503,
        "the store did not answer",
    ),
];

impl ProblemType {
    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(kind, ..)| *kind)
    }

    fn row(self) -> &'static (Self, &'static str, u16, &'static str) {
        const INTERNAL: &(ProblemType, &str, u16, &str) = &TABLE[13];
        TABLE.iter().find(|row| row.0 == self).unwrap_or(INTERNAL)
    }

    /// Its word.
    #[must_use]
    pub fn word(self) -> &'static str {
        self.row().1
    }

    /// The status of HTTP that goes with it.
    #[must_use]
    pub fn status(self) -> u16 {
        self.row().2
    }

    /// The problem without more words.
    #[must_use]
    pub fn problem(self) -> Problem {
        let (_, word, status, title) = self.row();
        Problem {
            kind: format!("{EXPLAINED}{word}"),
            title: (*title).to_owned(),
            status: *status,
            detail: None,
            retry_after: None,
            attempts_left: None,
        }
    }
}

/// Problem details.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, ToSchema)]
pub struct Problem {
    /// Which problem, as an address that explains it.
    #[serde(rename = "type")]
    #[schema(max_length = 256)]
    pub kind: String,
    /// The same for all problems of the type.
    #[schema(max_length = 256)]
    pub title: String,
    /// The status of HTTP.
    pub status: u16,
    /// What is special about this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 512)]
    pub detail: Option<String>,
    /// Seconds after which it is worth asking again; the header says the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
    /// Of a login that was refused: how many more the device can try under its cookie. Whoever has not got the device's newest
    /// cookie is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts_left: Option<u32>,
}

impl Problem {
    /// The type, if it is one of this release.
    #[must_use]
    pub fn known(&self) -> Option<ProblemType> {
        let word = self.kind.strip_prefix(EXPLAINED)?;
        ProblemType::all().find(|kind| kind.word() == word)
    }

    /// With words about this one. They come from the service, never from what was asked.
    #[must_use]
    pub fn saying(mut self, detail: impl fmt::Display) -> Self {
        self.detail = Some(detail.to_string());
        self
    }

    /// With the seconds after which it is worth asking again.
    #[must_use]
    pub const fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// With how many more logins can be tried.
    #[must_use]
    pub const fn leaving(mut self, attempts: u32) -> Self {
        self.attempts_left = Some(attempts);
        self
    }
}

impl From<ProblemType> for Problem {
    fn from(kind: ProblemType) -> Self {
        kind.problem()
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.title, self.status)?;
        self.detail
            .iter()
            .try_for_each(|detail| write!(f, ": {detail}"))
    }
}

impl core::error::Error for Problem {}

impl IntoResponses for Problem {
    /// What every path may answer instead of what was asked for: each status of the table, and no other.
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut titles = BTreeMap::<u16, Vec<&str>>::new();
        for (_, _, status, title) in TABLE {
            titles.entry(status).or_default().push(title);
        }
        let response = |status, titles: &[&str]| {
            let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            let words = format!("a problem (RFC 9457): {}", titles.join("; or "));
            let mut response = ResponseBuilder::new().description(words);
            if [429, 503].contains(&status) {
                response = response.header("Retry-After", seconds());
            }
            response.content(MEDIA_TYPE, content).build().into()
        };
        let titles = titles.into_iter();
        titles
            .map(|(status, titles)| (status.to_string(), response(status, &titles)))
            .collect()
    }
}

/// The header that says when to ask again.
fn seconds() -> Header {
    let schema = ObjectBuilder::new().schema_type(Type::Integer);
    let words = "seconds after which it is worth asking again";
    let header = HeaderBuilder::new().schema(Some(schema));
    header.description(Some(words)).build()
}

#[cfg(feature = "server")]
impl axum::response::IntoResponse for Problem {
    /// Whoever may ask again is told when: after a second, if the problem does not say.
    fn into_response(mut self) -> axum::response::Response {
        use axum::http::{HeaderValue, StatusCode, header};
        let status = StatusCode::from_u16(self.status);
        if [429, 503].contains(&self.status) {
            self.retry_after = self.retry_after.or(Some(1));
        }
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = axum::response::Response::new(body.into());
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
