//! What a server asks of a login. The message cannot opt out.

use crate::client::pin::PinLength;
use crate::names::epoch::EpochPolicy;
use crate::names::identity::IdentityKind;
use crate::permit::{PermitKind, PermitLabel};
use crate::proof::statement::Statement;
use crate::server::rejected::Reason;

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

/// Whether logins are opened, so that a mistyped PIN can be told from garbage.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum OpeningPolicy {
    /// No openings; a proof with one is refused.
    Closed,
    /// Every proof has an opening; PINs have this many digits. Signatures, which have none, are refused:
    /// they would be guesses that show no distance.
    Opened(PinLength),
}

/// Whether identities carry a device key (no-escrow mode).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EscrowPolicy {
    /// Plain identities only: the authorities together could log in as anybody.
    AuthoritiesTrusted,
    /// Identities with a device key only.
    DeviceKeys,
    /// Either. Which identities are allowed to be plain is then the application's to know.
    Either,
}

/// What a server asks of a login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// Seconds for which a challenge may be answered.
    pub challenge_lifetime: u64,
    /// Seconds by which the time in a one-pass proof or signature may lie behind the server's.
    pub window: u64,
    /// Seconds by which it may lie ahead.
    pub skew: u64,
    /// Whether permits are needed.
    pub permits: PermitPolicy,
    /// Whether openings are needed.
    pub openings: OpeningPolicy,
    /// Whether device keys are needed.
    pub escrow: EscrowPolicy,
}

impl Policy {
    /// A minute for challenges and one-pass proofs, five seconds of skew, no openings, no device keys.
    #[must_use]
    pub const fn new(permits: PermitPolicy) -> Self {
        Self {
            challenge_lifetime: 60,
            window: 60,
            skew: 5,
            permits,
            openings: OpeningPolicy::Closed,
            escrow: EscrowPolicy::AuthoritiesTrusted,
        }
    }

    /// Checks what can be checked of a statement without any key or clock.
    pub(crate) fn admit(&self, statement: &Statement) -> Result<(), Reason> {
        match (self.openings, &statement.opening) {
            (OpeningPolicy::Opened(_), None) => return Err(Reason::OpeningMissing),
            (OpeningPolicy::Closed, Some(_)) => return Err(Reason::OpeningUnasked),
            _ => {}
        }
        let with_key = statement.identity.kind() == IdentityKind::DeviceKey;
        match self.escrow {
            EscrowPolicy::AuthoritiesTrusted if with_key => Err(Reason::DeviceKey),
            EscrowPolicy::DeviceKeys if !with_key => Err(Reason::DeviceKey),
            _ => Ok(()),
        }
    }

    /// Whether a time is within the window; the last second at which it will be.
    pub(crate) fn timely(&self, time: u64, now: u64) -> Result<u64, Reason> {
        let late = time.saturating_add(self.window) < now;
        let early = now.saturating_add(self.skew) < time;
        if late || early {
            Err(Reason::Time)
        } else {
            let until = time.saturating_add(self.window).saturating_add(self.skew);
            Ok(until.saturating_add(1))
        }
    }
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
        } else if epochs.accepts(label.epoch(), now.into()) {
            Ok(Some((label, epochs)))
        } else {
            Err(Reason::PermitEpoch)
        }
    }
}
