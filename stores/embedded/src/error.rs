//! Why a store does not open.

use core::fmt;
use std::io;

/// Why a store does not open, or cannot be made.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is a file of this name already, and [`init`](crate::init) overwrites none.
    Exists,
    /// There is no file of this name, and only [`init`](crate::init) makes one.
    Missing,
    /// Another process, or another handle of this one, has it open.
    InUse,
    /// The file is no store of this release, or is damaged.
    NotAStore,
    /// The file beside it, which says how far the store had come, is missing, is of another store, or says that
    /// it had come further: this is a copy or an older state. Only [`restore`](crate::restore) opens it.
    Stale,
    /// The file system or the database refused.
    Storage(redb::Error),
    /// The file system refused.
    Io(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exists => f.write_str("a file of this name exists; init overwrites none"),
            Self::Missing => f.write_str("no such store; only init makes one"),
            Self::InUse => f.write_str("the store is open in another process"),
            Self::NotAStore => f.write_str("the file is no store of this release, or is damaged"),
            Self::Stale => f.write_str(
                "the store is a copy or an older state of what the witness file beside it has seen; only restore opens it",
            ),
            Self::Storage(error) => write!(f, "the database refused: {error}"),
            Self::Io(error) => write!(f, "the file system refused: {error}"),
        }
    }
}

impl core::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::AlreadyExists => Self::Exists,
            io::ErrorKind::InvalidData => Self::NotAStore,
            _ => Self::Io(error),
        }
    }
}

impl From<redb::DatabaseError> for OpenError {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::DatabaseAlreadyOpen => Self::InUse,
            redb::DatabaseError::Storage(redb::StorageError::Io(error)) => error.into(),
            error => Self::Storage(error.into()),
        }
    }
}

impl From<redb::Error> for OpenError {
    fn from(error: redb::Error) -> Self {
        Self::Storage(error)
    }
}
