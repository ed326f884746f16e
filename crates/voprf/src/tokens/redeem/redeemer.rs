//! The server's side of a redemption: window, proof, count.

use alloc::sync::Arc;
use core::fmt;

use subtle::ConstantTimeEq as _;

use super::{BareRequest, Binding, RedeemerId, RedemptionRequest, Refusal, mac};
use crate::tokens::schedule::{KeySchedule, Redeemable};
use crate::tokens::store::{Hold, RedemptionStore, ReserveError, Spend};
use crate::tokens::token::{FormatError, KeyId, Nonce, TokenOutput};

/// Whatever can recompute a token's output: the redeemer's secret keys.
pub trait OutputSource {
    /// The output for this nonce under the key of this id, or `None` without that key.
    fn output(&self, key_id: &KeyId, nonce: &Nonce) -> Option<TokenOutput>;
}

impl<K: OutputSource + ?Sized> OutputSource for &K {
    fn output(&self, key_id: &KeyId, nonce: &Nonce) -> Option<TokenOutput> {
        (**self).output(key_id, nonce)
    }
}

impl<K: OutputSource + ?Sized> OutputSource for Arc<K> {
    fn output(&self, key_id: &KeyId, nonce: &Nonce) -> Option<TokenOutput> {
        (**self).output(key_id, nonce)
    }
}

/// Checks redemptions and counts them, from any number of threads.
pub struct Redeemer<K, S> {
    id: RedeemerId,
    schedule: KeySchedule,
    keys: K,
    store: S,
}

impl<K: OutputSource, S: RedemptionStore> Redeemer<K, S> {
    /// A redeemer of that name, over its keys' published schedule, its keys, and its store.
    ///
    /// # Security
    /// Redeemers of the same keys share one store, whatever their names.
    pub const fn new(id: RedeemerId, schedule: KeySchedule, keys: K, store: S) -> Self {
        Self {
            id,
            schedule,
            keys,
            store,
        }
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &RedeemerId {
        &self.id
    }

    /// Its store.
    #[must_use]
    pub const fn store(&self) -> &S {
        &self.store
    }

    /// Takes the schedule's next edition and its keys.
    ///
    /// # Errors
    /// [`FormatError::NotCanonical`] if it moves the window or the limit of a key that the present one lists: a window that
    /// grew could outlive the record of what was spent in it.
    pub fn update(&mut self, schedule: KeySchedule, keys: K) -> Result<(), FormatError> {
        if !self.schedule.agrees_with(&schedule) {
            return Err(FormatError::NotCanonical);
        }
        (self.schedule, self.keys) = (schedule, keys);
        Ok(())
    }

    /// Checks a request against this context and payload at time `now`, and reserves its use.
    ///
    /// Nothing is counted before the tag is right, so a stranger cannot use up a token or fill the store; a replay finds
    /// its own use spent and touches no other.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    pub fn reserve(
        &self,
        request: &RedemptionRequest,
        context: &[u8],
        payload: &[u8],
        now: u64,
    ) -> Result<Reservation<'_, S>, Refusal> {
        let spend = request.spend();
        let key = self.schedule.redeemable(&spend.key_id, now)?;
        if !spend.use_index.is_within(key.uses) {
            return Err(Refusal::UseIndex);
        }
        let output = self
            .keys
            .output(&spend.key_id, &spend.nonce)
            .ok_or(Refusal::KeyMissing)?;
        let expected = mac::tag(
            &output,
            &spend,
            &Binding {
                redeemer: &self.id,
                context,
                payload,
            },
        );
        if !bool::from(expected.ct_eq(&request.tag)) {
            return Err(Refusal::Unproven);
        }
        Ok(Reservation(Hold::reserve(
            &self.store,
            spend,
            key.until,
            now,
        )?))
    }

    /// Reserves and commits in one step, for work that cannot fail in between.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    pub fn redeem(
        &self,
        request: &RedemptionRequest,
        context: &[u8],
        payload: &[u8],
        now: u64,
    ) -> Result<Redeemed, Refusal> {
        self.reserve(request, context, payload, now)?.commit()
    }

    /// Checks a bare request at time `now`, and reserves the first use that is free.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    ///
    /// # Security
    /// The request is bound to no payload and to no use: a replay uses the token up.
    pub fn reserve_bare(
        &self,
        request: &BareRequest,
        now: u64,
    ) -> Result<Reservation<'_, S>, Refusal> {
        let BareRequest {
            key_id,
            nonce,
            ref output,
        } = *request;
        let Redeemable { uses, until } = self.schedule.redeemable(&key_id, now)?;
        let expected = self
            .keys
            .output(&key_id, &nonce)
            .ok_or(Refusal::KeyMissing)?;
        if !bool::from(expected.as_bytes().ct_eq(output.as_bytes())) {
            return Err(Refusal::Unproven);
        }
        let mut refused = ReserveError::Spent;
        for use_index in uses.indices() {
            let spend = Spend {
                key_id,
                nonce,
                use_index,
            };
            match Hold::reserve(&self.store, spend, until, now) {
                Ok(hold) => return Ok(Reservation(hold)),
                Err(ReserveError::Spent) => {}
                Err(ReserveError::InFlight) => refused = ReserveError::InFlight,
                Err(other) => return Err(other.into()),
            }
        }
        Err(refused.into())
    }

    /// Reserves and commits a bare request in one step.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    ///
    /// # Security
    /// As for [`Redeemer::reserve_bare`].
    pub fn redeem_bare(&self, request: &BareRequest, now: u64) -> Result<Redeemed, Refusal> {
        self.reserve_bare(request, now)?.commit()
    }
}

impl<K, S> fmt::Debug for Redeemer<K, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redeemer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A proven request whose use is set aside: do the work, then commit. Dropped, it frees the use again.
#[derive(Debug)]
#[must_use = "a reservation that is dropped frees the use again"]
pub struct Reservation<'a, S: RedemptionStore>(Hold<'a, S>);

impl<S: RedemptionStore> Reservation<'_, S> {
    /// What is reserved.
    #[must_use]
    pub const fn spend(&self) -> &Spend {
        self.0.spend()
    }

    /// Spends the use for good.
    ///
    /// # Errors
    /// [`Refusal::NotCommitted`] if the store cannot say that this use is spent now; then undo the work.
    pub fn commit(self) -> Result<Redeemed, Refusal> {
        Ok(Redeemed(self.0.commit()?))
    }
}

/// Proof that one use of one token was spent, here and now. Only a redeemer can make one.
#[derive(Debug)]
#[must_use = "a redemption that nobody looks at admits nobody"]
pub struct Redeemed(Spend);

impl Redeemed {
    /// What was spent.
    #[must_use]
    pub const fn spend(&self) -> &Spend {
        &self.0
    }
}
