//! TLS 1.3 with identities beside TLS 1.3 with self-signed certificates, both in rustls, in memory.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

extern crate alloc;

mod certificates;
mod handshake;
mod identities;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use milagro_benches::{criterion_home, record};
use milagro_tls::rand_core::UnwrapErr;
use milagro_tls::signing::verify_batch;

fn handshakes(criterion: &mut Criterion) {
    let parties = [
        ("ours", identities::parties()),
        ("rustls_p256", certificates::parties()),
    ];
    let mut group = criterion.benchmark_group("tls/handshake");
    for (name, parties) in &parties {
        group.bench_function(format!("{name}/mutual"), |bencher| {
            bencher.iter(|| black_box(parties).shake_hands());
        });
    }
    group.finish();
    let home = criterion_home().unwrap();
    for (name, parties) in &parties {
        let id = format!("tls/bytes/{name}/mutual");
        record(&home, &id, parties.shake_hands()).unwrap();
    }
}

fn signatures(criterion: &mut Criterion) {
    let signed = identities::Signed::new(64);
    let mut group = criterion.benchmark_group("tls/signature");
    group.bench_function("ours/sign", |bencher| {
        bencher.iter(|| black_box(&signed).sign());
    });
    group.bench_function("ours/verify", |bencher| {
        bencher.iter(|| black_box(&signed).verify_one());
    });
    group.bench_function("ours/verify_64", |bencher| {
        bencher.iter(|| {
            let signatures = black_box(&signed).decode();
            let claims = signed.claims(&signatures);
            let verdicts = verify_batch(&mut UnwrapErr(SysRng), &signed.anchor, &claims);
            assert!(verdicts.iter().all(Result::is_ok));
        });
    });
    group.finish();
}

criterion_group!(benches, handshakes, signatures);
criterion_main!(benches);
