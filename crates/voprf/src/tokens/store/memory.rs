//! The store in memory: shards under locks of their own, two bits per use, a bound on tokens, memory freed by epoch.

use alloc::{collections::BTreeMap, vec::Vec};
use core::{fmt, mem, num::NonZeroUsize};

use super::{
    CommitError, RedemptionStore, ReserveError, Spend,
    sync::{Counter, Lock, StdThreads, Threads},
};
use crate::tokens::token::{KeyId, Nonce, UseIndex};

/// A bounded [`RedemptionStore`] in memory, for any number of threads of one process.
///
/// It holds up to `capacity` tokens over all keys, in about 80 bytes each. Full, it refuses; it never forgets a spent use to make room. When a key
/// expires, all its records go at once, and a clock that is turned back afterwards does not bring the key back.
///
/// # Security
/// A restart forgets everything: retire the keys with it, or keep the record in a database that survives.
pub struct MemoryStore(Table<StdThreads>);

impl MemoryStore {
    const SHARDS: usize = 64;

    /// A store for at most `capacity` tokens.
    #[must_use]
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self(Table::new(Self::SHARDS, capacity.get()))
    }

    /// How many tokens it remembers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Frees every key that is over at `now`; reservations do this too, but only for the part of the store they touch.
    pub fn purge(&self, now: u64) {
        self.0.purge(now);
    }
}

impl RedemptionStore for MemoryStore {
    fn reserve(&self, spend: &Spend, expires: u64, now: u64) -> Result<(), ReserveError> {
        self.0.reserve(spend, expires, now)
    }

    fn commit(&self, spend: &Spend) -> Result<(), CommitError> {
        self.0.commit(spend)
    }

    fn release(&self, spend: &Spend) {
        self.0.release(spend);
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// One bit per use index in each word; a use is in at most one of them.
#[derive(Clone, Copy, Default)]
struct UsesOf {
    reserved: u64,
    spent: u64,
}

struct KeyRecord {
    expires: u64,
    tokens: BTreeMap<Nonce, UsesOf>,
}

#[derive(Default)]
struct Shard {
    keys: BTreeMap<KeyId, KeyRecord>,
    /// The latest expiry of a key that this shard has forgotten: nothing that expires by then is ever taken in again.
    forgotten: u64,
}

/// The store over a family of locks.
pub(super) struct Table<T: Threads> {
    shards: Vec<T::Lock<Shard>>,
    count: T::Counter,
    capacity: usize,
}

impl<T: Threads> Table<T> {
    pub(super) fn new(shards: usize, capacity: usize) -> Self {
        let shards = (0..shards)
            .map(|_| T::Lock::new(Shard::default()))
            .collect();
        Self {
            shards,
            count: T::Counter::zero(),
            capacity,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.count.value()
    }

    pub(super) fn purge(&self, now: u64) {
        for shard in &self.shards {
            let expired = shard.with(|shard| shard.take_expired(now));
            self.uncount(&expired);
        }
    }

    /// Gives back the room of what expired, which its taker drops outside the lock.
    fn uncount(&self, expired: &[BTreeMap<Nonce, UsesOf>]) {
        self.count.subtract(expired.iter().map(BTreeMap::len).sum());
    }

    /// The shard of a nonce. Nonces are their clients' choice: crowding one shard slows that shard and no more.
    fn shard(&self, nonce: &Nonce) -> Option<&T::Lock<Shard>> {
        let [first, second, ..] = *nonce.as_bytes();
        let index = usize::from(u16::from_be_bytes([first, second]));
        self.shards.get(index.checked_rem(self.shards.len())?)
    }
}

impl<T: Threads> RedemptionStore for Table<T> {
    fn reserve(&self, spend: &Spend, expires: u64, now: u64) -> Result<(), ReserveError> {
        let shard = self.shard(&spend.nonce).ok_or(ReserveError::Unavailable)?;
        let attempt = || {
            let (expired, outcome) = shard.with(|shard| {
                let expired = shard.take_expired(now);
                (
                    expired,
                    shard.reserve(spend, expires, now, || self.count.add_below(self.capacity)),
                )
            });
            self.uncount(&expired);
            outcome
        };
        match attempt() {
            Err(ReserveError::Full) => {
                self.purge(now); // other shards may hold what is over
                attempt()
            }
            outcome => outcome,
        }
    }

    fn commit(&self, spend: &Spend) -> Result<(), CommitError> {
        let shard = self.shard(&spend.nonce).ok_or(CommitError)?;
        shard.with(|shard| shard.commit(spend))
    }

    fn release(&self, spend: &Spend) {
        if let Some(shard) = self.shard(&spend.nonce)
            && shard.with(|shard| shard.release(spend))
        {
            self.count.subtract(1);
        }
    }
}

impl Shard {
    /// Takes out the tokens of every key that is over at `now`.
    fn take_expired(&mut self, now: u64) -> Vec<BTreeMap<Nonce, UsesOf>> {
        let mut expired = Vec::new();
        self.keys.retain(|_, record| {
            let over = record.expires <= now;
            if over {
                self.forgotten = self.forgotten.max(record.expires);
                expired.push(mem::take(&mut record.tokens));
            }
            !over
        });
        expired
    }

    fn reserve(
        &mut self,
        spend: &Spend,
        expires: u64,
        now: u64,
        make_room: impl FnOnce() -> bool,
    ) -> Result<(), ReserveError> {
        if expires <= now || expires <= self.forgotten {
            return Err(ReserveError::Expired);
        }
        if let Some(record) = self.keys.get_mut(&spend.key_id) {
            record.expires = record.expires.max(expires);
        }
        let bit = bit(spend.use_index);
        if let Some(uses) = self.uses(spend) {
            if uses.spent & bit != 0 {
                return Err(ReserveError::Spent);
            }
            if uses.reserved & bit != 0 {
                return Err(ReserveError::InFlight);
            }
            uses.reserved |= bit;
            return Ok(());
        }
        if !make_room() {
            return Err(ReserveError::Full);
        }
        let record = self.keys.entry(spend.key_id).or_insert_with(|| KeyRecord {
            expires,
            tokens: BTreeMap::new(),
        });
        record.tokens.insert(
            spend.nonce,
            UsesOf {
                reserved: bit,
                spent: 0,
            },
        );
        Ok(())
    }

    fn commit(&mut self, spend: &Spend) -> Result<(), CommitError> {
        let bit = bit(spend.use_index);
        let uses = self
            .uses(spend)
            .filter(|uses| uses.reserved & bit != 0)
            .ok_or(CommitError)?;
        uses.reserved &= !bit;
        uses.spent |= bit;
        Ok(())
    }

    /// Says whether the token's record is gone with its last reservation.
    fn release(&mut self, spend: &Spend) -> bool {
        let Some(record) = self.keys.get_mut(&spend.key_id) else {
            return false;
        };
        let Some(uses) = record.tokens.get_mut(&spend.nonce) else {
            return false;
        };
        uses.reserved &= !bit(spend.use_index);
        let unused = uses.reserved | uses.spent == 0;
        if unused {
            record.tokens.remove(&spend.nonce);
            if record.tokens.is_empty() {
                self.keys.remove(&spend.key_id);
            }
        }
        unused
    }

    fn uses(&mut self, spend: &Spend) -> Option<&mut UsesOf> {
        self.keys
            .get_mut(&spend.key_id)?
            .tokens
            .get_mut(&spend.nonce)
    }
}

/// The use's bit: an index is below 64 by its type.
const fn bit(index: UseIndex) -> u64 {
    1 << index.get()
}
