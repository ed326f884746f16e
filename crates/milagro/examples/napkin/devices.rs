//! Counts failed logins, and locks an account after three in a row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use milagro::mpin::{
    Attempt, AttemptOutcome, AttemptPolicy, Counted, Decision, Identity, MemoryReplayStore,
    OpenedFailure, PinError, Verifier,
};

/// So many failures in a row lock an account.
pub(crate) const LIMIT: u32 = 3;

pub(crate) struct Guard {
    policy: AttemptPolicy,
    history: Mutex<HashMap<Identity, Vec<Attempt>>>,
    /// Failures that were counted, so that none counts twice.
    counted: MemoryReplayStore,
}

impl Guard {
    /// Counts mistyped PINs where logins are opened, and all failures where they are not.
    pub(crate) fn new(counted: Counted) -> Self {
        Self {
            policy: AttemptPolicy {
                counted,
                lock_after: LIMIT,
                delay: 0,
            },
            history: Mutex::default(),
            counted: MemoryReplayStore::new(10_000),
        }
    }

    pub(crate) fn is_locked(&self, identity: &Identity, now: u64) -> bool {
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let attempts = history.get(identity).map_or(&[][..], Vec::as_slice);
        self.policy.decide(attempts, now) == Decision::Lock
    }

    pub(crate) fn accepted(&self, identity: &Identity, now: u64) {
        self.note(identity, AttemptOutcome::Accepted, now);
    }

    /// A login failed, and nothing tells why.
    pub(crate) fn refused(&self, identity: &Identity, now: u64) {
        self.note(identity, AttemptOutcome::Refused, now);
    }

    /// Finds out what a failed login was, and counts it if it was a mistyped PIN.
    pub(crate) fn look(
        &self,
        verifier: &Verifier,
        identity: &Identity,
        failure: &OpenedFailure,
        now: u64,
    ) -> PinError {
        let until = now.saturating_add(3_600);
        let error = verifier.pin_error_vartime(&self.counted, failure, (until, now));
        match error {
            PinError::Mistyped(_) | PinError::StoreFull => {
                self.note(identity, AttemptOutcome::MistypedPin, now);
            }
            _ => self.note(identity, AttemptOutcome::Refused, now),
        }
        error
    }

    /// Somebody at the counter has seen a passport.
    pub(crate) fn unlock(&self, identity: &Identity) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        history.remove(identity);
    }

    fn note(&self, identity: &Identity, outcome: AttemptOutcome, time: u64) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let attempts = history.entry(identity.clone()).or_default();
        if outcome == AttemptOutcome::Accepted {
            attempts.clear();
        }
        attempts.push(Attempt { time, outcome });
    }
}
