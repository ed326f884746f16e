//! How many guesses a device has, and how long it waits between them: a pure function of what the ledger answers.

use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_curve::rand_core::CryptoRng;
use milagro_ledger::{Account, Charge, Grant, Kind};

use crate::names::domain::TrustDomainId;
use crate::names::identity::Identity;
use crate::server::claim;
use crate::server::device::{Attempts, Counted, Presented};

/// How many attempts there are. Each is charged before it is checked, and given back if the check accepts or none
/// was made.
///
/// A limit belongs to what is counted: with four digits a thief of token and cookie guesses right within `long`
/// attempts once in 10,000 / `long` tokens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptPolicy {
    /// Failures under one device cookie. Each login that ends well brings a new cookie.
    pub short: u32,
    /// Failures of an identity's device, ever.
    pub long: u32,
    /// Attempts with cookies that were replaced.
    pub stale: u32,
    /// How long to wait after the first failure; doubled with each further one. Zero for no wait.
    pub delay: Seconds,
    /// Searches for the distance of a mistyped PIN, by identity and hour.
    pub searches: u32,
}

/// What to do with an attempt that is paid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// Check it.
    Allow,
    /// Refuse it unchecked until this time, and give it back.
    BackOff {
        /// The first second at which an attempt is checked again.
        until: Seconds,
    },
}

impl AttemptPolicy {
    /// Five attempts under a cookie, a hundred ever, five with cookies that were replaced; no wait; ten searches
    /// an hour.
    pub const DEFAULT: Self = Self {
        short: 5,
        long: 100,
        stale: 5,
        delay: Seconds::ZERO,
        searches: 10,
    };

    /// Decides about an attempt from what the ledger said when it was charged.
    ///
    /// A charge that lies in the future was written under a clock that was wrong; it counts, and no time is
    /// waited for it.
    #[must_use]
    pub const fn decide(&self, grant: &Grant, now: Seconds) -> Decision {
        let Some(previous) = grant.previous else {
            return Decision::Allow;
        };
        let failures = grant.used.saturating_sub(1);
        if failures == 0 || previous.get() > now.get() {
            return Decision::Allow;
        }
        let wait = match 1_u64.checked_shl(saturating_u32(failures - 1)) {
            Some(factor) => self.delay.get().saturating_mul(factor),
            None if self.delay.get() == 0 => 0,
            None => u64::MAX,
        };
        let until = previous.plus(Seconds::new(wait));
        if now.get() < until.get() {
            Decision::BackOff { until }
        } else {
            Decision::Allow
        }
    }

    /// The accounts of an attempt, each with its limit.
    pub(crate) fn accounts(
        &self,
        domain: &TrustDomainId,
        identity: &Identity,
        attempts: &Attempts,
    ) -> [(Account, u64); 2] {
        let (first, limit, counted) = match attempts {
            Attempts::Device(Presented {
                counted,
                serial,
                replaced,
                ..
            }) => {
                if replaced.is_some() {
                    (counted.stale(domain), self.stale, counted.clone())
                } else {
                    (counted.short(domain, *serial), self.short, counted.clone())
                }
            }
            Attempts::PerIdentityStrangersCanLockOut => {
                let counted = whole(identity);
                (counted.short(domain, 0), self.short, counted)
            }
        };
        [
            (first, limit.into()),
            (counted.long(domain), self.long.into()),
        ]
    }
}

/// The attempts of all who say a name.
pub(crate) fn whole(identity: &Identity) -> Counted {
    Counted {
        identity: identity.clone(),
        device: None,
    }
}

/// A charge of one under a fresh claim, for what is said.
pub(crate) fn charge<R: CryptoRng + ?Sized>(
    rng: &mut R,
    account: Account,
    limit: u64,
    about: &[u8],
) -> Charge {
    Charge {
        account,
        amount: NonZeroU32::MIN,
        limit,
        claim: claim::fresh(rng, &account, about),
    }
}

/// Whether a charge counts guesses between which a delay may lie.
pub(crate) fn is_delayed(charge: &Charge) -> bool {
    let kind = charge.account.kind();
    kind == Kind::ATTEMPT || kind == Kind::ATTEMPT_STALE
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "From is not const; the value fits where it is converted"
)]
const fn saturating_u32(value: u64) -> u32 {
    if value > 64 { 64 } else { value as u32 }
}
