//! A ledger as it is described, in the plainest way, with a fault of choice.

use alloc::collections::BTreeMap;
use core::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;

use milagro_base::Seconds;
use milagro_ledger::{
    Account, Charge, Grant, Kind, LedgerId, Life, LocalLedger, Unavailable, Usage, Verdict, rules,
};

use crate::faults::Planted;

/// For how long an account is kept that is over.
const SLACK: Seconds = Seconds::hours(1);

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
        let born = rules::birth(latest.max(now));
        Self {
            id: new_name(),
            born: if self.has(Planted::BirthGoesBack) {
                born
            } else {
                self.born.max(born)
            },
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
        let kind = match self.fault {
            Some(Planted::OneFloor) => 0,
            _ => account.kind().to_byte(),
        };
        let latest = state.latest.entry(kind).or_default();
        *latest = if self.has(Planted::ForgottenFloor) {
            now
        } else {
            now.max(*latest)
        };
        let floor = rules::floor(*latest);
        if let Life::Span { from, until } = account.life() {
            let unborn = from.is_some_and(|from| from <= self.born);
            let kept = state.accounts.get(account.hash());
            let known = self.has(Planted::KnownBeforeOver)
                && kept.is_some_and(|kept| self.find(kept, charge).is_some());
            let over = until <= floor || (unborn && !self.has(Planted::BirthIgnored));
            if over && !known {
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
        let most = match self.fault {
            Some(Planted::PartOfABatchLost) => 100,
            Some(Planted::EndOfALongBatchLost) => 1000,
            _ => usize::MAX,
        };
        if place < most {
            state.write(kept, charge);
        }
        verdict
    }

    fn find(&self, kept: &Kept, charge: &Charge) -> Option<usize> {
        let length = if self.has(Planted::HalfOfAClaim) {
            16
        } else {
            32
        };
        kept.find(&charge.claim.as_bytes()[..length])
    }

    /// Takes back one charge in these accounts.
    fn take_back(&self, accounts: &mut BTreeMap<[u8; 32], Kept>, charge: &Charge) {
        let Some(kept) = accounts.get_mut(charge.account.hash()) else {
            return;
        };
        let Some(place) = self.find(kept, charge) else {
            return;
        };
        let counted = kept.charges[place];
        let first = !counted.again || self.has(Planted::RefundOfAgain);
        let exact = counted.amount == charge.amount.get();
        if first && (exact || self.has(Planted::RefundOfAnyAmount)) {
            kept.charges.remove(place);
        }
        if kept.charges.is_empty() {
            accounts.remove(charge.account.hash());
        }
    }

    fn judge(&self, kept: &mut Option<Kept>, now: Seconds, charge: &Charge) -> Verdict {
        let (used, last) = kept.as_ref().map_or((0, None), Kept::total);
        let place = kept.as_ref().and_then(|kept| self.find(kept, charge));
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
            time: match self.fault {
                Some(Planted::TimeOf32Bits) => Seconds::new(now.get() & u64::from(u32::MAX)),
                _ => now,
            },
            again: false,
            forgotten: false,
        });
        let remembered = kept.charges.iter_mut().rev().filter(|it| !it.forgotten);
        let most = rules::CLAIMS - usize::from(self.has(Planted::FifteenClaims));
        for counted in remembered.skip(most) {
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
    /// The charge whose claim ends so.
    fn find(&self, claim: &[u8]) -> Option<usize> {
        if self.used_up {
            return None;
        }
        let known = |it: &Counted| it.claim.ends_with(claim) && !it.forgotten;
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
        let verdicts = places.map(|(place, charge)| self.charge_one(now, charge, place));
        let verdicts = verdicts.collect();
        if self.has(Planted::TwiceInABatch) {
            for (place, charge) in charges.iter().enumerate() {
                let mut state = self.state();
                let kept = state.accounts.get_mut(charge.account.hash());
                if let Some(kept) = kept.filter(|_| charges[..place].contains(charge)) {
                    kept.charges.iter_mut().for_each(|it| it.again = false);
                }
            }
        }
        verdicts
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        if self.has(Planted::RefundNotAtomic) {
            for charge in charges {
                let mut accounts = self.state().accounts.clone();
                self.take_back(&mut accounts, charge);
                thread::yield_now();
                let hash = charge.account.hash();
                let mut state = self.state();
                match accounts.remove(hash) {
                    Some(kept) => state.accounts.insert(*hash, kept),
                    None => state.accounts.remove(hash),
                };
            }
            return Ok(());
        }
        let mut state = self.state();
        for charge in charges {
            self.take_back(&mut state.accounts, charge);
        }
        Ok(())
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        let mut state = self.state();
        let lasting = |account: &&Account| account.life() == Life::Lasting;
        if self.has(Planted::ClearsAllOrNone) && !accounts.iter().all(|it| lasting(&it)) {
            return Ok(());
        }
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
