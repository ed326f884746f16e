//! Why there is no session.

use core::fmt;

use milagro_base::DecodeError;
use milagro_mpin::client::SecretMismatch;
use milagro_mpin::server::Rejected;

use crate::exchange::Unconfirmed;

/// Why a client-server exchange ends without a session. To the peer this says nothing: close the channel,
/// whatever the reason.
#[derive(Debug)]
#[non_exhaustive]
pub enum LoginError {
    /// The bytes are not the flight that is due.
    Flight(DecodeError),
    /// The permit is not for the client's identity.
    Secret(SecretMismatch),
    /// The server refuses the login; the reason and, of an opened proof, the failure are within.
    Rejected(Rejected),
    /// The server does not have the key.
    Unconfirmed,
    /// The revealed name is not that of the login.
    Name,
    /// The name may not be in a session now.
    NotWelcome,
}

impl From<DecodeError> for LoginError {
    fn from(error: DecodeError) -> Self {
        Self::Flight(error)
    }
}

impl From<SecretMismatch> for LoginError {
    fn from(error: SecretMismatch) -> Self {
        Self::Secret(error)
    }
}

impl From<Rejected> for LoginError {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected)
    }
}

impl fmt::Display for LoginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flight(error) => write!(f, "not the flight that is due: {error}"),
            Self::Secret(error) => error.fmt(f),
            Self::Rejected(rejected) => rejected.fmt(f),
            Self::Unconfirmed => Unconfirmed.fmt(f),
            Self::Name => f.write_str("name is not that of the login"),
            Self::NotWelcome => f.write_str("name is not welcome"),
        }
    }
}

impl core::error::Error for LoginError {}
