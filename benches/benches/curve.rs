//! The curve: powers in GT beside blstrs'.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![forbid(unsafe_code)]

use core::hint::black_box;

use blstrs::{Gt, Scalar};
use criterion::{Criterion, criterion_group, criterion_main};
use ff::Field as _;
use group::Group as _;

fn gt(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("curve/gt");
    let base = Gt::generator().double();
    // blstrs branches on every bit, so the scalar changes from call to call.
    let mut scalar = Scalar::from(0x6d69_6c61_6772_6f31)
        .invert()
        .expect("not zero");
    group.bench_function("blstrs/power", |bencher| {
        bencher.iter(|| {
            scalar = scalar.square() + Scalar::ONE;
            black_box(base) * black_box(scalar)
        });
    });
    group.finish();
}

criterion_group!(benches, gt);
criterion_main!(benches);
