//! Where a store reports what it does.

use core::time::Duration;

/// Takes reports of what a store does, and counts them. It is called from the tasks that wait for answers, so it
/// must not wait itself.
pub trait Observer: Send + Sync {
    /// Something happened.
    fn observe(&self, event: &Event);
}

/// An observer that looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Observer for Silent {
    fn observe(&self, _event: &Event) {}
}

/// What a store does. Nothing of what is counted for whom is in it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// A call was answered.
    Answered {
        /// How it ended.
        outcome: Outcome,
        /// How many charges, accounts or keys it asked for.
        size: usize,
        /// How long the caller waited.
        took: Duration,
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
