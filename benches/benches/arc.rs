//! ARC, wire bytes to wire bytes, beside one evaluation of the VOPRF with its proof on the same curve. One thread.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(clippy::unwrap_used, reason = "what fails here is the benchmark")]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use core::convert::Infallible;
use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use milagro_base::Seconds;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::arc::{
    Asking, Credential, Limit, Presentation, Request, RequestContext, Response, SecretKey, Terms,
    Verifier, Window,
};
use milagro_voprf::suite::P256;
use milagro_voprf::{Blinded, SecretKey as OprfKey, VerifiedKey, Voprf};
use rand_core::UnwrapErr;

const NOW: Seconds = Seconds::new(1_800_000_000);
const DAY: Seconds = Seconds::days(1);
const LIMITS: [u32; 4] = [2, 16, 256, 4096];

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn terms(limit: u32) -> Terms {
    let window = Window::new(NOW, NOW.plus(DAY)).unwrap();
    Terms::new(b"bench", Limit::new(limit).unwrap(), window).unwrap()
}

fn key() -> SecretKey {
    SecretKey::generate(&mut rng(), RequestContext::new(b"bench").unwrap())
}

fn credential(key: &SecretKey) -> Credential {
    let Asking { request, pending } = key.public_key().request(&mut rng());
    let response = key.answer(&mut rng(), &request).unwrap();
    pending.finish(&response).unwrap()
}

/// What everything else is measured in.
fn evaluation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arc/evaluation");
    let key = OprfKey::<Voprf, P256>::generate(&mut rng());
    let pinned = VerifiedKey::pin(key.public_key().clone());
    let (blinded, _) = pinned.blind(&mut rng(), &[b"input"]).unwrap();
    let bytes = blinded.first().unwrap().to_bytes();
    group.bench_function("voprf", |b| {
        b.iter(|| {
            let blinded = Blinded::<P256>::from_bytes(black_box(&bytes)).unwrap();
            let (evaluated, proof) = key.blind_evaluate(&mut rng(), &[blinded]).unwrap();
            (evaluated, proof.to_bytes())
        });
    });
    group.finish();
}

fn issue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arc/issue");
    let key = key();
    let Asking { request, .. } = key.public_key().request(&mut rng());
    let bytes = request.to_bytes();
    group.bench_function("request", |b| {
        b.iter(|| {
            let asking = key.public_key().request(&mut rng());
            asking.request.to_bytes()
        });
    });
    group.bench_function("answer", |b| {
        b.iter(|| {
            let request = Request::from_bytes(black_box(&bytes)).unwrap();
            key.answer(&mut rng(), &request).unwrap().to_bytes()
        });
    });
    let asked = || {
        let Asking { request, pending } = key.public_key().request(&mut rng());
        let response = key.answer(&mut rng(), &request).unwrap().to_bytes();
        (pending, response)
    };
    group.bench_function("finish", |b| {
        b.iter_batched(
            asked,
            |(pending, response)| {
                let response = Response::from_bytes(&response).unwrap();
                pending.finish(&response).unwrap()
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

fn present(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arc/present");
    let saved = credential(&key()).to_bytes();
    for limit in LIMITS {
        let terms = terms(limit);
        group.bench_function(format!("ours/{limit}"), |b| {
            b.iter_batched(
                || Credential::from_bytes(&saved).unwrap(),
                |mut credential| {
                    let save = |bytes: &[u8]| {
                        black_box(bytes.to_vec());
                        Ok::<_, Infallible>(())
                    };
                    let shown = credential.present(&mut rng(), &terms, NOW, save);
                    shown.unwrap().to_bytes()
                },
                BatchSize::SmallInput,
            );
        });
    }
    group.finish();
}

fn verify(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arc/verify");
    let key = Arc::new(key());
    for limit in LIMITS {
        let terms = terms(limit);
        let id = MemoryLedger::init(&mut rng(), 100, NOW.minus(DAY)).id();
        let verifier = Verifier::new(Arc::clone(&key), terms.clone(), id);
        let mut credential = credential(&key);
        let shown = credential.present(&mut rng(), &terms, NOW, |_| Ok::<_, Infallible>(()));
        let bytes = shown.unwrap().to_bytes();
        group.bench_function(format!("ours/{limit}"), |b| {
            b.iter(|| {
                let read = Presentation::from_bytes(black_box(&bytes), terms.limit());
                verifier.check(&read.unwrap(), b"page", NOW).is_ok()
            });
        });
    }
    group.finish();
}

criterion_group!(benches, evaluation, issue, present, verify);
criterion_main!(benches);
