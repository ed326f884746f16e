//! Key exchanges beside what their cost is made of, in the same groups.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(
    clippy::unwrap_used,
    reason = "a benchmark that cannot be set up stops"
)]
#![forbid(unsafe_code)]

mod logins;
mod peers;

use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use getrandom::SysRng;
use milagro_curve::rand_core::UnwrapErr;
use milagro_curve::{G1Point, G2Point, G2Prepared, SecretScalar, pairing::pairing};

use logins::Logins;
use peers::{NOW, Peers, finish};

/// What each end computes of one exchange, from nothing to a session, and one pairing of two points that
/// were not there before.
fn peer_to_peer(criterion: &mut Criterion) {
    let peers = Peers::new();
    let mut group = criterion.benchmark_group("exchange/peer");
    group.bench_function("ours/initiator_call", |bencher| {
        bencher.iter(|| black_box(&peers).call());
    });
    group.bench_function("ours/initiator_finish", |bencher| {
        let answered = || {
            let (initiator, call) = peers.call();
            (initiator, peers.answer(&call).1)
        };
        bencher.iter_batched(
            answered,
            |(initiator, answer)| finish(initiator, &answer),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("ours/responder_answer", |bencher| {
        let (_, call) = peers.call();
        bencher.iter(|| peers.answer(black_box(&call)));
    });
    group.bench_function("ours/responder_finish", |bencher| {
        let confirmed = || {
            let (initiator, call) = peers.call();
            let (responder, answer) = peers.answer(&call);
            (responder, finish(initiator, &answer).1)
        };
        bencher.iter_batched(
            confirmed,
            |(responder, confirmation)| responder.finish(&confirmation, NOW).unwrap(),
            BatchSize::SmallInput,
        );
    });
    let [p, q] = [(); 2].map(|()| SecretScalar::random(&mut UnwrapErr(SysRng)));
    let (p, q) = (&G1Point::generator() * &p, &G2Point::generator() * &q);
    group.bench_function("pairing", |bencher| {
        bencher.iter(|| pairing(black_box(&p), &G2Prepared::from(black_box(&q))));
    });
    group.finish();
}

/// What the server computes of one login, with a key exchange and without.
fn client_server(criterion: &mut Criterion) {
    let logins = Logins::new();
    let mut group = criterion.benchmark_group("exchange/login");
    group.bench_function("ours/single_check", |bencher| {
        bencher.iter(|| black_box(&logins).check());
    });
    group.bench_function("ours/server", |bencher| {
        bencher.iter_batched(
            || logins.challenge().state,
            |waiting| black_box(&logins).serve(waiting),
            BatchSize::SmallInput,
        );
    });
    group.bench_function("ours/stale", |bencher| {
        bencher.iter(|| black_box(&logins).refuse_stale());
    });
    let peers = Peers::new();
    let (_, call) = peers.call();
    group.bench_function("ours/stale_call", |bencher| {
        bencher.iter(|| peers.refuse_stale(black_box(&call)));
    });
    group.finish();
}

criterion_group!(benches, peer_to_peer, client_server);
criterion_main!(benches);
