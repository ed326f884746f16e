//! What a server asks of a login. The message cannot opt out.

use milagro_base::{Seconds, Writer};

use crate::names::epoch::EpochPolicy;
use crate::permit::{PermitKind, PermitLabel};
use crate::proof::fresh::{CHALLENGE_MAX, Fresh, SKEW, WINDOW_MAX};
use crate::proof::spec::Mode;
use crate::server::attempts::AttemptPolicy;
use crate::server::reason::Reason;

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

/// Whether identities carry a device key (no-escrow mode).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum EscrowPolicy {
    /// Plain identities only: the authorities together could log in as anybody.
    AuthoritiesTrusted,
    /// Identities with a pinned device key only.
    DeviceKeys,
    /// Either; an identity for which a key is pinned is taken with that key only.
    Either,
}

/// What may make a login fresh.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Freshness {
    /// The server's challenge alone.
    Challenges,
    /// A challenge, or a time by the client's clock: whoever can set that clock ahead can collect proofs for later.
    ChallengesAndTimes,
}

/// What a server asks of a login. The protocol's constants are the most that any policy can allow: a longer time
/// counts as [`CHALLENGE_MAX`], [`WINDOW_MAX`] or [`SKEW`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Policy {
    /// For how long a challenge may be answered.
    pub challenge_lifetime: Seconds,
    /// By how much the time in a one-pass proof or signature may lie behind the server's.
    pub window: Seconds,
    /// By how much a time may lie ahead.
    pub skew: Seconds,
    /// Whether logins may say a time instead of answering a challenge. Signatures always do.
    pub freshness: Freshness,
    /// Whether permits are needed.
    pub permits: PermitPolicy,
    /// Whether device keys are needed.
    pub escrow: EscrowPolicy,
    /// How many attempts there are.
    pub attempts: AttemptPolicy,
}

impl Policy {
    /// Two minutes for challenges, a minute for signatures, five seconds of skew; no one-pass logins, no device
    /// keys, [`AttemptPolicy::DEFAULT`].
    #[must_use]
    pub const fn new(permits: PermitPolicy) -> Self {
        Self {
            challenge_lifetime: Seconds::minutes(2),
            window: Seconds::minutes(1),
            skew: Seconds::new(5),
            freshness: Freshness::Challenges,
            permits,
            escrow: EscrowPolicy::AuthoritiesTrusted,
            attempts: AttemptPolicy::DEFAULT,
        }
    }

    /// All of it, for a hash: what one policy has admitted is not for another to check.
    pub(crate) fn to_bytes(self) -> Vec<u8> {
        let writer = Writer::new()
            .seconds(self.challenge_lifetime)
            .seconds(self.window)
            .seconds(self.skew)
            .u8(match self.freshness {
                Freshness::Challenges => 0,
                Freshness::ChallengesAndTimes => 1,
            })
            .u8(match self.escrow {
                EscrowPolicy::AuthoritiesTrusted => 0,
                EscrowPolicy::DeviceKeys => 1,
                EscrowPolicy::Either => 2,
            })
            .u8(match self.permits {
                PermitPolicy::NoPermits => 0,
                PermitPolicy::Personal(_) => 1,
                PermitPolicy::Cover(_) => 2,
                PermitPolicy::PersonalOrCover(_) => 3,
            });
        let writer = match self.permits.epochs() {
            None => writer,
            Some(epochs) => writer
                .seconds(epochs.length.seconds())
                .seconds(epochs.grace)
                .seconds(epochs.skew),
        };
        let AttemptPolicy {
            short,
            long,
            stale,
            delay,
            searches,
        } = self.attempts;
        [short, long, stale, searches]
            .into_iter()
            .fold(writer, Writer::u32)
            .seconds(delay)
            .finish()
    }

    /// Whether something is fresh enough now.
    pub(crate) fn timely(&self, fresh: &Fresh, now: Seconds) -> Result<(), Reason> {
        let time = fresh.time();
        let (longest, reason) = match fresh {
            Fresh::Challenge(_) => (
                self.challenge_lifetime.min(CHALLENGE_MAX),
                Reason::ChallengeAge,
            ),
            Fresh::Time(_) => (self.window.min(WINDOW_MAX), Reason::Time),
        };
        // A time at the end of time is neither early nor late by saturation alone: it is ahead of any clock.
        let late = now > time.plus(longest);
        let early = time > now.plus(self.skew.min(SKEW));
        if late || early || time == Seconds::MAX {
            Err(reason)
        } else {
            Ok(())
        }
    }

    /// Whether the policy takes this mode.
    pub(crate) fn takes(&self, mode: Mode) -> Result<(), Reason> {
        let times = self.freshness == Freshness::ChallengesAndTimes;
        match mode {
            Mode::OnePass | Mode::FullOnePass if !times => Err(Reason::ChallengeMissing),
            _ => Ok(()),
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
        now: Seconds,
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
