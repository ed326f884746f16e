//! Why a member does not take part.

use core::fmt;

use milagro_dta::ceremony::{LogError, SeatError};
use milagro_dta::grants::GrantError;
use milagro_ledger::Unavailable;

use crate::safe::SafeError;
use milagro_wire::server::locked::SecretError;

/// Why a member does not take part.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionError {
    /// The session is over.
    Over,
    /// The number was used for another plan.
    OtherPlan,
    /// The member has no seat in the plan.
    Seat(SeatError),
    /// Log and board contradict each other.
    Log(LogError),
    /// The share cannot be opened or stored.
    Safe(SafeError),
    /// A secret cannot be opened or kept.
    Secret(SecretError),
    /// Somebody was issued to who is not in the set that the plan carries.
    Issued,
    /// There is a result in which this member has no share, although it should: its seat has to be repaired.
    NoShare,
    /// The share was not handed over.
    NotHandedOver,
    /// The authority cannot begin to count.
    Count(GrantError),
    /// The records are not what they should be, or another process works on them.
    Records,
    /// The records did not answer.
    Unavailable,
}

/// An error of a part, as it is.
macro_rules! from {
    ($($error:ty => $variant:ident),+) => {$(
        impl From<$error> for SessionError {
            fn from(error: $error) -> Self {
                Self::$variant(error)
            }
        }
    )+};
}
from!(LogError => Log, SafeError => Safe, SecretError => Secret);

impl From<Unavailable> for SessionError {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Over => f.write_str("the session is over"),
            Self::OtherPlan => f.write_str("the session's number was used for another plan"),
            Self::Seat(error) => error.fmt(f),
            Self::Log(error) => error.fmt(f),
            Self::Safe(error) => error.fmt(f),
            Self::Secret(error) => error.fmt(f),
            Self::Issued => f.write_str(
                "this authority has issued to somebody whom the plan's set of issued subjects does not name; make it anew",
            ),
            Self::NoShare => f.write_str(
                "the session has a result, and this member has no share in it: its seat has to be repaired",
            ),
            Self::NotHandedOver => f.write_str("the share was not handed over to anybody"),
            Self::Count(error) => error.fmt(f),
            Self::Records => f.write_str("the records of sessions contradict themselves"),
            Self::Unavailable => f.write_str("the records did not answer"),
        }
    }
}

impl core::error::Error for SessionError {}
