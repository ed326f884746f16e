//! Batches on two cores beside the same batches on one.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

extern crate alloc;

#[expect(dead_code, reason = "other benches use the rest of it")]
mod crowd;
mod granting;

use core::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BatchSize, BenchmarkGroup, Criterion, criterion_group, criterion_main};
use crowd::{Crowd, Kind};
use getrandom::SysRng;
use granting::NOW;
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::{
    Authority, Mpin, Threshold,
    issue::{Batch, ClientSecret},
};
use milagro_ledger::Paid;
use milagro_mpin::Identity;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::server::{Admitted, BatchVerifier};
use milagro_voprf::{SecretKey, VerifiedKey, Voprf};
use rayon::{ThreadPool, ThreadPoolBuilder};

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn pools() -> [(ThreadPool, &'static str); 2] {
    [(1, "one_core"), (2, "two_cores")].map(|(threads, place)| {
        let pool = ThreadPoolBuilder::new().num_threads(threads).build();
        (pool.unwrap(), place)
    })
}

/// The same work in a pool of one thread and in one of two.
fn on_cores(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, mut work: impl FnMut() + Send) {
    for (pool, place) in pools() {
        group.bench_function(format!("{name}/{place}"), |bencher| {
            bencher.iter(|| pool.install(&mut work));
        });
    }
}

/// Checks what is paid; nothing is spent.
fn check_paid(verifier: &mut BatchVerifier, paid: Vec<Paid<Admitted>>) {
    let verdicts = verifier.check_all(&mut rng(), paid, NOW);
    assert!(verdicts.iter().all(Result::is_ok));
}

fn logins(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parallel/logins");
    group.sample_size(20);
    for (name, kind) in [("512", Kind::Plain), ("512_cached", Kind::Cached)] {
        let crowd = Crowd::new(kind, 512, 0);
        let mut verifier = crowd.batch_verifier();
        assert_eq!(crowd.check(&mut verifier), 0);
        on_cores(&mut group, &format!("{name}_whole"), || {
            assert_eq!(crowd.check(&mut verifier), 0);
        });
        for (pool, place) in pools() {
            group.bench_function(format!("{name}/{place}"), |bencher| {
                bencher.iter_batched(
                    || crowd.all_paid(),
                    |paid| pool.install(|| check_paid(&mut verifier, paid)),
                    BatchSize::PerIteration,
                );
            });
        }
    }
    group.finish();
}

fn shares(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parallel/shares");
    group.sample_size(20);
    let threshold = Threshold::new(1, 1).unwrap();
    let Dealt { domain, shares } =
        dealer::deal::<Mpin, _>(&mut rng(), "benches", threshold).unwrap();
    let share = shares.into_iter().next().unwrap();
    let me = share.to();
    let authority: Authority<Mpin> = share.accept(me, "benches", threshold, &domain).unwrap();
    let users = (0_u32..256).map(|number| Identity::raw(&number.to_be_bytes()).unwrap());
    let users: Vec<Identity> = users.collect();
    on_cores(&mut group, "issue_256", || {
        let batch: Result<Batch<ClientSecret>, _> =
            authority.uncounted().issue_batch(&mut rng(), &users);
        black_box(batch.unwrap());
    });
    group.finish();
}

fn tokens(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("parallel/tokens");
    group.sample_size(20);
    let key = SecretKey::<Voprf>::derive(&[7; 32], b"").unwrap();
    let client = VerifiedKey::pin(key.public_key().clone());
    let inputs: Vec<[u8; 32]> = (0_u8..=255).map(|byte| [byte; 32]).collect();
    let (blinded, _pending) = client.blind(&mut rng(), &inputs).unwrap();
    on_cores(&mut group, "issue_256", || {
        black_box(key.blind_evaluate(&mut rng(), &blinded).unwrap());
    });
    group.finish();
}

criterion_group!(benches, logins, shares, tokens);
criterion_main!(benches);
