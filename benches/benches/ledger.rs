//! Counting in memory at a million live accounts, beside the store of the first version.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

mod replay_store;

use core::num::NonZeroU32;
use core::time::Duration;
use std::time::Instant;

use criterion::{Criterion, criterion_group, criterion_main};
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{Account, Charge, Claim, Kind, Life, LocalLedger, Verdict};
use replay_store::{MemoryReplayStore, Recorded};

const NOW: Seconds = Seconds::new(1_800_000_000);

/// What is charged in one call.
const BATCH: usize = 512;

/// Accounts that are live when a measurement begins.
const LIVE: usize = 1_000_000;

/// Batches until a store is filled anew: at most an eighth more accounts than [`LIVE`].
const BATCHES: usize = LIVE / 8 / BATCH;

/// What a million proofs of five minutes leave, and the batches that come after.
struct Work {
    live: Vec<Charge>,
    batches: Vec<Vec<Charge>>,
}

impl Work {
    fn new() -> Self {
        let charges: Vec<Charge> = (0..LIVE + BATCHES * BATCH).map(charge).collect();
        let (live, rest) = charges.split_at(LIVE);
        Self {
            live: live.to_vec(),
            batches: rest.chunks(BATCH).map(<[Charge]>::to_vec).collect(),
        }
    }
}

/// A charge of an account of its own, one of five minutes.
fn charge(number: usize) -> Charge {
    let mut digest = [0; 32];
    digest[..8].copy_from_slice(&number.to_be_bytes());
    let from = NOW.plus(Seconds::new(u64::try_from(number % 300).unwrap()));
    let life = Life::Span {
        from: Some(from),
        until: from.plus(Seconds::minutes(6)),
    };
    let mut claim = digest;
    claim.reverse();
    Charge {
        account: Account::new(Kind::ONE_PASS, &digest, life),
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::public(claim),
    }
}

/// A store that is filled anew when it has grown too far, which is not measured.
struct Filled<'a, S> {
    work: &'a Work,
    fill: fn(&Work) -> S,
    store: S,
    batches: core::slice::Iter<'a, Vec<Charge>>,
}

impl<'a, S> Filled<'a, S> {
    fn new(work: &'a Work, fill: fn(&Work) -> S) -> Self {
        Self {
            work,
            fill,
            store: fill(work),
            batches: work.batches.iter(),
        }
    }

    /// The time that so many batches take.
    fn time(&mut self, iterations: u64, run: fn(&S, &[Charge])) -> Duration {
        let mut spent = Duration::ZERO;
        for _ in 0..iterations {
            let batch = if let Some(batch) = self.batches.next() {
                batch
            } else {
                *self = Self::new(self.work, self.fill);
                self.batches.next().unwrap()
            };
            let start = Instant::now();
            run(&self.store, batch);
            spent += start.elapsed();
        }
        spent
    }
}

fn ours(work: &Work) -> MemoryLedger {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let ledger = MemoryLedger::init(rng, 2_000_000, Seconds::ZERO);
    charge_all(&ledger, &work.live);
    ledger
}

fn charge_all(ledger: &MemoryLedger, charges: &[Charge]) {
    let verdicts = ledger.charge(NOW, charges);
    let granted = |verdict: &Verdict| matches!(verdict, Verdict::Granted(_));
    assert!(verdicts.iter().all(granted));
}

fn theirs(work: &Work) -> MemoryReplayStore {
    let store = MemoryReplayStore::new(2_000_000);
    record_all(&store, &work.live);
    store
}

fn record_all(store: &MemoryReplayStore, charges: &[Charge]) {
    for charge in charges {
        let Life::Span { until, .. } = charge.account.life() else {
            continue;
        };
        let recorded = store.record(*charge.account.hash(), until.get(), NOW.get());
        assert_eq!(recorded, Recorded::New);
    }
}

fn fresh(criterion: &mut Criterion) {
    let work = Work::new();
    let mut group = criterion.benchmark_group("ledger/fresh");
    group.sample_size(20);
    let mut filled = Filled::new(&work, ours);
    group.bench_function("ours/512", |bencher| {
        bencher.iter_custom(|iterations| filled.time(iterations, charge_all));
    });
    let mut filled = Filled::new(&work, theirs);
    group.bench_function("replay_store/512", |bencher| {
        bencher.iter_custom(|iterations| filled.time(iterations, record_all));
    });
    group.finish();
}

criterion_group!(benches, fresh);
criterion_main!(benches);
