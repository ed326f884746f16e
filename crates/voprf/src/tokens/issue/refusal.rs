//! Why an issuer answers nothing.

use core::fmt;

use milagro_base::DecodeError;
use milagro_ledger::Refused;

use crate::error::Error;

/// Why an issuer answered nothing. The user is known here, so this may be told to him.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IssueRefusal {
    /// The schedule has no such key.
    UnknownKey,
    /// The key's issue window is not open, or the key was withdrawn.
    Closed,
    /// The schedule has the key, but the issuer does not.
    KeyMissing,
    /// More tokens than a user may ever draw in one window.
    TooMany,
    /// The user has drawn what the quota allows in this window.
    Quota,
    /// The key has answered as often as it may: time for the next primary key.
    Budget,
    /// The ledger could not be asked, or has no room. Nothing is lost: ask again.
    Ledger,
    /// The ledger is not the one that this issuer counts on. Nothing was charged.
    OtherLedger,
    /// The elements are not elements of the group.
    Elements(DecodeError),
    /// The elements could not be evaluated.
    Evaluation(Error),
}

impl fmt::Display for IssueRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey => f.write_str("key not in the schedule"),
            Self::Closed => f.write_str("key does not issue now"),
            Self::KeyMissing => f.write_str("no secret key for a scheduled key"),
            Self::TooMany => f.write_str("more tokens than one window allows"),
            Self::Quota => f.write_str("quota of this window used up"),
            Self::Budget => f.write_str("query budget of the key exhausted"),
            Self::Ledger => f.write_str("ledger not available"),
            Self::OtherLedger => f.write_str("counted on another ledger"),
            Self::Elements(reason) => reason.fmt(f),
            Self::Evaluation(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for IssueRefusal {}

/// What a refusal of the ledger comes to where the user's window is charged. `Again` is no refusal to an
/// issuer, which gives the same answer; whoever turns it into an error all the same says that the tokens were
/// drawn.
impl<T> From<Refused<T>> for IssueRefusal {
    fn from(refused: Refused<T>) -> Self {
        match refused {
            Refused::Exhausted | Refused::Conflict | Refused::Again(_) => Self::Quota,
            Refused::Over => Self::Closed,
            Refused::Elsewhere(_) => Self::OtherLedger,
            _ => Self::Ledger,
        }
    }
}
