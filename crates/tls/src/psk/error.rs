//! Why there is no pre-shared key.

use core::fmt;

use crate::admission::Refusal;

/// Why bytes are no PSK identity, or a client has none.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PskIdentityError {
    /// More than 128 bytes.
    TooLong,
    /// A server opens no connections.
    Role,
    /// Not of the one form.
    Form,
}

impl fmt::Display for PskIdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "PSK identity would be longer than 128 bytes",
            Self::Role => "PSK identity is that of a client or peer",
            Self::Form => "not a PSK identity of this form",
        })
    }
}

impl core::error::Error for PskIdentityError {}

/// Why there is no pre-shared key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PskError {
    /// The PSK identity is none.
    Identity(PskIdentityError),
    /// Not with this peer.
    Refused(Refusal),
    /// The own key of this epoch is not there.
    NoKey,
}

impl From<PskIdentityError> for PskError {
    fn from(error: PskIdentityError) -> Self {
        Self::Identity(error)
    }
}

impl From<Refusal> for PskError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl fmt::Display for PskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(error) => error.fmt(f),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::NoKey => f.write_str("no own key of this epoch"),
        }
    }
}

impl core::error::Error for PskError {}
