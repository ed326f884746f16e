//! Where a store reports what it does.

use core::fmt::{self, Display};
use core::time::Duration;

/// Takes reports of what a store does, and counts them. It is called from the tasks that wait for answers, so it
/// must not wait itself.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &Event<'_>);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: &Event<'_>) {}
}

/// What a store does. Nothing of what is counted for whom is in it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Event<'a> {
    /// A call was answered.
    Answered {
        /// How it ended.
        outcome: Outcome,
        /// How many charges, accounts or keys it asked for.
        size: usize,
        /// How long the caller waited.
        took: Duration,
    },
    /// The server gave no answer, or refused one.
    Failed {
        /// Why, for a log; no secret and no account is in it.
        reason: &'a (dyn Display + Sync),
    },
    /// A call is made again after the server gave no answer, or one that says to try again.
    Retried,
    /// A new connection to the server stands.
    Connected,
    /// The database is not the one that was opened, or has lost something: all answers are `Unknown` from now on,
    /// until somebody looks.
    Closed,
    /// The accounts of a day were forgotten.
    Forgot {
        /// The day, in days since 1970.
        day: u64,
    },
}

/// How a call ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Outcome {
    /// With an answer for all of it.
    Complete,
    /// With an answer for some of it.
    Partial,
    /// Without an answer.
    Unavailable,
}

impl fmt::Debug for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered {
                outcome,
                size,
                took,
            } => write!(f, "answered {size}: {outcome:?} after {took:?}"),
            Self::Failed { reason } => write!(f, "failed: {reason}"),
            Self::Retried => f.write_str("asking again"),
            Self::Connected => f.write_str("connected"),
            Self::Closed => f.write_str("closed"),
            Self::Forgot { day } => write!(f, "forgot day {day}"),
        }
    }
}
