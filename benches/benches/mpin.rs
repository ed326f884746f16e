//! M-Pin: the login check, the client's answer and what is refused at the door, beside MIRACL's.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

mod granting;
mod login;
mod miracl;

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use granting::NOW;
use login::Login;
use milagro_mpin::Seconds;
use milagro_mpin::server::Reason;
use miracl::Run;

fn login(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/login");
    let run = Run::new(b"alice@example.com", 1234);
    group.bench_function("miracl/encode_to_curve_and_server", |bencher| {
        bencher.iter(|| black_box(&run).hash_and_check());
    });
    let login = Login::new(b"alice@example.com", "1234");
    let message = login.answer(&login.unlock());
    group.bench_function("ours/single", |bencher| {
        bencher.iter(|| login.check(black_box(&message)));
    });
    group.finish();
}

/// Everything that is decided before a point is decoded.
fn door(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("mpin/door");
    let login = Login::new(b"alice@example.com", "1234");
    let secret = login.unlock();
    let message = login.answer(&secret);
    group.bench_function("ours/single", |bencher| {
        bencher.iter(|| login.check(black_box(&message)));
    });
    group.bench_function("ours/challenge", |bencher| {
        bencher.iter(|| login.make_and_check_challenge(black_box(&message)));
    });
    group.bench_function("ours/admission", |bencher| {
        bencher.iter(|| login.admit(black_box(&message)));
    });
    let stale = login.at(&secret, NOW.minus(Seconds::hours(1)));
    let unknown = login.answer_to_unknown(&secret);
    for (name, message, reason) in [
        ("ours/stale_flight", &stale, Reason::Time),
        ("ours/unknown_challenge", &unknown, Reason::Challenge),
        ("ours/missing_permit", &message, Reason::PermitMissing),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| login.refuse(black_box(message), reason));
        });
    }
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
    let secret = login.unlock();
    group.bench_function("ours/unlock", |bencher| {
        bencher.iter(|| black_box(&login).unlock());
    });
    group.bench_function("ours/answer", |bencher| {
        bencher.iter(|| login.answer(black_box(&secret)));
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

criterion_group!(benches, login, door, client, issue);
criterion_main!(benches);
