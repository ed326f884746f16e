//! Records that fail once, before or after a write.

use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use milagro_base::Seconds;
use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};

use milagro_wire::server::Effects;

/// As a process sees them that is killed at its n-th write.
pub(super) struct Flaky {
    pub(super) inner: MemoryRecords,
    /// Writes until the one that fails.
    left: AtomicUsize,
    /// Whether that one is done all the same.
    done: AtomicBool,
}

impl Flaky {
    pub(super) fn new(left: usize, done: bool) -> Self {
        let inner = MemoryRecords::new(16 << 20);
        Self {
            inner,
            left: AtomicUsize::new(left),
            done: AtomicBool::new(done),
        }
    }

    /// From now on as [`Self::new`] makes them.
    pub(super) fn arm(&self, left: usize, done: bool) {
        self.done.store(done, Ordering::SeqCst);
        self.left.store(left, Ordering::SeqCst);
    }

    /// Records that do not fail.
    pub(super) fn never() -> Self {
        Self::new(usize::MAX, false)
    }

    fn fails(&self) -> bool {
        self.left.fetch_sub(1, Ordering::SeqCst) == 0
    }

    /// Whether it has failed.
    pub(super) fn has_failed(&self) -> bool {
        self.left.load(Ordering::SeqCst) > usize::MAX / 2
    }
}

impl Records for Flaky {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.inner.get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            let fails = self.fails();
            if fails && !self.done.load(Ordering::SeqCst) {
                return Err(Unavailable);
            }
            let put = self.inner.put(entry).await;
            if fails { Err(Unavailable) } else { put }
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            let fails = self.fails();
            if fails && !self.done.load(Ordering::SeqCst) {
                return Err(Unavailable);
            }
            let gone = self.inner.delete(kind, key, expected).await;
            if fails { Err(Unavailable) } else { gone }
        })
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        self.inner.list(kind, prefix, after, limit)
    }
}

pub(super) const NOW: Seconds = Seconds::new(1_800_000_000);

pub(super) fn effects() -> Effects {
    Effects::new(|| NOW, || UnwrapErr(getrandom::SysRng))
}

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}
