//! A bounded table of accounts, over any family of locks.

use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

use milagro_base::Seconds;
use rand_core::Rng;

use crate::account::{Account, Life};
use crate::charge::{Charge, Usage, Verdict};
use crate::kind::Kind;
use crate::memory::shard::{Mixer, Outcome, Shard};
use crate::memory::sync::{Counter, Lock, Threads};
use crate::rules;

/// Accounts, each behind the lock of its shard.
pub(super) struct Table<T: Threads> {
    born: Seconds,
    capacity: u64,
    /// Accounts that are there or being added.
    len: T::Counter,
    /// For each kind, the latest time at which one of it was charged.
    latest: Box<[T::Counter]>,
    shards: Box<[T::Lock<Shard>]>,
}

/// What a table holds, without its locks.
#[derive(Clone, Debug)]
pub(super) struct Contents {
    pub(super) born: Seconds,
    pub(super) capacity: u64,
    pub(super) latest: Vec<u64>,
    pub(super) shards: Vec<Shard>,
}

impl Contents {
    pub(super) fn empty<R: Rng + ?Sized>(rng: &mut R, capacity: u64, born: Seconds) -> Self {
        Self {
            latest: [0; KINDS].to_vec(),
            shards: vec![Shard::new(Mixer::random(rng)); SHARDS],
            capacity: capacity.max(1),
            born,
        }
    }

    /// One shard under hash keys that everybody knows.
    #[cfg(test)]
    pub(super) fn known(capacity: u64, born: Seconds) -> Self {
        Self {
            latest: [0; KINDS].to_vec(),
            shards: [Shard::new(Mixer::known())].to_vec(),
            capacity,
            born,
        }
    }

    /// The latest time at which anything was charged.
    pub(super) fn latest(&self) -> Seconds {
        Seconds::new(self.latest.iter().copied().max().unwrap_or_default())
    }
}

impl<T: Threads> Table<T> {
    pub(super) fn new(contents: Contents) -> Self {
        let len = contents.shards.iter().map(Shard::len).sum();
        Self {
            born: contents.born,
            capacity: contents.capacity,
            len: Counter::new(number(len)),
            latest: contents.latest.into_iter().map(Counter::new).collect(),
            shards: contents.shards.into_iter().map(Lock::new).collect(),
        }
    }

    /// One shard after the other, so not all of one moment; accounts have nothing to do with each other. The
    /// times are read last: they cover whatever a shard had forgotten.
    pub(super) fn contents(&self) -> Contents {
        let shards = self
            .shards
            .iter()
            .map(|shard| shard.with(|shard| shard.clone()))
            .collect();
        Contents {
            born: self.born,
            capacity: self.capacity,
            shards,
            latest: self.latest.iter().map(Counter::value).collect(),
        }
    }

    pub(super) fn charge(&self, now: Seconds, charge: &Charge) -> Verdict {
        let account = &charge.account;
        if let Some(latest) = self.latest.get(usize::from(account.kind().to_byte())) {
            latest.raise(now.get());
        }
        match self.try_charge(now, charge) {
            Outcome::Answered(verdict) => verdict,
            Outcome::NoRoom => {
                self.forget();
                match self.try_charge(now, charge) {
                    Outcome::Answered(verdict) => verdict,
                    Outcome::NoRoom => Verdict::Full,
                }
            }
        }
    }

    fn try_charge(&self, now: Seconds, charge: &Charge) -> Outcome {
        let Some(shard) = self.shard(&charge.account) else {
            return Outcome::NoRoom;
        };
        shard.with(|shard| {
            // Behind the lock: whoever forgot this account has raised the floor before.
            if self.is_over(&charge.account) {
                return Outcome::Answered(Verdict::Over);
            }
            shard.charge(now, charge, || self.len.add_up_to(self.capacity))
        })
    }

    fn is_over(&self, account: &Account) -> bool {
        match account.life() {
            Life::Lasting => false,
            Life::Span { from, until } => {
                until <= self.floor(account.kind()) || from.is_some_and(|from| from <= self.born)
            }
        }
    }

    fn floor(&self, kind: Kind) -> Seconds {
        let latest = self.latest.get(usize::from(kind.to_byte()));
        latest.map_or(Seconds::MAX, |latest| {
            rules::floor(Seconds::new(latest.value()))
        })
    }

    pub(super) fn refund(&self, charge: &Charge) {
        if let Some(shard) = self.shard(&charge.account) {
            self.take_away(shard.with(|shard| usize::from(shard.refund(charge))));
        }
    }

    /// Only lasting accounts: clearing another would spend it again.
    pub(super) fn clear(&self, account: &Account) {
        if account.life() != Life::Lasting {
            return;
        }
        if let Some(shard) = self.shard(account) {
            self.take_away(shard.with(|shard| usize::from(shard.remove(account))));
        }
    }

    pub(super) fn usage(&self, account: &Account) -> Usage {
        self.shard(account).map_or_else(Usage::default, |shard| {
            shard.with(|shard| shard.usage(account))
        })
    }

    /// Forgets whatever is worthless at its kind's floor.
    pub(super) fn forget(&self) {
        for shard in &self.shards {
            self.take_away(shard.with(|shard| shard.forget(|kind| self.floor(kind))));
        }
    }

    pub(super) fn len(&self) -> u64 {
        self.len.value()
    }

    fn take_away(&self, accounts: usize) {
        if accounts > 0 {
            self.len.subtract(number(accounts));
        }
    }

    fn shard(&self, account: &Account) -> Option<&T::Lock<Shard>> {
        let [first, ..] = account.hash();
        let shard = usize::from(*first).checked_rem(self.shards.len())?;
        self.shards.get(shard)
    }
}

/// A length, which has no more than 64 bits.
fn number(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

const KINDS: usize = 256;
const SHARDS: usize = 64;
