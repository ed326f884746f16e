//! Why a header is refused.

use core::fmt;

use milagro_base::DecodeError;

/// Why the value of a header, or one challenge in it, was not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum HeaderError {
    /// More bytes than the caller's maximum. Nothing was read.
    TooLong,
    /// More challenges than the caller's maximum, or more parameters in one of them.
    TooMany,
    /// Not what RFC 9110, section 11, calls challenges or credentials.
    Syntax,
    /// Credentials of another scheme, or none.
    Scheme,
    /// More than one set of credentials.
    Several,
    /// A parameter that stands twice (RFC 9110, section 11.2).
    Repeated,
    /// No parameter `challenge` or `token`.
    Missing,
    /// A value that is no base64url with padding, or has another spelling.
    Base64,
    /// A `max-age` that is no number of seconds.
    MaxAge,
    /// A challenge or token without its type, or a token that is none of its type.
    Bytes(DecodeError),
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "too long",
            Self::TooMany => "too many challenges or parameters",
            Self::Syntax => "not a list of challenges",
            Self::Scheme => "another authentication scheme",
            Self::Several => "more than one set of credentials",
            Self::Repeated => "a parameter stands twice",
            Self::Missing => "a parameter is missing",
            Self::Base64 => "not base64url with padding",
            Self::MaxAge => "not a number of seconds",
            Self::Bytes(error) => return error.fmt(f),
        })
    }
}

impl core::error::Error for HeaderError {}
