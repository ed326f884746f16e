//! Keys by epoch: which one is used, and which ones are kept.
//!
//! A key is dropped when two witnesses say that its epoch is over, each with two epochs to spare: the clock, and
//! a later key, which an authority would not have issued so early. A clock that is ahead by less than two epochs
//! drops nothing that counts, and one that is ahead by more drops nothing unless keys of that time come in, too.

use alloc::collections::BTreeMap;

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

/// Epochs for which a key is kept beyond its end.
const SPARE: u64 = 2;

/// Most keys that are kept, whatever clock and keys say.
const MOST: usize = 32;

/// What belongs to epochs.
#[derive(Debug)]
pub(crate) struct Held<T> {
    policy: EpochPolicy,
    by_epoch: BTreeMap<Epoch, T>,
}

impl<T> Held<T> {
    pub(crate) const fn new(policy: EpochPolicy) -> Self {
        Self {
            policy,
            by_epoch: BTreeMap::new(),
        }
    }

    pub(crate) const fn policy(&self) -> EpochPolicy {
        self.policy
    }

    /// Puts in what belongs to an epoch, in place of what is there, and drops what is over beyond doubt.
    pub(crate) fn install(&mut self, epoch: Epoch, value: T, now: Seconds) {
        self.by_epoch.insert(epoch, value);
        let (policy, newest) = (self.policy, self.newest());
        self.by_epoch.retain(|epoch, _| {
            let spared = Epoch(epoch.0.saturating_add(SPARE));
            newest.is_none_or(|newest| spared >= newest) || !is_over(policy, spared, now)
        });
        while self.by_epoch.len() > MOST {
            self.by_epoch.pop_first();
        }
    }

    /// Drops what is over by this clock alone.
    pub(crate) fn expire(&mut self, now: Seconds) {
        let policy = self.policy;
        self.by_epoch
            .retain(|epoch, _| !is_over(policy, *epoch, now));
    }

    /// What belongs to the epoch of this time; else to the last one before it, else to the first one after it.
    /// Whether that counts is for the peer to say, whose clock may be another.
    pub(crate) fn nearest(&self, now: Seconds) -> Option<(Epoch, &T)> {
        let current = Epoch::at(now, self.policy.length);
        let begun = self.by_epoch.range(..=current).next_back();
        let found = begun.or_else(|| self.by_epoch.first_key_value());
        found.map(|(epoch, value)| (*epoch, value))
    }

    /// As [`Self::nearest`], if it counts by this clock.
    pub(crate) fn current(&self, now: Seconds) -> Option<(Epoch, &T)> {
        self.nearest(now)
            .filter(|(epoch, _)| self.policy.accepts(*epoch, now))
    }

    pub(crate) fn get(&self, epoch: Epoch) -> Option<&T> {
        self.by_epoch.get(&epoch)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (Epoch, &T)> {
        self.by_epoch.iter().map(|(epoch, value)| (*epoch, value))
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Epoch, &mut T)> {
        self.by_epoch
            .iter_mut()
            .map(|(epoch, value)| (*epoch, value))
    }

    /// The last epoch of all.
    pub(crate) fn newest(&self) -> Option<Epoch> {
        self.by_epoch.last_key_value().map(|(epoch, _)| *epoch)
    }
}

/// Whether an epoch has ended, its time of grace included.
pub(crate) fn is_over(policy: EpochPolicy, epoch: Epoch, now: Seconds) -> bool {
    epoch < Epoch::at(now, policy.length) && !policy.accepts(epoch, now)
}
