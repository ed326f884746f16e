//! When to lock an account: a pure function of what has happened.

/// One login that ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Attempt {
    /// When, in seconds.
    pub time: u64,
    /// How.
    pub outcome: AttemptOutcome,
}

/// How a login ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AttemptOutcome {
    /// Accepted: earlier failures are forgotten.
    Accepted,
    /// An opened proof whose PIN was off: made by somebody with the token.
    MistypedPin,
    /// Refused for another reason, or for one that cannot be known without openings.
    Refused,
}

/// Which failures count.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Counted {
    /// Mistyped PINs alone: for applications with openings, where a stranger cannot lock a user out.
    MistypedPins,
    /// Every failure: for applications without openings, where a stranger can.
    AllFailures,
}

/// How many failures are too many.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptPolicy {
    /// Which failures count.
    pub counted: Counted,
    /// So many failures in a row lock the account.
    pub lock_after: u32,
    /// Seconds to wait after the first failure; doubled with each further one. Zero for no wait.
    pub delay: u64,
}

/// What to do with the next login.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Decision {
    /// Check it.
    Allow,
    /// Refuse it unchecked until this time, in seconds.
    BackOff {
        /// The first second at which a login is checked again.
        until: u64,
    },
    /// Refuse it unchecked until somebody unlocks the account.
    Lock,
}

impl AttemptPolicy {
    /// Decides about a login at `now` from the history of the identity, oldest first.
    #[must_use]
    pub fn decide(&self, history: &[Attempt], now: u64) -> Decision {
        let mut failures = 0_u32;
        let mut last = 0;
        for attempt in history {
            if attempt.outcome == AttemptOutcome::Accepted {
                (failures, last) = (0, 0);
            } else if self.counts(attempt.outcome) {
                failures = failures.saturating_add(1);
                last = attempt.time;
                // A locked account stays locked, whatever is claimed to have come later.
                if failures >= self.lock_after {
                    return Decision::Lock;
                }
            }
        }
        let doublings = failures.saturating_sub(1);
        let wait = match failures {
            0 => 0,
            _ => self.delay.saturating_mul(2_u64.saturating_pow(doublings)),
        };
        let until = last.saturating_add(wait);
        if now < until {
            Decision::BackOff { until }
        } else {
            Decision::Allow
        }
    }

    const fn counts(&self, outcome: AttemptOutcome) -> bool {
        match outcome {
            AttemptOutcome::Accepted => false,
            AttemptOutcome::MistypedPin => true,
            AttemptOutcome::Refused => matches!(self.counted, Counted::AllFailures),
        }
    }
}
