//! Values that are paid for before anybody has them.

use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use milagro_base::Seconds;

use crate::charge::{Charge, Grant, Verdict};
use crate::ledger::{Ledger, LedgerId, LocalLedger};

/// A value that protocol code has checked, locked behind its charges: [`Self::spend`] is the only way to it.
/// The claims are kept, so that asking again is asking for the same.
#[must_use = "a value that is not spent has not been counted"]
pub struct Unspent<T> {
    value: T,
    charges: Vec<Charge>,
    returned: Vec<Charge>,
    /// Where it counts; `None`: wherever it is spent.
    ledger: Option<LedgerId>,
}

/// A value whose charges are granted. Only spending makes one.
#[must_use]
pub struct Paid<T> {
    value: T,
    charges: Vec<Charge>,
    grants: Vec<Grant>,
    ledger: LedgerId,
}

/// Why there is no value.
#[non_exhaustive]
pub enum Refused<T> {
    /// A limit is reached: of an attempt, the account is locked; of a proof or a token, it was used before.
    Exhausted,
    /// Something has expired, or the ledger cannot know whether it was used before.
    Over,
    /// The ledger has no room to remember it.
    Full,
    /// A claim was granted before with another amount.
    Conflict,
    /// A public claim of it was granted before, to a request for the same thing. Whoever repeats work that is
    /// the same each time may take the value; nobody else.
    Again(Paid<T>),
    /// The ledger did not answer for all charges. Nothing is lost: spend this.
    Unknown(Unspent<T>),
    /// It counts on another ledger than this. Nothing was charged or given back: spend it there.
    Elsewhere(Unspent<T>),
    /// There was nothing to charge. Nothing is had for nothing: whoever locked the value made a mistake.
    Uncharged,
}

impl<T> Unspent<T> {
    /// Locks a value behind charges, in the order in which they take effect. A value without charges cannot be
    /// had: [`Refused::Uncharged`].
    pub const fn new(value: T, charges: Vec<Charge>) -> Self {
        Self {
            value,
            charges,
            returned: Vec::new(),
            ledger: None,
        }
    }

    /// Says on which ledger it counts: spending it on another is [`Refused::Elsewhere`]. Whoever keeps a thing's
    /// uses on one ledger says so, or the same thing is good once on every other.
    pub const fn on(mut self, ledger: LedgerId) -> Self {
        self.ledger = Some(ledger);
        self
    }

    /// Adds charges that are given back when this is spent, whatever comes of it: those of an attempt that
    /// has proven to be no guess. Public claims are left out, since others may have been granted the same.
    pub fn returning(mut self, charges: &[Charge]) -> Self {
        let own = charges.iter().filter(|charge| !charge.claim.is_public());
        self.returned.extend(own);
        self
    }

    /// Pays. If one charge is refused, what was granted beside it is given back.
    ///
    /// Whoever drops the future before its end has lost the value, and perhaps paid: let it run to its end in a
    /// task of its own.
    ///
    /// # Errors
    /// [`Refused`].
    pub async fn spend(self, ledger: &dyn Ledger, now: Seconds) -> Result<Paid<T>, Refused<T>> {
        let id = ledger.id();
        if !self.counts_on(id) {
            return Err(Refused::Elsewhere(self));
        }
        let verdicts = if self.charges.is_empty() {
            Vec::new()
        } else {
            ledger.charge(now, &self.charges).await
        };
        let (result, refunds) = self.settle(id, &verdicts);
        if !refunds.is_empty() {
            // What cannot be given back stays counted, which is safe.
            let _unavailable = ledger.refund(&refunds).await;
        }
        result
    }

    /// As [`Self::spend`], without waiting for anybody else.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn spend_local<L>(self, ledger: &L, now: Seconds) -> Result<Paid<T>, Refused<T>>
    where
        L: LocalLedger + ?Sized,
    {
        let id = ledger.id();
        if !self.counts_on(id) {
            return Err(Refused::Elsewhere(self));
        }
        let verdicts = if self.charges.is_empty() {
            Vec::new()
        } else {
            ledger.charge(now, &self.charges)
        };
        let (result, refunds) = self.settle(id, &verdicts);
        if !refunds.is_empty() {
            let _unavailable = ledger.refund(&refunds);
        }
        result
    }

    /// Pays for many at once, with one call of the ledger and one more if there is anything to give back.
    /// One result each, in order.
    pub async fn spend_all(
        all: Vec<Self>,
        ledger: &dyn Ledger,
        now: Seconds,
    ) -> Vec<Result<Paid<T>, Refused<T>>> {
        let id = ledger.id();
        let charges = Self::all_charges(&all, id);
        let verdicts = if charges.is_empty() {
            Vec::new()
        } else {
            ledger.charge(now, &charges).await
        };
        let mut refunds = Vec::new();
        let results = Self::settle_all(all, id, &verdicts, &mut refunds);
        if !refunds.is_empty() {
            let _unavailable = ledger.refund(&refunds).await;
        }
        results
    }

    /// As [`Self::spend_all`], without waiting for anybody else.
    pub fn spend_all_local<L>(
        all: Vec<Self>,
        ledger: &L,
        now: Seconds,
    ) -> Vec<Result<Paid<T>, Refused<T>>>
    where
        L: LocalLedger + ?Sized,
    {
        let id = ledger.id();
        let charges = Self::all_charges(&all, id);
        let verdicts = if charges.is_empty() {
            Vec::new()
        } else {
            ledger.charge(now, &charges)
        };
        let mut refunds = Vec::new();
        let results = Self::settle_all(all, id, &verdicts, &mut refunds);
        if !refunds.is_empty() {
            let _unavailable = ledger.refund(&refunds);
        }
        results
    }

    fn counts_on(&self, ledger: LedgerId) -> bool {
        self.ledger.is_none_or(|own| own == ledger)
    }

    fn all_charges(all: &[Self], ledger: LedgerId) -> Vec<Charge> {
        all.iter()
            .filter(|unspent| unspent.counts_on(ledger))
            .flat_map(|unspent| &unspent.charges)
            .copied()
            .collect()
    }

    /// The results of all, in order; adds what is to be given back to `refunds`.
    fn settle_all(
        all: Vec<Self>,
        ledger: LedgerId,
        mut verdicts: &[Verdict],
        refunds: &mut Vec<Charge>,
    ) -> Vec<Result<Paid<T>, Refused<T>>> {
        all.into_iter()
            .map(|unspent| {
                if !unspent.counts_on(ledger) {
                    return Err(Refused::Elsewhere(unspent));
                }
                let own = unspent.charges.len().min(verdicts.len());
                let (own, rest) = verdicts.split_at(own);
                verdicts = rest;
                let (result, given_back) = unspent.settle(ledger, own);
                refunds.extend(given_back);
                result
            })
            .collect()
    }

    /// What the verdicts come to, and what is to be given back.
    fn settle(
        self,
        ledger: LedgerId,
        verdicts: &[Verdict],
    ) -> (Result<Paid<T>, Refused<T>>, Vec<Charge>) {
        let mut refunds = self.returned.clone();
        if self.charges.is_empty() {
            return (Err(Refused::Uncharged), refunds);
        }
        // A ledger that answers for fewer charges has not answered.
        let verdicts = verdicts.iter().copied();
        let verdicts = verdicts.chain(core::iter::repeat(Verdict::Unknown));
        let mut grants = Vec::with_capacity(self.charges.len());
        let mut granted = Vec::new();
        let mut refusal = None;
        for (charge, verdict) in self.charges.iter().zip(verdicts) {
            match verdict {
                Verdict::Granted(grant) => {
                    grants.push(grant);
                    granted.push((*charge, grant.again));
                }
                // It may be counted. Of a public claim, somebody else's grant may be.
                Verdict::Unknown => granted.push((*charge, true)),
                other => refusal = refusal.or(Some(other)),
            }
        }
        if let Some(refusal) = refusal {
            refunds.extend(granted.into_iter().filter_map(own));
            return (Err(Refused::because(refusal)), refunds);
        }
        if grants.len() < self.charges.len() {
            return (Err(Refused::Unknown(self)), refunds);
        }
        let mut again = self.charges.iter().zip(&grants);
        let again = again.any(|(charge, grant)| charge.claim.is_public() && grant.again);
        let paid = Paid {
            value: self.value,
            charges: self.charges,
            grants,
            ledger,
        };
        let result = if again {
            Err(Refused::Again(paid))
        } else {
            Ok(paid)
        };
        (result, refunds)
    }
}

/// The charge, if it is the caller's to give back: of a public claim only one that was granted first.
fn own((charge, again): (Charge, bool)) -> Option<Charge> {
    (!again || !charge.claim.is_public()).then_some(charge)
}

impl<T> Refused<T> {
    const fn because(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Exhausted { .. } => Self::Exhausted,
            Verdict::Full => Self::Full,
            Verdict::Conflict => Self::Conflict,
            _ => Self::Over,
        }
    }
}

impl<T> Paid<T> {
    /// The value.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// What was charged, and what the ledger said of it, in the same order.
    pub fn charges(&self) -> impl Iterator<Item = (&Charge, &Grant)> {
        self.charges.iter().zip(&self.grants)
    }

    /// The ledger that granted them.
    #[must_use]
    pub const fn ledger(&self) -> LedgerId {
        self.ledger
    }

    /// Gives the charges back, and the value up: nothing was done with it. What others were granted by the
    /// same public claims stays counted; and all of it, on a ledger other than the one that granted it.
    pub async fn give_back(self, ledger: &dyn Ledger) {
        if ledger.id() == self.ledger {
            // What cannot be given back stays counted, which is safe.
            let _unavailable = ledger.refund(&self.own()).await;
        }
    }

    /// As [`Self::give_back`], without waiting for anybody else.
    pub fn give_back_local<L: LocalLedger + ?Sized>(self, ledger: &L) {
        if ledger.id() == self.ledger {
            let _unavailable = ledger.refund(&self.own());
        }
    }

    fn own(&self) -> Vec<Charge> {
        let charges = self.charges();
        charges
            .filter_map(|(charge, grant)| own((*charge, grant.again)))
            .collect()
    }
}

impl<T> Deref for Paid<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> fmt::Debug for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exhausted => "Exhausted",
            Self::Over => "Over",
            Self::Full => "Full",
            Self::Conflict => "Conflict",
            Self::Again(_) => "Again(..)",
            Self::Unknown(_) => "Unknown(..)",
            Self::Elsewhere(_) => "Elsewhere(..)",
            Self::Uncharged => "Uncharged",
        })
    }
}

impl<T> fmt::Display for Refused<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exhausted => "used as often as it may be",
            Self::Over => "expired, or not known to be unused",
            Self::Full => "the ledger is full",
            Self::Conflict => "claimed before with another amount",
            Self::Again(_) => "granted before to the same claim",
            Self::Unknown(_) => "the ledger did not answer",
            Self::Elsewhere(_) => "counted on another ledger",
            Self::Uncharged => "there was nothing to charge",
        })
    }
}

impl<T> core::error::Error for Refused<T> {}

milagro_base::opaque_debug!(Unspent<T>, Paid<T>);
