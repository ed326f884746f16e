//! The server's side of a redemption: window, proof, and the charge that the ledger decides on.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use milagro_base::Seconds;
use milagro_ledger::{Charge, LedgerId, Unspent};
use subtle::ConstantTimeEq as _;

use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;
use crate::tokens::keys::ring::KeyRing;
use crate::tokens::nonce::Name;
use crate::tokens::output::TokenOutput;
use crate::tokens::plan::{KeyId, Windows};
use crate::tokens::redeem::binding::{Binding, RedeemerId};
use crate::tokens::redeem::mac;
use crate::tokens::redeem::message::{BareRequest, RedemptionRequest};
use crate::tokens::redeem::refusal::Refusal;
use crate::tokens::redeem::spend::{Proof, Redeemed, Spend};
use crate::tokens::schedule::list::{KeySchedule, NotLater};

/// A request with what the redeemer has beside it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Redemption<'a> {
    /// What the client sent.
    pub request: &'a RedemptionRequest,
    /// What the payload is for, as the redeemer knows it.
    pub context: &'a [u8],
    /// What the client wants to be accepted.
    pub payload: &'a [u8],
}

/// A bare request with what the redeemer has beside it.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct BareRedemption<'a> {
    /// What the client sent.
    pub request: &'a BareRequest,
    /// What the payload is for, as the redeemer knows it.
    pub context: &'a [u8],
    /// What the client wants to be accepted.
    pub payload: &'a [u8],
}

/// Checks redemptions, from any number of threads; the ledger counts them.
pub struct Redeemer<S: Suite = Ristretto255> {
    id: RedeemerId,
    schedule: KeySchedule,
    keys: Arc<KeyRing<S>>,
    /// Where uses are counted.
    ledger: LedgerId,
}

impl<S: Suite> Redeemer<S> {
    /// A redeemer of that name, over the published schedule, the keys, and the ledger that counts their uses.
    ///
    /// # Errors
    /// [`NotLater`] if the schedule is for another suite.
    ///
    /// # Security
    /// Redeemers of the same keys share one ledger, whatever their names, or each token is good once on every
    /// ledger: take the name of the ledger from where all redeemers have it, not from the ledger that is at
    /// hand. After a restart, the schedule is no earlier than the last one that was used: keep its
    /// [`Edition`](crate::tokens::schedule::Edition).
    pub fn new(
        id: RedeemerId,
        schedule: KeySchedule,
        keys: Arc<KeyRing<S>>,
        ledger: LedgerId,
    ) -> Result<Self, NotLater> {
        if !schedule.plan().is_for::<S>() {
            return Err(NotLater(()));
        }
        Ok(Self {
            id,
            schedule,
            keys,
            ledger,
        })
    }

    /// Its name.
    #[must_use]
    pub const fn id(&self) -> &RedeemerId {
        &self.id
    }

    /// The schedule that it goes by.
    #[must_use]
    pub const fn schedule(&self) -> &KeySchedule {
        &self.schedule
    }

    /// The ledger that it counts on.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// Takes the schedule's next edition and its keys.
    ///
    /// # Errors
    /// [`NotLater`] unless the edition may come after the present one: [`KeySchedule::is_followed_by`].
    pub fn update(&mut self, schedule: KeySchedule, keys: Arc<KeyRing<S>>) -> Result<(), NotLater> {
        if !self.schedule.is_followed_by(&schedule) {
            return Err(NotLater(()));
        }
        (self.schedule, self.keys) = (schedule, keys);
        Ok(())
    }

    /// Checks a request against its context and payload at time `now`: what it buys, locked behind the charge
    /// that spends it.
    ///
    /// Nothing is charged before the tag is right, so a stranger can neither use up a token nor fill the
    /// ledger. The same redemption again, in whatever request, is answered
    /// [`Again`](milagro_ledger::Refused::Again): only an application that does the same work again without
    /// harm takes that for a yes.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    pub fn check(
        &self,
        redemption: &Redemption<'_>,
        now: Seconds,
    ) -> Result<Unspent<Redeemed>, Refusal> {
        let mut all = self.check_all(core::slice::from_ref(redemption), now);
        all.pop().unwrap_or(Err(Refusal::Unproven))
    }

    /// Checks many at once, which is cheaper by the encodings that outputs under one key share: one result
    /// each, in order, to be spent by one call of the ledger with [`Unspent::spend_all`].
    #[must_use]
    pub fn check_all(
        &self,
        redemptions: &[Redemption<'_>],
        now: Seconds,
    ) -> Vec<Result<Unspent<Redeemed>, Refusal>> {
        let admitted: Vec<_> = redemptions
            .iter()
            .map(|redemption| self.admit(redemption.request.spend(), now))
            .collect();
        let mut names = BTreeMap::<KeyId, Vec<Name>>::new();
        for Admitted { spend, .. } in admitted.iter().flatten() {
            names.entry(spend.key_id).or_default().push(spend.name);
        }
        // Under each key the outputs of its redemptions, in their order. Where a name hashes to the identity,
        // which nobody knows how to make it do, all of the key's redemptions are refused.
        let outputs = |(id, names): (KeyId, Vec<Name>)| {
            let outputs = self.keys.key(&id)?.outputs(&names).ok()?;
            Some((id, outputs.into_iter()))
        };
        let mut outputs: BTreeMap<_, _> = names.into_iter().filter_map(outputs).collect();
        let check = |(redemption, admitted): (&Redemption<'_>, Result<Admitted, Refusal>)| {
            let admitted = admitted?;
            let outputs = outputs.get_mut(&admitted.spend.key_id);
            let output = outputs.and_then(Iterator::next);
            self.prove(redemption, &admitted, &output.ok_or(Refusal::Unproven)?)
        };
        redemptions.iter().zip(admitted).map(check).collect()
    }

    /// Checks a bare request at time `now`.
    ///
    /// # Errors
    /// The [`Refusal`], for the server alone.
    ///
    /// # Security
    /// The request itself is bound to nothing: whoever has it first spends it on a payload of his own. Only the
    /// charge knows the payload, so that `Again` says that it was spent on this one.
    pub fn check_bare(
        &self,
        redemption: &BareRedemption<'_>,
        now: Seconds,
    ) -> Result<Unspent<Redeemed>, Refusal> {
        let request = redemption.request;
        let Admitted { spend, windows } = self.admit(request.spend(), now)?;
        let key = self.keys.key(&spend.key_id).ok_or(Refusal::KeyMissing)?;
        let output = key
            .outputs(&[spend.name])
            .ok()
            .and_then(|mut all| all.pop());
        let output = output.ok_or(Refusal::Unproven)?;
        if !bool::from(output.as_bytes().ct_eq(request.output.as_bytes())) {
            return Err(Refusal::Unproven);
        }
        let binding = Binding {
            redeemer: &self.id,
            context: redemption.context,
            payload: redemption.payload,
        };
        let charge = spend.charge(&windows, &Proof::Bare(&binding));
        Ok(self.lock(spend, charge))
    }

    /// What costs nothing to check.
    fn admit(&self, spend: Spend, now: Seconds) -> Result<Admitted, Refusal> {
        let windows = self.schedule.redeemable(&spend.key_id, now)?;
        if !spend.use_index.is_within(self.schedule.plan().uses()) {
            return Err(Refusal::UseIndex);
        }
        if self.keys.key(&spend.key_id).is_none() {
            return Err(Refusal::KeyMissing);
        }
        Ok(Admitted { spend, windows })
    }

    fn prove(
        &self,
        redemption: &Redemption<'_>,
        admitted: &Admitted,
        output: &TokenOutput,
    ) -> Result<Unspent<Redeemed>, Refusal> {
        let Admitted { spend, windows } = admitted;
        let binding = Binding {
            redeemer: &self.id,
            context: redemption.context,
            payload: redemption.payload,
        };
        let request = redemption.request;
        let tag = mac::tag(output, spend, &binding);
        if !bool::from(tag.ct_eq(&request.tag)) || !request.is_signed(spend, &binding) {
            return Err(Refusal::Unproven);
        }
        let charge = spend.charge(windows, &Proof::Bound(&binding, &request.tag));
        Ok(self.lock(*spend, charge))
    }

    fn lock(&self, spend: Spend, charge: Charge) -> Unspent<Redeemed> {
        Unspent::new(Redeemed(spend), vec![charge]).on(self.ledger)
    }
}

/// A use whose key is open, not yet proven.
struct Admitted {
    spend: Spend,
    windows: Windows,
}

impl<S: Suite> fmt::Debug for Redeemer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redeemer")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
