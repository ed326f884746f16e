//! Whole stories of the crate, and what has to go wrong.

mod batch;
mod binding;
#[cfg(feature = "compat")]
mod compat;
mod enrolled;
mod every_edge;
mod exchange;
mod extremes;
mod fixture;
mod identity;
mod keys;
mod later;
mod leaks;
mod login;
mod names;
mod psk;
mod races;
#[cfg(feature = "rustls")]
mod raw_keys;
mod readme;
mod renewal;
mod seeded;
mod signature;
mod spki;
mod stale;
mod two_sided;
mod usages;
mod verifier;

use core::cell::Cell;

std::thread_local! {
    static PAIRINGS: Cell<usize> = const { Cell::new(0) };
}

/// Called for every pairing equation that is computed on this thread.
pub(crate) fn count_pairing() {
    PAIRINGS.set(PAIRINGS.get() + 1);
}

/// How many pairing equations this thread has computed.
pub(crate) fn pairings() -> usize {
    PAIRINGS.get()
}
