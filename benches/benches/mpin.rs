//! M-Pin: the login check and the client's answer, beside MIRACL's.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

mod login;
mod miracl;

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use login::Login;
use miracl::Run;

fn login(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/login");
    let run = Run::new(b"alice@example.com", 1234);
    group.bench_function("miracl/encode_to_curve_and_server", |bencher| {
        bencher.iter(|| black_box(&run).hash_and_check());
    });
    let login = Login::new(b"alice@example.com", "1234");
    let message = login.message();
    group.bench_function("ours/single", |bencher| {
        bencher.iter(|| login.check(black_box(&message)));
    });
    group.finish();
}

fn client(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/client");
    let run = Run::new(b"alice@example.com", 1234);
    group.bench_function("miracl/client_1", |bencher| {
        bencher.iter(|| black_box(&run).commit());
    });
    group.bench_function("miracl/client_2", |bencher| {
        bencher.iter(|| black_box(&run).answer());
    });
    let login = Login::new(b"alice@example.com", "1234");
    group.bench_function("ours/commit", |bencher| {
        bencher.iter(|| black_box(&login).commit());
    });
    group.bench_function("ours/answer", |bencher| {
        let answer = |committed: milagro_mpin::Committed| committed.respond().unwrap().to_bytes();
        bencher.iter_batched(|| login.commit(), answer, BatchSize::SmallInput);
    });
    group.finish();
}

fn issue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/issue");
    let run = Run::new(b"alice@example.com", 1234);
    group.bench_function("miracl/encode_to_curve_and_get_client_secret", |bencher| {
        bencher.iter(|| black_box(&run).hash_and_issue());
    });
    group.finish();
}

criterion_group!(benches, login, client, issue);
criterion_main!(benches);
