//! Why a call has no answer yet.

use core::fmt;

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why a call has no answer yet.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Ask again: the server is gone for now, or was when the question was on its way.
    Gone(String),
    /// Too few replicas have confirmed in time.
    Unconfirmed,
    /// The server does not know the script.
    NoScript,
    /// The server was started anew since this bucket was opened.
    OtherRun,
    /// The bucket is not of this ledger.
    NoLedger,
    /// There is no room on the server. Nothing was written.
    NoRoom,
    /// Asking again would not help; what the server said, for its operator.
    Refused(String),
}

impl From<RedisError> for Failure {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("NOLEDGER") => return Self::NoLedger,
            Some("OTHERRUN") => return Self::OtherRun,
            Some("OOM" | "MISCONF") => return Self::NoRoom,
            Some("BUSY" | "UNBLOCKED") => return Self::Gone(error.to_string()),
            _ => {}
        }
        match error.kind() {
            ErrorKind::Server(ServerErrorKind::NoScript) => Self::NoScript,
            ErrorKind::Io
            | ErrorKind::Client
            | ErrorKind::Parse
            | ErrorKind::ClusterConnectionNotFound
            | ErrorKind::Server(
                ServerErrorKind::BusyLoading
                | ServerErrorKind::Moved
                | ServerErrorKind::Ask
                | ServerErrorKind::TryAgain
                | ServerErrorKind::ClusterDown
                | ServerErrorKind::MasterDown
                | ServerErrorKind::ReadOnly,
            ) => Self::Gone(error.to_string()),
            _ => Self::Refused(error.to_string()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gone(said) => write!(f, "the server does not answer: {said}"),
            Self::Unconfirmed => f.write_str("too few replicas have confirmed in time"),
            Self::NoScript => f.write_str("the server does not know the script"),
            Self::OtherRun => f.write_str("the server was started anew"),
            Self::NoLedger => f.write_str("there is another ledger, or none"),
            Self::NoRoom => f.write_str("the server has no room"),
            Self::Refused(said) => write!(f, "the server refuses: {said}"),
        }
    }
}

impl core::error::Error for Failure {}
