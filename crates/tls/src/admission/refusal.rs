//! Why a peer is refused.

use core::fmt;

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
    /// [`Authorize`](crate::admission::Authorize) does not permit it.
    NotAuthorized,
    /// The own identity: a message has come back.
    Reflected,
    /// The signature is not this identity's.
    Signature,
    /// The peer has not shown that it has the key.
    Unconfirmed,
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
            Self::Signature => "signature is not valid",
            Self::Unconfirmed => "key is not confirmed",
        })
    }
}

impl core::error::Error for Refusal {}
