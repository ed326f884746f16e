//! How fast the store is on this machine, and what forgetting a day costs:
//!
//! ```text
//! cargo run --release -p milagro-store-embedded --example embedded-measure
//! ```

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "an example that prints a table")]

extern crate alloc;

use alloc::sync::Arc;
use core::error::Error;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};
use std::path::Path;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{Account, Charge, Claim, Kind, Ledger as _, Life, Verdict};
use milagro_store_embedded::{EmbeddedStore, Settings, init};

const START: u64 = 1_800_000_000;
/// The number of the next account.
static NEXT: AtomicU64 = AtomicU64::new(1 << 32);
const MILLION: u64 = 1_000_000;

fn charge(number: u64, day: u64) -> Charge {
    let from = Seconds::new(START).plus(Seconds::days(day));
    let life = Life::Span {
        from: Some(from),
        until: from.plus(Seconds::minutes(10)),
    };
    let mut digest = [0; 32];
    for (to, from) in digest.iter_mut().zip(number.to_be_bytes()) {
        *to = from;
    }
    let mut rng = UnwrapErr(getrandom::SysRng);
    Charge {
        account: Account::new(Kind::CHALLENGE, &digest, life),
        amount: NonZeroU32::MIN,
        limit: 1,
        claim: Claim::fresh(&mut rng),
    }
}

/// `tasks` tasks that charge in batches, `count` charges in all.
async fn run(store: &Arc<EmbeddedStore>, tasks: u64, batch: u64, count: u64) {
    let before = (store.counters().commits(), store.counters().charges());
    let start = Instant::now();
    let handles: Vec<_> = (0..tasks)
        .map(|_| {
            let store = Arc::clone(store);
            tokio::spawn(async move {
                for _ in 0..count / tasks / batch {
                    let first = NEXT.fetch_add(batch, Ordering::Relaxed);
                    let charges: Vec<_> = (first..first + batch).map(|n| charge(n, 1)).collect();
                    let now = Seconds::new(START).plus(Seconds::days(1));
                    let verdicts = store.charge(now, &charges).await;
                    assert!(verdicts.iter().all(|v| matches!(v, Verdict::Granted(_))));
                }
            })
        })
        .collect();
    for handle in handles {
        assert!(handle.await.is_ok());
    }
    let seconds = start.elapsed().as_secs_f64();
    let commits = store.counters().commits() - before.0;
    let charges = store.counters().charges() - before.1;
    println!(
        "tasks {tasks:3}  batch {batch:3}  {charges:7} charges  {:8.0} a second  {:6.1} charges a commit",
        f64::from(u32::try_from(charges).unwrap_or(u32::MAX)) / seconds,
        f64::from(u32::try_from(charges).unwrap_or(u32::MAX))
            / f64::from(u32::try_from(commits).unwrap_or(u32::MAX)),
    );
}

/// A million charges of one day, then the first charge three days later, which drops them.
async fn forget(path: &Path, store: &EmbeddedStore) -> Result<(), Box<dyn Error>> {
    let size = || std::fs::metadata(path).map(|data| data.len() >> 20);
    for round in 0..2 {
        let day = 10 + 10 * round;
        let now = Seconds::new(START).plus(Seconds::days(day));
        for first in (0..MILLION).step_by(5000) {
            let charges: Vec<_> = (first..first + 5000).map(|n| charge(n, day)).collect();
            let _verdicts = store.charge(now, &charges).await;
        }
        let full = size()?;
        let start = Instant::now();
        let later = now.plus(Seconds::days(4));
        let _verdict = store.charge(later, &[charge(0, day + 4)]).await;
        println!(
            "a million charges: {full} MiB; the charge that drops them: {:.3} s",
            start.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("store");
    let mut rng = UnwrapErr(getrandom::SysRng);
    let store = init(&mut rng, &path, Settings::default(), Seconds::new(START))?;
    let store = Arc::new(store);
    for (tasks, batch, count) in [
        (1, 1, 1000),
        (64, 1, 20_000),
        (1, 64, 30_000),
        (1, 512, 100_000),
        (64, 512, 400_000),
    ] {
        run(&store, tasks, batch, count).await;
    }
    forget(&path, &store).await
}
