//! M-Pin in bulk and beyond the login: batches, the distance of a mistyped PIN, key agreement.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

extern crate alloc;

mod crowd;
mod granting;
mod miracl;

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use crowd::{Crowd, Kind};
use miracl::Run;

const SIZE: usize = 512;

fn batch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/batch");
    group.sample_size(20);
    let run = Run::new(b"alice@example.com", 1234);
    group.bench_function("miracl/encode_to_curve_and_server", |bencher| {
        bencher.iter(|| black_box(&run).hash_and_check());
    });
    let cases = [
        ("ours/512", Kind::Plain, 0),
        ("ours/512_cached", Kind::Cached, 0),
        ("ours/512_one_percent_wrong", Kind::Plain, 5),
        ("ours/512_five_percent_wrong", Kind::Plain, 26),
        ("ours/512_half_wrong", Kind::Plain, 256),
        ("ours/512_all_wrong", Kind::Plain, 512),
    ];
    for (name, kind, wrong) in cases {
        let crowd = Crowd::new(kind, SIZE, wrong);
        let mut verifier = crowd.batch_verifier();
        // What came before tells the verifier how many go wrong.
        assert_eq!(crowd.check(&mut verifier), wrong);
        group.bench_function(name, |bencher| {
            bencher.iter(|| assert_eq!(crowd.check(&mut verifier), wrong));
        });
    }
    let crowd = Crowd::new(Kind::Plain, 64, 0);
    group.bench_function("ours/64_singly", |bencher| {
        bencher.iter(|| assert_eq!(crowd.check_singly(), 0));
    });
    group.finish();
}

fn pin_error(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/pin_error");
    let crowd = Crowd::new(Kind::Plain, 1, 0);
    group.bench_function("ours/single_check", |bencher| {
        bencher.iter(|| assert_eq!(crowd.check_singly(), 0));
    });
    let crowd = Crowd::new(Kind::Plain, 1, 1);
    let refused = crowd.refused();
    group.bench_function("ours/distance", |bencher| {
        bencher.iter(|| crowd.distance(black_box(&refused)));
    });
    group.finish();
}

fn full(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/full");
    let crowd = Crowd::new(Kind::Plain, 1, 0);
    group.bench_function("ours/single_check", |bencher| {
        bencher.iter(|| assert_eq!(crowd.check_singly(), 0));
    });
    group.bench_function("ours/server", |bencher| {
        bencher.iter_batched(
            || crowd.hello(),
            |(client, hello)| (client, crowd.accept(&hello)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, batch, pin_error, full);
criterion_main!(benches);
