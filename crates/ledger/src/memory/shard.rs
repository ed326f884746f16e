//! The accounts behind one lock.

use alloc::collections::BTreeMap;
use core::hash::{BuildHasher, Hash, Hasher};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use milagro_base::Seconds;
use rand_core::Rng;

use crate::account::{Account, Life};
use crate::charge::{Charge, Usage, Verdict};
use crate::kind::Kind;
use crate::tally::Tally;

/// The accounts behind one lock, in drawers by kind and by the hour in which they become worthless: a drawer
/// is forgotten whole. An account's hash commits to kind and life, so it is always looked for in the same
/// drawer.
#[derive(Clone, Debug)]
pub(super) struct Shard {
    drawers: BTreeMap<(Kind, Hour), HashMap<Key, Tally, Mixer>>,
    mixer: Mixer,
}

/// The hour since 1970 in which a life ends; `None` sorts first and never ends.
type Hour = Option<u64>;

/// What came of a charge, as far as one shard can say.
pub(super) enum Outcome {
    Answered(Verdict),
    /// There is no room for another account.
    NoRoom,
}

impl Shard {
    pub(super) const fn new(mixer: Mixer) -> Self {
        Self {
            drawers: BTreeMap::new(),
            mixer,
        }
    }

    /// Charges; `take_room` is asked before an account is added.
    pub(super) fn charge(
        &mut self,
        now: Seconds,
        charge: &Charge,
        take_room: impl FnOnce() -> bool,
    ) -> Outcome {
        let place = place(&charge.account);
        let key = Key(*charge.account.hash());
        let known = self.drawers.get_mut(&place).map(|drawer| drawer.entry(key));
        if let Some(Entry::Occupied(mut tally)) = known {
            return Outcome::Answered(tally.get_mut().charge(now, charge));
        }
        let (tally, grant) = match Tally::first(now, charge) {
            Ok(first) => first,
            Err(refusal) => return Outcome::Answered(refusal),
        };
        if !take_room() {
            return Outcome::NoRoom;
        }
        if let Some(Entry::Vacant(room)) = known {
            room.insert(tally);
        } else {
            let mut drawer = HashMap::with_hasher(self.mixer);
            drawer.insert(key, tally);
            self.drawers.insert(place, drawer);
        }
        Outcome::Answered(Verdict::Granted(grant))
    }

    /// Takes a charge back. Whether the account is gone by that.
    pub(super) fn refund(&mut self, charge: &Charge) -> bool {
        let drawer = self.drawers.get_mut(&place(&charge.account));
        let key = Key(*charge.account.hash());
        let Some(tally) = drawer.and_then(|drawer| drawer.get_mut(&key)) else {
            return false;
        };
        tally.refund(charge);
        tally.is_zero() && self.remove(&charge.account)
    }

    /// Forgets an account. Whether there was one.
    pub(super) fn remove(&mut self, account: &Account) -> bool {
        let place = place(account);
        let Some(drawer) = self.drawers.get_mut(&place) else {
            return false;
        };
        let removed = drawer.remove(&Key(*account.hash())).is_some();
        if drawer.is_empty() {
            self.drawers.remove(&place);
        }
        removed
    }

    pub(super) fn usage(&self, account: &Account) -> Usage {
        let drawer = self.drawers.get(&place(account));
        drawer
            .and_then(|drawer| drawer.get(&Key(*account.hash())))
            .map_or(Usage::default(), Tally::usage)
    }

    /// Forgets the drawers that are worthless at their kind's floor, and says how many accounts that were.
    pub(super) fn forget(&mut self, floor: impl Fn(Kind) -> Seconds) -> usize {
        let mut forgotten = 0;
        self.drawers.retain(|(kind, hour), drawer| {
            // All of an hour is worthless when the next hour's first second is not above the floor.
            let keep = hour.is_none_or(|hour| hour >= floor(*kind).get() / HOUR);
            if !keep {
                forgotten += drawer.len();
            }
            keep
        });
        forgotten
    }

    /// Counts the lasting accounts of these kinds as used up.
    pub(super) fn use_up(&mut self, kinds: &[Kind]) {
        for kind in kinds {
            let drawer = self.drawers.get_mut(&(*kind, None));
            for tally in drawer.into_iter().flat_map(HashMap::values_mut) {
                *tally = tally.clone().filled();
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.drawers.values().map(HashMap::len).sum()
    }
}

fn place(account: &Account) -> (Kind, Hour) {
    let hour = match account.life() {
        Life::Lasting => None,
        Life::Span { until, .. } => Some(until.get() / HOUR),
    };
    (account.kind(), hour)
}

/// The hash of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Key([u8; 32]);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [_, _, bytes @ ..] = &self.0;
        let bytes = bytes.first_chunk().copied().unwrap_or_default();
        state.write_u128(u128::from_le_bytes(bytes));
    }
}

/// Hashes what is a hash already, by one multiplication under a key: whoever chooses what an account stands
/// for can search for hashes that are alike in a few bits, and must not fill one bucket with them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mixer([u64; 2]);

/// A [`Mixer`] at work.
pub(super) struct Mixing {
    keys: [u64; 2],
    mixed: u64,
}

impl Mixer {
    pub(super) fn random<R: Rng + ?Sized>(rng: &mut R) -> Self {
        Self([rng.next_u64(), rng.next_u64()])
    }

    #[cfg(test)]
    pub(super) const fn known() -> Self {
        Self([1, 2])
    }
}

impl BuildHasher for Mixer {
    type Hasher = Mixing;

    fn build_hasher(&self) -> Mixing {
        Mixing {
            keys: self.0,
            mixed: 0,
        }
    }
}

impl Hasher for Mixing {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(16) {
            let mut block = [0; 16];
            for (to, from) in block.iter_mut().zip(chunk) {
                *to = *from;
            }
            self.write_u128(u128::from_le_bytes(block));
        }
    }

    fn write_u128(&mut self, value: u128) {
        let [low, high] = halves(value);
        let [key, other] = self.keys;
        let product = u128::from(low ^ self.mixed ^ key) * u128::from(high ^ other);
        let [low, high] = halves(product);
        self.mixed = low ^ high;
    }

    fn finish(&self) -> u64 {
        self.mixed
    }
}

fn halves(value: u128) -> [u64; 2] {
    let low = value & u128::from(u64::MAX);
    [low, value >> 64].map(|half| u64::try_from(half).unwrap_or_default())
}

const HOUR: u64 = 3600;
