//! A ledger as it is described, in the plainest way, with a fault of choice.

use alloc::collections::BTreeMap;
use core::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use milagro_base::Seconds;
use milagro_ledger::{
    Account, Charge, Grant, Kind, LedgerId, Life, LocalLedger, Unavailable, Usage, Verdict, rules,
};

/// For how long an account is kept that is over.
const SLACK: Seconds = Seconds::hours(1);

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
    /// Every charge that was granted and not given back.
    charges: Vec<Counted>,
    /// Whether a restore made this count as used up.
    used_up: bool,
}

#[derive(Clone, Copy, Debug)]
struct Counted {
    claim: [u8; 32],
    amount: u32,
    time: Seconds,
    /// Whether somebody was answered `again` to a public claim.
    again: bool,
    /// Whether the claim is no longer one of the last 16.
    forgotten: bool,
}

impl Model {
    pub(crate) fn init(now: Seconds, fault: Option<Planted>) -> Self {
        Self {
            id: new_name(),
            born: rules::birth(now),
            fault,
            state: Mutex::default(),
        }
    }

    /// A copy under another name, born later.
    pub(crate) fn restored(&self, now: Seconds) -> Self {
        let mut state = self.state().clone();
        for kept in state.accounts.values_mut() {
            let lasting = kept.account.life() == Life::Lasting;
            kept.used_up |= lasting && rules::USED_UP.contains(&kept.account.kind());
        }
        let latest = state.latest.values().copied().max().unwrap_or_default();
        Self {
            id: new_name(),
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

    /// How many accounts are worth something, as far as the model has looked.
    pub(crate) fn len(&self) -> u64 {
        self.len_within(Seconds::ZERO)
    }

    /// How many accounts would be if each lived longer by this.
    pub(crate) fn len_within(&self, longer: Seconds) -> u64 {
        let state = self.state();
        let lives = |kept: &&Kept| match kept.account.life() {
            Life::Lasting => true,
            Life::Span { until, .. } => {
                until.plus(longer) > state.floor(kept.account.kind().to_byte())
            }
        };
        let count = state.accounts.values().filter(lives).count();
        u64::try_from(count).unwrap()
    }

    /// Sees a time without a charge.
    pub(crate) fn see(&self, kind: Kind, now: Seconds) {
        let mut state = self.state();
        let latest = state.latest.entry(kind.to_byte()).or_default();
        *latest = now.max(*latest);
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
        let (used, last) = kept.as_ref().map_or((0, None), Kept::total);
        let place = kept.as_ref().and_then(|kept| kept.find(charge));
        if let Some((kept, place)) = kept.as_mut().zip(place)
            && !self.has(Planted::ClaimIgnored)
        {
            let (before, _) = kept.charges.split_at(place);
            let previous = before.last().map(|counted| counted.time);
            let before: u64 = before.iter().map(|it| u64::from(it.amount)).sum();
            let counted = &mut kept.charges[place];
            if counted.amount != charge.amount.get() {
                return Verdict::Conflict;
            }
            counted.again |= charge.claim.is_public();
            return Verdict::Granted(Grant {
                used: before + u64::from(counted.amount),
                previous,
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
            charges: Vec::new(),
            used_up: false,
        });
        kept.charges.push(Counted {
            claim: *charge.claim.as_bytes(),
            amount: charge.amount.get(),
            time: now,
            again: false,
            forgotten: false,
        });
        let remembered = kept.charges.iter_mut().rev().filter(|it| !it.forgotten);
        for counted in remembered.skip(rules::CLAIMS) {
            counted.forgotten = true;
        }
        Verdict::Granted(Grant {
            used,
            previous: last,
            again: false,
        })
    }
}

/// Each model has another one.
fn new_name() -> LedgerId {
    static NEXT: AtomicU8 = AtomicU8::new(0);
    LedgerId::from_bytes([NEXT.fetch_add(1, Ordering::Relaxed); 32])
}

impl State {
    fn floor(&self, kind: u8) -> Seconds {
        rules::floor(self.latest.get(&kind).copied().unwrap_or_default())
    }

    fn forget(&mut self, kind: u8, floor: Seconds) {
        self.accounts.retain(|_, kept| match kept.account.life() {
            Life::Span { until, .. } if kept.account.kind().to_byte() == kind => {
                until.plus(SLACK) > floor
            }
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
    fn find(&self, charge: &Charge) -> Option<usize> {
        if self.used_up {
            return None;
        }
        let claim = charge.claim.as_bytes();
        let known = |it: &Counted| it.claim == *claim && !it.forgotten;
        self.charges.iter().position(known)
    }

    fn total(&self) -> (u64, Option<Seconds>) {
        let used = if self.used_up {
            u64::MAX
        } else {
            self.charges.iter().map(|it| u64::from(it.amount)).sum()
        };
        (used, self.charges.last().map(|it| it.time))
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
            let Some(place) = kept.find(charge) else {
                continue;
            };
            let counted = kept.charges[place];
            let first = !counted.again || self.has(Planted::RefundOfAgain);
            if counted.amount == charge.amount.get() && first {
                kept.charges.remove(place);
            }
            if kept.charges.is_empty() {
                state.accounts.remove(charge.account.hash());
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
                .map_or(Usage::default(), |kept| {
                    let (used, last) = kept.total();
                    Usage { used, last }
                })
        };
        Ok(accounts.iter().map(usage).collect())
    }
}
