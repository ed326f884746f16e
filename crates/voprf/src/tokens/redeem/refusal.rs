//! Why a redemption fails: the reason stays with the server, the peer gets none.

use core::fmt;

use crate::tokens::store::{CommitError, ReserveError};

/// Why a redeemer refused: for its own log and its own decisions, never for the peer.
///
/// Turn it into [`RedemptionRefused`] before anything is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The schedule has no such key.
    UnknownKey,
    /// The key's redemption window has not opened.
    TooEarly,
    /// The key's redemption window is over.
    Expired,
    /// The schedule has the key, but the redeemer does not.
    KeyMissing,
    /// The use index is not below the key's limit.
    UseIndex,
    /// The tag or output is not that of this token for this binding.
    Unproven,
    /// The store did not reserve the use.
    NotReserved(ReserveError),
    /// The store did not commit the use.
    NotCommitted(CommitError),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey => f.write_str("key not in the schedule"),
            Self::TooEarly => f.write_str("key not yet redeemable"),
            Self::Expired => f.write_str("key no longer redeemable"),
            Self::KeyMissing => f.write_str("no secret key for a scheduled key"),
            Self::UseIndex => f.write_str("use index not below the limit"),
            Self::Unproven => f.write_str("tag or output does not match"),
            Self::NotReserved(reason) => reason.fmt(f),
            Self::NotCommitted(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for Refusal {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::NotReserved(reason) => Some(reason),
            Self::NotCommitted(reason) => Some(reason),
            Self::UnknownKey
            | Self::TooEarly
            | Self::Expired
            | Self::KeyMissing
            | Self::UseIndex
            | Self::Unproven => None,
        }
    }
}

impl From<ReserveError> for Refusal {
    fn from(reason: ReserveError) -> Self {
        Self::NotReserved(reason)
    }
}

impl From<CommitError> for Refusal {
    fn from(reason: CommitError) -> Self {
        Self::NotCommitted(reason)
    }
}

/// A redemption was refused: all that a peer learns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RedemptionRefused(());

impl From<Refusal> for RedemptionRefused {
    fn from(_: Refusal) -> Self {
        Self(())
    }
}

impl fmt::Display for RedemptionRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redemption refused")
    }
}

impl core::error::Error for RedemptionRefused {}
