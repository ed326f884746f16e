//! Tokens that everybody can check, one by one and 256 in one batch, from wire bytes to what the ledger is asked. One
//! thread, one key, tokens that commit to their payload.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(clippy::unwrap_used, reason = "what fails here is the benchmark")]
#![forbid(unsafe_code)]

use core::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::tokens::client::Binding;
use milagro_voprf::tokens::issuer::Quota;
use milagro_voprf::tokens::public::{
    Drawing, EpochKey, Issuer, Redemption, RedemptionRequest, Response, SeriesKey,
    UncheckedRequest, Verifier,
};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{Plan, Timetable, Uses};
use rand_core::UnwrapErr;

const NOW: Seconds = Seconds::new(1_800_000_000);
const DAY: Seconds = Seconds::days(1);
const PAYLOAD: &[u8] = b"hail, 51.5 N 0.1 W";

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// A redeemer, and as many requests to it.
fn service(count: usize) -> (Verifier, Vec<Vec<u8>>) {
    let days = Timetable::new(NOW, DAY).unwrap();
    let plan = Plan::new::<Bls12381G1>("bench", days, Uses::ONE).unwrap();
    let key = SeriesKey::generate(&mut rng(), plan).unwrap();
    let quota = Quota::new(u32::MAX, DAY).unwrap();
    let ledger = MemoryLedger::init(&mut rng(), 10_000, NOW.minus(DAY));
    let issuer = Issuer::new(key, quota, Issuer::BUDGET, ledger.id()).unwrap();
    let gate = RedeemerId::new(b"gate").unwrap();
    let binding = Binding {
        redeemer: &gate,
        context: b"",
        payload: PAYLOAD,
    };
    let client = EpochKey::now(issuer.series(), NOW).unwrap();
    let verifier = || Verifier::new(gate.clone(), issuer.series().clone(), ledger.id());
    let drawing = client.draw_for(&mut rng(), &vec![binding; count]);
    let Drawing { request, pending } = drawing.unwrap();
    let request = UncheckedRequest::from_bytes(&request.to_bytes(), u32::MAX).unwrap();
    let unspent = issuer.check(&mut rng(), b"ann", request, NOW).unwrap();
    let (Ok(paid) | Err(Refused::Again(paid))) = unspent.spend_local(&ledger, NOW) else {
        return (verifier(), Vec::new());
    };
    let response = issuer.answer(paid).unwrap().to_bytes();
    let response = Response::from_bytes(&response, count).unwrap();
    let tokens = pending.finish(&mut rng(), &response).unwrap();
    let requests = tokens
        .into_iter()
        .map(|token| token.redeem(&binding).unwrap().to_bytes())
        .collect();
    (verifier(), requests)
}

fn check(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("public/check");
    let (verifier, requests) = service(256);
    let read = |bytes: &Vec<u8>| RedemptionRequest::from_bytes(bytes).unwrap();
    group.bench_function("ours/1", |b| {
        let one = requests.first().unwrap();
        b.iter(|| {
            let request = read(black_box(one));
            let redemption = Redemption {
                request: &request,
                context: b"",
                payload: PAYLOAD,
            };
            verifier.check(&redemption, NOW).unwrap()
        });
    });
    group.bench_function("ours/256", |b| {
        b.iter(|| {
            let requests: Vec<_> = black_box(&requests).iter().map(read).collect();
            let redemption = |request| Redemption {
                request,
                context: b"",
                payload: PAYLOAD,
            };
            let all: Vec<_> = requests.iter().map(redemption).collect();
            let checked = verifier.check_all(&mut rng(), &all, NOW);
            assert!(checked.iter().all(Result::is_ok));
            checked
        });
    });
    group.finish();
}

criterion_group!(benches, check);
criterion_main!(benches);
