//! What a server asks of a login. The message cannot opt out.

use crate::{EpochPolicy, PermitKind, PermitLabel, Reason};

/// Whether logins need a permit, and of which kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum PermitPolicy {
    /// No permits: secrets work until the master key changes. A proof with a permit is refused.
    NoPermits,
    /// One permit per identity and epoch.
    Personal(EpochPolicy),
    /// Permits that cover the gaps between revoked identities.
    Cover(EpochPolicy),
    /// Either kind.
    PersonalOrCover(EpochPolicy),
}

/// What a server asks of a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Seconds for which a challenge may be answered.
    pub challenge_lifetime: u64,
    /// Whether permits are needed.
    pub permits: PermitPolicy,
}

impl PermitPolicy {
    pub(crate) const fn epochs(&self) -> Option<&EpochPolicy> {
        match self {
            Self::NoPermits => None,
            Self::Personal(epochs) | Self::Cover(epochs) | Self::PersonalOrCover(epochs) => {
                Some(epochs)
            }
        }
    }

    /// Checks kind and epoch of what a proof brings, and returns the label with the policy's epochs.
    pub(crate) fn admit<'a>(
        &self,
        label: Option<&'a PermitLabel>,
        now: u64,
    ) -> Result<Option<(&'a PermitLabel, &EpochPolicy)>, Reason> {
        let (label, epochs) = match (label, self.epochs()) {
            (None, None) => return Ok(None),
            (None, Some(_)) => return Err(Reason::PermitMissing),
            (Some(_), None) => return Err(Reason::PermitKind),
            (Some(label), Some(epochs)) => (label, epochs),
        };
        let kind_fits = match self {
            Self::NoPermits => false,
            Self::Personal(_) => label.kind() == PermitKind::Personal,
            Self::Cover(_) => label.kind() == PermitKind::Cover,
            Self::PersonalOrCover(_) => true,
        };
        if !kind_fits {
            Err(Reason::PermitKind)
        } else if epochs.accepts(label.epoch(), now) {
            Ok(Some((label, epochs)))
        } else {
            Err(Reason::PermitEpoch)
        }
    }
}
