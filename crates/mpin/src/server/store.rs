//! Where a server keeps the challenges it has handed out.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::server::bounded::BoundedMap;

/// Remembers challenges until they are used or expire. The implementation decides where: in memory
/// ([`MemoryChallengeStore`]), or in a database that many servers share.
///
/// A store that cannot answer must answer [`Taken::Unknown`]: then the login is refused.
pub trait ChallengeStore {
    /// Remembers a nonce until `expires`, in seconds.
    fn insert(&self, nonce: [u8; 32], expires: u64);

    /// Takes a nonce out, so that no second call for it gives [`Taken::Fresh`], however many run at
    /// once.
    fn take(&self, nonce: &[u8; 32], now: u64) -> Taken;
}

/// What a store knows of a nonce.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Taken {
    /// Handed out, not expired, and now used.
    Fresh,
    /// Handed out and expired.
    Expired,
    /// Never handed out, used before, or evicted.
    Unknown,
}

/// A store in memory that holds a fixed number of challenges; when full, the oldest goes.
///
/// A used challenge keeps its place until it is the oldest, so the number to choose is the challenges
/// handed out a second times the seconds for which they may be answered.
#[derive(Debug)]
pub struct MemoryChallengeStore(Mutex<BoundedMap<[u8; 32], u64>>);

impl MemoryChallengeStore {
    /// Room for this many challenges, at least one.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self(Mutex::new(BoundedMap::new(capacity)))
    }

    /// How many challenges are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Whether no challenge is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn lock(&self) -> MutexGuard<'_, BoundedMap<[u8; 32], u64>> {
        // The map is consistent between any two statements that could panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ChallengeStore for MemoryChallengeStore {
    fn insert(&self, nonce: [u8; 32], expires: u64) {
        self.lock().insert(nonce, expires);
    }

    fn take(&self, nonce: &[u8; 32], now: u64) -> Taken {
        match self.lock().remove(nonce) {
            Some(expires) if now < expires => Taken::Fresh,
            Some(_) => Taken::Expired,
            None => Taken::Unknown,
        }
    }
}
