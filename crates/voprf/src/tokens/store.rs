//! The record of what was spent: the trait that a redeemer counts through, and a bounded implementation in memory.

mod memory;
mod sync;

#[cfg(test)]
mod tests;

use alloc::sync::Arc;
use core::fmt;

use crate::tokens::token::{KeyId, Nonce, UseIndex};

pub use memory::MemoryStore;

/// One use of one token: the unit that a store records.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Spend {
    /// The token's key.
    pub key_id: KeyId,
    /// The token's nonce.
    pub nonce: Nonce,
    /// Which of its uses.
    pub use_index: UseIndex,
}

/// Why a store did not reserve a use.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ReserveError {
    /// The use was committed before.
    Spent,
    /// Another reservation of the same use is open.
    InFlight,
    /// The store has no room, and forgets nothing to make some.
    Full,
    /// The key's time is over, and what was spent under it may be forgotten.
    Expired,
    /// The store could not be asked.
    Unavailable,
}

impl fmt::Display for ReserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spent => "use already spent",
            Self::InFlight => "use reserved by another redemption",
            Self::Full => "redemption store full",
            Self::Expired => "key expired in the redemption store",
            Self::Unavailable => "redemption store unavailable",
        })
    }
}

impl core::error::Error for ReserveError {}

/// A use could not be committed: its reservation is gone, or the store could not be asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct CommitError;

impl fmt::Display for CommitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("use not committed")
    }
}

impl core::error::Error for CommitError {}

/// Where redemptions are counted: a use is free, reserved, or spent, and only these three calls move it.
///
/// An implementation makes each call **one atomic step**: among any number of simultaneous calls of `reserve` for one use
/// that is free, exactly one succeeds. A look-up followed by an insertion is not that.
///
/// # Security
/// All redeemers of one key share one store, and it must not forget a spent use before `expires`: not when it is full,
/// not when it restarts. A store that outlives its process should let reservations lapse that no one commits.
pub trait RedemptionStore {
    /// free → reserved, at time `now` in seconds; the record may be forgotten from `expires` on.
    ///
    /// # Errors
    /// [`ReserveError`], and no use has changed.
    ///
    /// # Security
    /// A key's `expires` does not grow: a record that was already forgotten would count as free.
    fn reserve(&self, spend: &Spend, expires: u64, now: u64) -> Result<(), ReserveError>;

    /// reserved → spent.
    ///
    /// # Errors
    /// [`CommitError`] if the use is not known to be spent now.
    fn commit(&self, spend: &Spend) -> Result<(), CommitError>;

    /// reserved → free; of a use that is not reserved it changes nothing.
    fn release(&self, spend: &Spend);
}

impl<S: RedemptionStore + ?Sized> RedemptionStore for &S {
    fn reserve(&self, spend: &Spend, expires: u64, now: u64) -> Result<(), ReserveError> {
        (**self).reserve(spend, expires, now)
    }

    fn commit(&self, spend: &Spend) -> Result<(), CommitError> {
        (**self).commit(spend)
    }

    fn release(&self, spend: &Spend) {
        (**self).release(spend);
    }
}

impl<S: RedemptionStore + ?Sized> RedemptionStore for Arc<S> {
    fn reserve(&self, spend: &Spend, expires: u64, now: u64) -> Result<(), ReserveError> {
        (**self).reserve(spend, expires, now)
    }

    fn commit(&self, spend: &Spend) -> Result<(), CommitError> {
        (**self).commit(spend)
    }

    fn release(&self, spend: &Spend) {
        (**self).release(spend);
    }
}

/// An open reservation: committed by moving it, released by dropping it.
#[derive(Debug)]
#[must_use = "a reservation that is dropped frees the use again"]
pub(crate) struct Hold<'a, S: RedemptionStore> {
    store: &'a S,
    spend: Spend,
    open: bool,
}

impl<'a, S: RedemptionStore> Hold<'a, S> {
    pub(crate) fn reserve(
        store: &'a S,
        spend: Spend,
        expires: u64,
        now: u64,
    ) -> Result<Self, ReserveError> {
        store.reserve(&spend, expires, now)?;
        Ok(Self {
            store,
            spend,
            open: true,
        })
    }

    pub(crate) const fn spend(&self) -> &Spend {
        &self.spend
    }

    pub(crate) fn commit(mut self) -> Result<Spend, CommitError> {
        self.store.commit(&self.spend)?; // on failure the drop below tries to release
        self.open = false;
        Ok(self.spend)
    }
}

impl<S: RedemptionStore> Drop for Hold<'_, S> {
    fn drop(&mut self) {
        if self.open {
            self.store.release(&self.spend);
        }
    }
}
