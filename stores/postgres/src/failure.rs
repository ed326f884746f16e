//! Why a call has no answer yet.

use deadpool_postgres::PoolError;
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

/// Why a call has no answer yet.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Ask again at once: somebody else was in the way.
    Collision,
    /// Ask again: the server is gone for now, or was when the question was on its way.
    Gone,
    /// The table of a day is not there any more.
    NoTable,
    /// There is no room on the server's disk. Nothing was written.
    NoRoom,
    /// Asking again would not help; what the server said, for its operator.
    Refused(String),
}

impl Failure {
    /// Whether what was asked has surely not taken effect.
    pub(crate) const fn has_left_nothing(&self) -> bool {
        !matches!(self, Self::Gone)
    }

    /// Whether the connection can serve others after this.
    pub(crate) const fn leaves_connection(&self) -> bool {
        !matches!(self, Self::Gone)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let Some(state) = error.code() else {
            // Not said by the server: the connection is broken, or what came over it is not understood.
            return Self::Gone;
        };
        if [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
        ]
        .contains(state)
        {
            Self::Collision
        } else if *state == SqlState::CHECK_VIOLATION {
            // The only check there is: no partition takes this row.
            Self::NoTable
        } else if *state == SqlState::DISK_FULL {
            Self::NoRoom
        } else if *state == SqlState::TOO_MANY_CONNECTIONS
            || OPERATOR.iter().any(|class| state.code().starts_with(class))
        {
            Self::Gone
        } else {
            Self::Refused(said(&error))
        }
    }
}

/// Without the details: they hold values.
fn said(error: &Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |error| format!("{} ({})", error.message(), error.code().code()),
    )
}

impl From<PoolError> for Failure {
    fn from(error: PoolError) -> Self {
        match error {
            PoolError::Closed | PoolError::NoRuntimeSpecified => Self::Refused(error.to_string()),
            // The hook that looks at a new connection closes the ledger if it has to; trying again is harmless.
            _ => Self::Gone,
        }
    }
}

impl core::fmt::Display for Failure {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Collision => "somebody else was in the way",
            Self::Gone => "the server does not answer",
            Self::NoTable => "the table of a day is gone",
            Self::NoRoom => "the server's disk is full",
            Self::Refused(said) => return write!(f, "the server refuses: {said}"),
        })
    }
}

impl core::error::Error for Failure {}

/// Classes of what has nothing to do with what was asked: a connection that breaks, and an operator who ends sessions or
/// statements, or has the server end them when they are idle.
const OPERATOR: [&str; 3] = ["08", "57", "25P03"];
