//! The curve: powers in GT beside blstrs'.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![forbid(unsafe_code)]

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use ff::Field as _;
use group::Group as _;
use milagro_curve::{G1Point, G2Point, G2Prepared, Scalar, SecretResidue, pairing::pairing};

fn gt(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("curve/gt");
    let base = blstrs::Gt::generator().double();
    // blstrs branches on every bit, so the scalar changes from call to call.
    let mut scalar = blstrs::Scalar::from(0x6d69_6c61_6772_6f31);
    group.bench_function("blstrs/power", |bencher| {
        bencher.iter(|| {
            scalar = scalar.square() + blstrs::Scalar::ONE;
            black_box(base) * black_box(scalar)
        });
    });
    let ours = pairing(
        &G1Point::generator(),
        &G2Prepared::from(&G2Point::generator()),
    );
    let mut k = SecretResidue::zero();
    let step = Scalar::from_wide_bytes(&[0x5a; 64]);
    group.bench_function("ours/power", |bencher| {
        bencher.iter(|| {
            k = k.add_public(&step);
            black_box(ours).pow(black_box(&k))
        });
    });
    group.finish();
}

criterion_group!(benches, gt);
criterion_main!(benches);
