//! What can go wrong.

use core::fmt;

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
    /// The key is not s·H1(identity).
    Key,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "key is for a subject that is no TLS identity",
            Self::Domain => "key is for an identity of another trust domain",
            Self::Key => "key does not belong to its identity",
        })
    }
}

impl core::error::Error for KeyError {}

/// The signature is not that of this identity on this message.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct BadSignature;

impl fmt::Display for BadSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("signature is not valid")
    }
}

impl core::error::Error for BadSignature {}
