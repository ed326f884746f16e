//! The locks and counters of a table, so that its tests can put others in their place.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// A family of locks and counters.
pub(crate) trait Threads {
    /// A lock around a value.
    type Lock<T>: Lock<T>;
    /// A number that all threads see.
    type Counter: Counter;
}

/// A lock around a value.
pub(crate) trait Lock<T> {
    /// A lock that nobody holds.
    fn new(value: T) -> Self;

    /// Runs `f` while nobody else can.
    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O;
}

/// A number that all threads see.
pub(crate) trait Counter {
    /// Starts at `value`.
    fn new(value: u64) -> Self;

    /// Adds one, unless that would exceed `limit`.
    fn add_up_to(&self, limit: u64) -> bool;

    /// Takes away what was added.
    fn subtract(&self, amount: u64);

    /// Makes it at least `value`.
    fn raise(&self, value: u64);

    /// The number.
    fn value(&self) -> u64;
}

/// Those of the standard library.
#[derive(Debug)]
pub(crate) struct Standard;

impl Threads for Standard {
    type Lock<T> = Mutex<T>;
    type Counter = AtomicU64;
}

impl<T> Lock<T> for Mutex<T> {
    fn new(value: T) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut T) -> O) -> O {
        // What is behind the locks is consistent between any two statements that could panic.
        f(&mut self.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Counter for AtomicU64 {
    fn new(value: u64) -> Self {
        Self::new(value)
    }

    fn add_up_to(&self, limit: u64) -> bool {
        let step = |count| if count < limit { Some(count + 1) } else { None };
        self.fetch_update(Ordering::SeqCst, Ordering::SeqCst, step)
            .is_ok()
    }

    fn subtract(&self, amount: u64) {
        self.fetch_sub(amount, Ordering::SeqCst);
    }

    fn raise(&self, value: u64) {
        // Most calls raise nothing, and reading alone keeps the number in every core's cache.
        if self.load(Ordering::SeqCst) < value {
            self.fetch_max(value, Ordering::SeqCst);
        }
    }

    fn value(&self) -> u64 {
        self.load(Ordering::SeqCst)
    }
}
