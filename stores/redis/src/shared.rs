//! What is known of an open ledger.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::OnceLock;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::{Account, Kind, LedgerId, Life, rules};
use milagro_store::{Divergence, Event, Marks, Observer};

use crate::bucket::{Bucket, Buckets};
use crate::meta::Metas;
use crate::settings::Settings;

/// What is known of an open ledger.
pub(crate) struct Shared {
    pub(crate) id: LedgerId,
    pub(crate) buckets: Buckets,
    pub(crate) birth: Seconds,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) patience: Duration,
    pub(crate) replicas: u16,
    /// A server's clock, and when it was read.
    clock: (Seconds, Instant),
    /// For each kind, a floor that some bucket has.
    floors: Vec<AtomicU64>,
    /// For each bucket, how far it has come.
    sequences: Vec<AtomicU64>,
    closed: OnceLock<Divergence>,
}

impl Shared {
    pub(crate) fn new(settings: &Settings, marks: &Marks, metas: Metas) -> Self {
        Self {
            id: marks.ledger,
            birth: metas.birth(),
            clock: (metas.clock(), Instant::now()),
            buckets: metas.buckets,
            observer: Arc::clone(&settings.observer),
            patience: settings.patience,
            replicas: settings.replicas,
            floors: (0..=u8::MAX).map(|_| AtomicU64::new(0)).collect(),
            sequences: marks.numbers.iter().copied().map(AtomicU64::new).collect(),
            closed: OnceLock::new(),
        }
    }

    /// Why nothing is answered any more, if so.
    pub(crate) fn closed(&self) -> Option<Divergence> {
        self.closed.get().copied()
    }

    /// Answers nothing any more.
    pub(crate) fn close(&self, divergence: Divergence) {
        if self.closed.set(divergence).is_ok() {
            self.observer.observe(&Event::Closed);
        }
    }

    /// How far a bucket is known to have come.
    pub(crate) fn sequence(&self, bucket: &Bucket) -> u64 {
        let sequence = self.sequences.get(usize::from(bucket.number));
        sequence.map_or(0, |sequence| sequence.load(Ordering::Relaxed))
    }

    /// A bucket has come this far.
    pub(crate) fn advance(&self, bucket: &Bucket, sequence: u64) {
        if let Some(known) = self.sequences.get(usize::from(bucket.number)) {
            known.fetch_max(sequence, Ordering::Relaxed);
        }
    }

    /// How far all of them have.
    pub(crate) fn marks(&self) -> Marks {
        let numbers = self.sequences.iter();
        Marks {
            ledger: self.id,
            numbers: numbers.map(|known| known.load(Ordering::Relaxed)).collect(),
        }
    }

    /// Whether an account is over for sure, at the floor of the caller's time. Buckets look again: others may have seen
    /// a later time, and the server has a clock.
    pub(crate) fn is_over(&self, account: &Account, floor: Seconds) -> bool {
        match account.life() {
            Life::Lasting => false,
            Life::Span { from, until } => {
                until <= floor.max(self.floor(account.kind()))
                    || from.is_some_and(|from| from <= self.birth)
            }
        }
    }

    /// Whether a caller's clock is ahead of the servers' so far that floors hang on it.
    pub(crate) fn is_ahead(&self, now: Seconds) -> bool {
        let (clock, read) = self.clock;
        let clock = clock.plus(Seconds::new(read.elapsed().as_secs()));
        now > clock.plus(rules::SKEW)
    }

    /// Whether no bucket is known to have a floor.
    pub(crate) fn is_new_floor(&self, kind: Kind, floor: Seconds) -> bool {
        self.floor(kind) < floor
    }

    /// A bucket has this floor.
    pub(crate) fn raise_floor(&self, kind: Kind, floor: Seconds) {
        if let Some(known) = self.floors.get(usize::from(kind.to_byte())) {
            known.fetch_max(floor.get(), Ordering::Relaxed);
        }
    }

    fn floor(&self, kind: Kind) -> Seconds {
        let known = self.floors.get(usize::from(kind.to_byte()));
        Seconds::new(known.map_or(0, |known| known.load(Ordering::Relaxed)))
    }
}

impl core::fmt::Debug for Shared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Shared")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
