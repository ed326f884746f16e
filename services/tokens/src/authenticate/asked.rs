//! What an issuer asks of whoever knows users.

use core::fmt;

use axum::http::HeaderValue;
use axum::http::request::Parts;
use milagro_base::Seconds;

use crate::authenticate::users::UserHash;

/// Tells users apart.
///
/// # Security
/// Quotas are per user, so that whoever can be many users can draw many tokens.
pub trait Authenticate: Send + Sync {
    /// The user that a request is of. Runs on a thread that may compute and block.
    ///
    /// # Errors
    /// [`Unauthenticated`].
    fn user(&self, head: &Parts, now: Seconds) -> Result<UserHash, Unauthenticated>;

    /// What the header `WWW-Authenticate` of a refusal says (RFC 9110, section 11.6.1).
    fn challenge(&self) -> HeaderValue;
}

/// Why a request is of nobody: for the service's own log.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Unauthenticated {
    /// It names nobody.
    Missing,
    /// What it names somebody with is not accepted.
    Invalid,
    /// Nobody can be asked at the moment.
    Unavailable,
}

impl fmt::Display for Unauthenticated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "no authentication",
            Self::Invalid => "authentication not accepted",
            Self::Unavailable => "authentication not possible now",
        })
    }
}

impl core::error::Error for Unauthenticated {}
