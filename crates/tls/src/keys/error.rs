//! Why there is no key.

use core::fmt;

use milagro_dta::issue::CombineError;

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
    /// As many keys are held as may be (32), and the epoch of none is over.
    Full,
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "key is for a subject that is no TLS identity",
            Self::Domain => "key is for an identity of another trust domain",
            Self::Role => "key is for a side that the identity's role does not have",
            Self::Key => "key does not belong to its identity",
            Self::Principal => "key is for another principal",
            Self::Full => "no room for another key, since none is over",
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
