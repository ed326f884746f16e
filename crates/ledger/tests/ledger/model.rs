//! A ledger as it is described, in the plainest way, with a fault of choice.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};
use std::thread;

use getrandom::{SysRng, rand_core::UnwrapErr};
use milagro_base::Seconds;
use milagro_ledger::{
    Account, Charge, Grant, LedgerId, Life, LocalLedger, Unavailable, Usage, Verdict, rules,
};

/// What can be wrong with a ledger.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Planted {
    /// Looks under the lock, lets go of it, and writes under the lock.
    CheckThenInsert,
    /// Knows no floor but that of the clock's time now.
    ForgottenFloor,
    /// Does not look at the birth.
    BirthIgnored,
    /// Does not look for the claim.
    ClaimIgnored,
    /// Writes the first hundred of a batch.
    PartOfABatchLost,
    /// Grants one more than the limit.
    OffByOne,
    /// Clears what is alike in the first eight bits.
    LeakyClear,
    /// Takes back what somebody was answered `again` for.
    RefundOfAgain,
}

#[derive(Debug)]
pub(crate) struct Model {
    id: LedgerId,
    born: Seconds,
    fault: Option<Planted>,
    state: Mutex<State>,
}

#[derive(Clone, Debug, Default)]
struct State {
    accounts: BTreeMap<[u8; 32], Kept>,
    latest: BTreeMap<u8, Seconds>,
}

#[derive(Clone, Debug)]
struct Kept {
    account: Account,
    used: u64,
    last: Seconds,
    /// Claim, amount, whether it was answered again to the public.
    claims: Vec<([u8; 32], u32, bool)>,
}

impl Model {
    pub(crate) fn init(now: Seconds, fault: Option<Planted>) -> Self {
        Self {
            id: LedgerId::random(&mut UnwrapErr(SysRng)),
            born: rules::birth(now),
            fault,
            state: Mutex::default(),
        }
    }

    /// A copy under another name, born later.
    pub(crate) fn restored(&self, now: Seconds) -> Self {
        let state = self.state().clone();
        let latest = state.latest.values().copied().max().unwrap_or_default();
        Self {
            id: LedgerId::random(&mut UnwrapErr(SysRng)),
            born: self.born.max(rules::birth(latest.max(now))),
            fault: self.fault,
            state: Mutex::new(state),
        }
    }

    /// A copy as it is.
    pub(crate) fn copied(&self) -> Self {
        Self {
            id: self.id,
            born: self.born,
            fault: self.fault,
            state: Mutex::new(self.state().clone()),
        }
    }

    pub(crate) const fn fault(&self) -> Option<Planted> {
        self.fault
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    fn has(&self, fault: Planted) -> bool {
        self.fault == Some(fault)
    }

    fn charge_one(&self, now: Seconds, charge: &Charge, place: usize) -> Verdict {
        let account = charge.account;
        let mut state = self.state();
        let latest = state.latest.entry(account.kind().to_byte()).or_default();
        *latest = if self.has(Planted::ForgottenFloor) {
            now
        } else {
            now.max(*latest)
        };
        let floor = rules::floor(*latest);
        if let Life::Span { from, until } = account.life() {
            let unborn = from.is_some_and(|from| from <= self.born);
            if until <= floor || (unborn && !self.has(Planted::BirthIgnored)) {
                return Verdict::Over;
            }
        }
        state.forget(account.kind().to_byte(), floor);
        let mut kept = state.accounts.get(account.hash()).cloned();
        if self.has(Planted::CheckThenInsert) {
            drop(state);
            thread::yield_now();
            let verdict = self.judge(&mut kept, now, charge);
            self.state().write(kept, charge);
            return verdict;
        }
        let verdict = self.judge(&mut kept, now, charge);
        if !self.has(Planted::PartOfABatchLost) || place < 100 {
            state.write(kept, charge);
        }
        verdict
    }

    fn judge(&self, kept: &mut Option<Kept>, now: Seconds, charge: &Charge) -> Verdict {
        let (used, last) = kept
            .as_ref()
            .map_or((0, None), |kept| (kept.used, Some(kept.last)));
        let known = kept.as_mut().and_then(|kept| kept.find(charge));
        if let Some((_, amount, again)) = known
            && !self.has(Planted::ClaimIgnored)
        {
            if *amount != charge.amount.get() {
                return Verdict::Conflict;
            }
            *again |= charge.claim.is_public();
            return Verdict::Granted(Grant {
                used,
                previous: None,
                again: true,
            });
        }
        let limit = charge.limit + u64::from(self.has(Planted::OffByOne));
        let sum = u128::from(used) + u128::from(charge.amount.get());
        if sum > u128::from(limit) {
            return Verdict::Exhausted { used, last };
        }
        let used = u64::try_from(sum).unwrap();
        let kept = kept.get_or_insert_with(|| Kept {
            account: charge.account,
            used: 0,
            last: now,
            claims: Vec::new(),
        });
        kept.used = used;
        kept.last = now;
        let claim = *charge.claim.as_bytes();
        kept.claims.push((claim, charge.amount.get(), false));
        let forgotten = kept.claims.len().saturating_sub(rules::CLAIMS);
        kept.claims.drain(..forgotten);
        Verdict::Granted(Grant {
            used,
            previous: last,
            again: false,
        })
    }
}

impl State {
    fn forget(&mut self, kind: u8, floor: Seconds) {
        self.accounts.retain(|_, kept| match kept.account.life() {
            Life::Span { until, .. } if kept.account.kind().to_byte() == kind => until > floor,
            _ => true,
        });
    }

    fn write(&mut self, kept: Option<Kept>, charge: &Charge) {
        if let Some(kept) = kept {
            self.accounts.insert(*charge.account.hash(), kept);
        }
    }
}

impl Kept {
    fn find(&mut self, charge: &Charge) -> Option<&mut ([u8; 32], u32, bool)> {
        let claim = charge.claim.as_bytes();
        self.claims.iter_mut().find(|(known, ..)| known == claim)
    }
}

impl LocalLedger for Model {
    fn id(&self) -> LedgerId {
        self.id
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let places = charges.iter().enumerate();
        places
            .map(|(place, charge)| self.charge_one(now, charge, place))
            .collect()
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        let mut state = self.state();
        for charge in charges {
            let Some(kept) = state.accounts.get_mut(charge.account.hash()) else {
                continue;
            };
            let amount = charge.amount.get();
            let exact = kept.find(charge).is_some_and(|(_, known, again)| {
                *known == amount && (!*again || self.has(Planted::RefundOfAgain))
            });
            if exact {
                let claim = charge.claim.as_bytes();
                kept.claims.retain(|(known, ..)| known != claim);
                kept.used -= u64::from(amount);
                if kept.used == 0 {
                    state.accounts.remove(charge.account.hash());
                }
            }
        }
        Ok(())
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        let mut state = self.state();
        let lasting = |account: &&Account| account.life() == Life::Lasting;
        for account in accounts.iter().filter(lasting) {
            state.accounts.remove(account.hash());
            if self.has(Planted::LeakyClear) {
                let first = account.hash()[0];
                state.accounts.retain(|hash, _| hash[0] != first);
            }
        }
        Ok(())
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        let state = self.state();
        let usage = |account: &Account| {
            state
                .accounts
                .get(account.hash())
                .map_or(Usage::default(), |kept| Usage {
                    used: kept.used,
                    last: Some(kept.last),
                })
        };
        Ok(accounts.iter().map(usage).collect())
    }
}
