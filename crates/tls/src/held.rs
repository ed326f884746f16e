//! Keys by epoch: which one is used, and which ones are kept.
//!
//! A key is dropped when two witnesses say that its epoch is over: the clock, by two epochs, and a later key, by
//! eight. So keys may be fetched seven epochs ahead, and a clock that is wrong by whatever it is drops none that
//! counts.

use alloc::collections::BTreeMap;

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochPolicy};

use crate::keys::KeyError;

/// Epochs for which a key is kept beyond its end, by the clock.
const SPARE: u64 = 2;

/// By how many epochs a later key shows that one is over. An authority issues no key so early.
const LATER: u64 = 8;

/// Most keys that are kept.
pub(crate) const MOST: usize = 32;

/// What belongs to epochs.
#[derive(Debug)]
pub(crate) struct Held<T> {
    policy: EpochPolicy,
    by_epoch: BTreeMap<Epoch, T>,
}

impl<T> Held<T> {
    /// With what belongs to a first epoch.
    pub(crate) fn new(policy: EpochPolicy, epoch: Epoch, value: T) -> Self {
        Self {
            policy,
            by_epoch: BTreeMap::from([(epoch, value)]),
        }
    }

    pub(crate) const fn policy(&self) -> EpochPolicy {
        self.policy
    }

    /// Puts in what belongs to an epoch, in place of what is there, and drops what is over beyond doubt. Where
    /// there is no room, what the clock says is over goes first.
    ///
    /// # Errors
    /// [`KeyError::Full`] if nothing is over and there is no room.
    pub(crate) fn install(&mut self, epoch: Epoch, value: T, now: Seconds) -> Result<(), KeyError> {
        let policy = self.policy;
        let newest = self.newest().max(Some(epoch)).unwrap_or(epoch);
        self.by_epoch.retain(|epoch, _| {
            later(*epoch, LATER) > newest || !is_over(policy, later(*epoch, SPARE), now)
        });
        if self.by_epoch.len() >= MOST && !self.by_epoch.contains_key(&epoch) {
            let oldest = self.by_epoch.first_entry();
            match oldest.filter(|oldest| is_over(policy, *oldest.key(), now)) {
                Some(oldest) => drop(oldest.remove()),
                None => return Err(KeyError::Full),
            }
        }
        self.by_epoch.insert(epoch, value);
        Ok(())
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

    /// The last epoch of all.
    pub(crate) fn newest(&self) -> Option<Epoch> {
        self.by_epoch.last_key_value().map(|(epoch, _)| *epoch)
    }
}

const fn later(epoch: Epoch, by: u64) -> Epoch {
    Epoch(epoch.0.saturating_add(by))
}

/// Whether an epoch has ended, its time of grace included.
pub(crate) fn is_over(policy: EpochPolicy, epoch: Epoch, now: Seconds) -> bool {
    epoch < Epoch::at(now, policy.length) && !policy.accepts(epoch, now)
}
