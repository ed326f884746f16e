//! Why a redemption fails: the reason stays with the server, the peer gets none.

use core::fmt;

use milagro_ledger::Refused;

/// Why a redeemer refused before it asked the ledger: for its own log and its own decisions, never for the
/// peer.
///
/// Turn it into [`RedemptionRefused`] before anything is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Refusal {
    /// The schedule has no such key.
    UnknownKey,
    /// The key was withdrawn.
    Withdrawn,
    /// The key's redemption window has not opened.
    TooEarly,
    /// The key's redemption window is over.
    Expired,
    /// The schedule has the key, but the redeemer does not.
    KeyMissing,
    /// The use index is not below the key's limit.
    UseIndex,
    /// Tag, output or signature are not those of this token for this binding.
    Unproven,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownKey => "key not in the schedule",
            Self::Withdrawn => "key withdrawn",
            Self::TooEarly => "key not yet redeemable",
            Self::Expired => "key no longer redeemable",
            Self::KeyMissing => "no secret key for a scheduled key",
            Self::UseIndex => "use index not below the limit",
            Self::Unproven => "tag, output or signature does not match",
        })
    }
}

impl core::error::Error for Refusal {}

/// A redemption was refused: all that a peer learns.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RedemptionRefused(());

impl From<Refusal> for RedemptionRefused {
    fn from(_: Refusal) -> Self {
        Self(())
    }
}

impl<T> From<Refused<T>> for RedemptionRefused {
    fn from(_: Refused<T>) -> Self {
        Self(())
    }
}

impl fmt::Display for RedemptionRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("redemption refused")
    }
}

impl core::error::Error for RedemptionRefused {}
