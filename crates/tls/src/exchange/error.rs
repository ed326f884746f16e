//! Why there is no session.

use core::fmt;

use milagro_base::DecodeError;

use crate::admission::Refusal;

/// The peer has not shown that it has the same key: it is somebody else, or a message was changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unconfirmed;

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("key is not confirmed")
    }
}

impl core::error::Error for Unconfirmed {}

/// Why a key exchange ends without a session. To the peer this says nothing: close the channel, whatever
/// the reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The bytes are not the flight that is due.
    Flight(DecodeError),
    /// The identity may not be there.
    Refused(Refusal),
    /// The peer does not have the key.
    Unconfirmed,
    /// No own key counts at this time.
    NoKey,
}

impl From<DecodeError> for ExchangeError {
    fn from(error: DecodeError) -> Self {
        Self::Flight(error)
    }
}

impl From<Refusal> for ExchangeError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Unconfirmed> for ExchangeError {
    fn from(_: Unconfirmed) -> Self {
        Self::Unconfirmed
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flight(error) => write!(f, "not the flight that is due: {error}"),
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unconfirmed => Unconfirmed.fmt(f),
            Self::NoKey => f.write_str("no own key counts at this time"),
        }
    }
}

impl core::error::Error for ExchangeError {}
