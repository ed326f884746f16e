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

/// What takes time in a handshake, by how often it was done.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Work {
    /// Pairing equations.
    pairings: usize,
    /// Names hashed to the curve, for signatures.
    hashes: usize,
    /// Signatures decoded, or tried to be.
    decodings: usize,
}

impl core::ops::Sub for Work {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            pairings: self.pairings - before.pairings,
            hashes: self.hashes - before.hashes,
            decodings: self.decodings - before.decodings,
        }
    }
}

std::thread_local! {
    static WORK: Cell<Work> = Cell::new(Work::default());
}

fn count(add: impl FnOnce(&mut Work)) {
    let mut work = WORK.get();
    add(&mut work);
    WORK.set(work);
}

/// Called for every pairing equation that is computed on this thread.
pub(crate) fn count_pairing() {
    count(|work| work.pairings += 1);
}

/// Called for every name that is hashed to the curve on this thread.
pub(crate) fn count_hash() {
    count(|work| work.hashes += 1);
}

/// Called for every signature that is decoded on this thread.
pub(crate) fn count_decoding() {
    count(|work| work.decodings += 1);
}

/// All that this thread has done.
fn work() -> Work {
    WORK.get()
}

/// How many pairing equations this thread has computed.
fn pairings() -> usize {
    work().pairings
}
