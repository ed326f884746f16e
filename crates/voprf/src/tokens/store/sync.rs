//! The little that the store needs of a threading library, so that its tests can put an exploring scheduler in its place.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A lock around a value.
pub(crate) trait Lock<T> {
    fn new(value: T) -> Self;
    /// Runs `f` alone on the value.
    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O;
}

/// A count that many threads change.
pub(crate) trait Counter {
    fn zero() -> Self;
    /// Adds one unless that would pass `limit`; says whether it did.
    fn add_below(&self, limit: usize) -> bool;
    /// Takes away what was added before.
    fn subtract(&self, amount: usize);
    /// The count at some moment.
    fn value(&self) -> usize;
}

/// A family of locks and counters.
pub(crate) trait Threads {
    type Lock<T>: Lock<T>;
    type Counter: Counter;
}

/// The standard library's.
#[derive(Debug)]
pub(crate) struct StdThreads;

impl Threads for StdThreads {
    type Lock<T> = Mutex<T>;
    type Counter = AtomicUsize;
}

impl<T> Lock<T> for Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        // No code under these locks panics half-way through a change; a poisoned lock guards a whole value.
        f(&mut self.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counter for AtomicUsize {
    fn zero() -> Self {
        Self::new(0)
    }

    fn add_below(&self, limit: usize) -> bool {
        let step = |count| if count < limit { Some(count + 1) } else { None };
        self.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
            .is_ok()
    }

    fn subtract(&self, amount: usize) {
        self.fetch_sub(amount, Ordering::Relaxed);
    }

    fn value(&self) -> usize {
        self.load(Ordering::Relaxed)
    }
}
