//! What can go wrong.

use core::fmt;

use milagro_dta::issue::CombineError;
use milagro_mpin::{client::SecretMismatch, server::Rejected};

use crate::DecodeError;

/// Why a string is no name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IdentityError {
    /// No bytes at all.
    Empty,
    /// More than 255 bytes.
    TooLong,
    /// A control character, which would break logs and headers.
    ControlCharacter,
}

impl fmt::Display for IdentityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "name is empty",
            Self::TooLong => "name is longer than 255 bytes",
            Self::ControlCharacter => "name holds a control character",
        })
    }
}

impl core::error::Error for IdentityError {}

/// Why a point is not the key of an identity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum KeyError {
    /// The authorities signed for a subject that is no identity of this crate.
    Subject,
    /// The identity belongs to another trust domain.
    Domain,
    /// The identity's role has no key of this side.
    Role,
    /// The key is not s·H1(identity), or s·H2(identity) for a responder.
    Key,
    /// The key is another principal's than those beside it.
    Principal,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "key is for a subject that is no TLS identity",
            Self::Domain => "key is for an identity of another trust domain",
            Self::Role => "key is for a side that the identity's role does not have",
            Self::Key => "key does not belong to its identity",
            Self::Principal => "key is for another principal",
        })
    }
}

impl core::error::Error for KeyError {}

/// Why shares make no key.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IssueError {
    /// The identity has no key of this side in this domain.
    Key(KeyError),
    /// The shares do not combine; names all culprits.
    Shares(CombineError),
}

impl From<KeyError> for IssueError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl From<CombineError> for IssueError {
    fn from(error: CombineError) -> Self {
        Self::Shares(error)
    }
}

impl fmt::Display for IssueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(error) => error.fmt(f),
            Self::Shares(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for IssueError {}

/// The signature is not that of this identity on this message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signature is not valid")
    }
}

impl core::error::Error for BadSignature {}

/// Why an identity may not be at the other end of a connection. For the own records: what a peer is told
/// is another matter.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// Of another trust domain.
    Domain,
    /// A role that is not for this end of a connection.
    Role,
    /// Not the one that was called.
    Name,
    /// The epoch has not begun.
    NotYetValid,
    /// The epoch is over.
    Expired,
    /// [`Authorize`](crate::Authorize) does not permit it.
    NotAuthorized,
    /// The own identity: a message has come back.
    Reflected,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Domain => "identity of another trust domain",
            Self::Role => "identity's role is not for this end of a connection",
            Self::Name => "identity of somebody else",
            Self::NotYetValid => "identity's epoch has not begun",
            Self::Expired => "identity has expired",
            Self::NotAuthorized => "identity is not authorized",
            Self::Reflected => "identity is the own one",
        })
    }
}

impl core::error::Error for Refusal {}

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

/// Why a channel is not bound to the peer's identity. To the peer this says nothing else: close the
/// channel, whatever the reason.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BindingError {
    /// The identity may not be there.
    Refused(Refusal),
    /// The signature is not the identity's for this channel, these two identities and this side.
    Signature,
}

impl From<Refusal> for BindingError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<BadSignature> for BindingError {
    fn from(_: BadSignature) -> Self {
        Self::Signature
    }
}

impl fmt::Display for BindingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Signature => BadSignature.fmt(f),
        }
    }
}

impl core::error::Error for BindingError {}

/// The peer has not shown that it has the same key: it is somebody else, or a message was changed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unconfirmed;

impl fmt::Display for Unconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("key is not confirmed")
    }
}

impl core::error::Error for Unconfirmed {}

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
        }
    }
}

impl core::error::Error for LoginError {}

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
        }
    }
}

impl core::error::Error for ExchangeError {}
