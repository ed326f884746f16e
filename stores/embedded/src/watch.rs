//! Who is told what a store does.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;

use milagro_store::{Event, Observer};

/// What the thread and its callers tell.
#[derive(Default)]
pub(crate) struct Watch {
    pub(crate) counters: Counters,
    observer: OnceLock<Arc<dyn Observer>>,
}

impl Watch {
    /// From now on, this one is told. The first stays.
    pub(crate) fn begin(&self, observer: Arc<dyn Observer>) {
        let _stays = self.observer.set(observer);
    }

    pub(crate) fn tell(&self, event: &Event<'_>) {
        if let Some(observer) = self.observer.get() {
            observer.observe(event);
        }
    }
}

/// How much the thread has done since the store was opened.
#[derive(Debug, Default)]
pub struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) charges: AtomicU64,
    pub(crate) failures: AtomicU64,
}

impl Counters {
    /// Commits, each of them synchronised to the disk.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// Charges that were asked for, whatever came of them.
    #[must_use]
    pub fn charges(&self) -> u64 {
        self.charges.load(Ordering::Relaxed)
    }

    /// Commits that failed: a full disk, for example. What they held was answered as unknown.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failures.load(Ordering::Relaxed)
    }
}
