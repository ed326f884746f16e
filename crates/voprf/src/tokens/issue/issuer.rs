//! The issuer: window, rate, budget, evaluation.

use alloc::sync::Arc;
use core::fmt;

use rand_core::CryptoRng;

use super::{KeyRing, TokenRequest, TokenResponse};
use crate::error::Error;
use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::policy::{IssuancePolicy, PolicyRefusal};
use crate::tokens::schedule::{BudgetExhausted, KeySchedule};

/// Why an issuer answered nothing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum IssueRefusal {
    /// The schedule has no such key.
    UnknownKey,
    /// The key's issue window is not open.
    Closed,
    /// The schedule has the key, but the issuer does not.
    KeyMissing,
    /// The user may not draw so many tokens now.
    Policy(PolicyRefusal),
    /// The key has answered as often as it may.
    Budget(BudgetExhausted),
    /// The elements could not be evaluated.
    Evaluation(Error),
}

impl fmt::Display for IssueRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKey => f.write_str("key not in the schedule"),
            Self::Closed => f.write_str("key does not issue now"),
            Self::KeyMissing => f.write_str("no secret key for a scheduled key"),
            Self::Policy(reason) => reason.fmt(f),
            Self::Budget(reason) => reason.fmt(f),
            Self::Evaluation(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for IssueRefusal {}

/// Answers authenticated users' requests for tokens, from any number of threads.
pub struct Issuer<P, S: Suite = Ristretto255> {
    schedule: KeySchedule,
    keys: Arc<KeyRing<S>>,
    policy: P,
}

impl<P: IssuancePolicy, S: Suite> Issuer<P, S> {
    /// An issuer over the published schedule, the keys, and the policy that bounds its users.
    pub const fn new(schedule: KeySchedule, keys: Arc<KeyRing<S>>, policy: P) -> Self {
        Self {
            schedule,
            keys,
            policy,
        }
    }

    /// Takes the schedule's next edition and its keys; the policy remembers its users.
    pub fn update(&mut self, schedule: KeySchedule, keys: Arc<KeyRing<S>>) {
        (self.schedule, self.keys) = (schedule, keys);
    }

    /// Answers a request of this user at time `now` in seconds.
    ///
    /// The user's rate and the key's budget are charged before anything is computed.
    ///
    /// # Errors
    /// The [`IssueRefusal`]; since the user is known here, it may be told to him.
    ///
    /// # Security
    /// The user must be authenticated, by whatever the application logs in with. Nothing here can be linked to a later
    /// redemption, but a user who is alone in an epoch is known all the same.
    pub fn issue<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        user: &[u8],
        request: &TokenRequest<S>,
        now: u64,
    ) -> Result<TokenResponse<S>, IssueRefusal> {
        let id = request.key_id();
        if self.schedule.key(id).is_none() {
            return Err(IssueRefusal::UnknownKey);
        }
        if !self.schedule.issues(id, now) {
            return Err(IssueRefusal::Closed);
        }
        let key = self.keys.key(id).ok_or(IssueRefusal::KeyMissing)?;
        let tokens = u32::try_from(request.count()).unwrap_or(u32::MAX);
        self.policy
            .admit(user, tokens, now)
            .map_err(IssueRefusal::Policy)?;
        key.budget
            .charge(tokens.into())
            .map_err(IssueRefusal::Budget)?;
        let secret = key.secret.key();
        let (evaluated, proof) = secret
            .blind_evaluate_in(&super::context(), rng, &request.blinded)
            .map_err(IssueRefusal::Evaluation)?;
        Ok(TokenResponse { proof, evaluated })
    }
}

impl<P, S: Suite> fmt::Debug for Issuer<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer").finish_non_exhaustive()
    }
}
