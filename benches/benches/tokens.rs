//! Tokens over a ledger in memory, beside the multiplications that they consist of: what schedules, tags,
//! charges and encodings cost. One thread, one key, ristretto255.

#![allow(missing_docs, reason = "criterion's macros make undocumented items")]
#![allow(clippy::unwrap_used, reason = "what fails here is the benchmark")]
#![forbid(unsafe_code)]

extern crate alloc;

use alloc::sync::Arc;
use core::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use curve25519_dalek::ristretto::CompressedRistretto;
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused, Unspent};
use milagro_voprf::tokens::RedemptionRequest;
use milagro_voprf::tokens::client::{Binding, Drawing, TokenKey};
use milagro_voprf::tokens::issuer::{Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{Redeemer, RedeemerId, Redemption};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, PinnedSchedule, Plan, Timetable, Uses,
};
use milagro_voprf::{Blinded, Ristretto255, SecretKey, Voprf};
use rand_core::{TryRng as _, UnwrapErr};

const NOW: Seconds = Seconds::new(1_800_000_000);
const DAY: Seconds = Seconds::days(1);
const SIZES: [usize; 3] = [1, 100, 1000];

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

struct Service {
    schedule: KeySchedule,
    keys: Arc<KeyRing>,
    issuer: Issuer,
    ledger: MemoryLedger,
    client: TokenKey,
}

impl Service {
    fn new() -> Self {
        let days = Timetable::new(NOW, DAY).unwrap();
        let plan = Plan::new::<Ristretto255>("bench", days, Uses::ONE).unwrap();
        let slot = plan.slot(Epoch::new(0)).unwrap();
        let key = <PortableKey>::generate(&mut rng(), &plan, slot).unwrap();
        let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
        draft.add(&key).unwrap();
        keys.insert(key);
        let (schedule, keys) = (draft.publish(), Arc::new(keys));
        let quota = Quota::new(u32::MAX, DAY).unwrap();
        let budget = QueryBudget::new(u64::MAX);
        let ledger = ledger();
        let (name, ring) = (ledger.id(), Arc::clone(&keys));
        let issuer = Issuer::new(schedule.clone(), ring, quota, budget, name).unwrap();
        let pinned = PinnedSchedule::pin(schedule.clone());
        Self {
            schedule,
            keys,
            issuer,
            ledger,
            client: TokenKey::from_schedule(&pinned, NOW).unwrap(),
        }
    }

    /// A redeemer over an empty ledger.
    fn redeemer(&self) -> (Redeemer, MemoryLedger) {
        let (ledger, schedule) = (ledger(), self.schedule.clone());
        let keys = Arc::clone(&self.keys);
        let redeemer = Redeemer::new(gate(), schedule, keys, ledger.id());
        (redeemer.unwrap(), ledger)
    }

    fn draw(&self, count: usize) -> Drawing {
        self.client.draw(&mut rng(), count).unwrap()
    }

    /// From bytes to bytes.
    fn issue(&self, request: &[u8]) -> Vec<u8> {
        let ledger = &self.ledger;
        let request = UncheckedRequest::from_bytes(request, self.issuer.maximum()).unwrap();
        let leased = self.issuer.lease_local(&mut rng(), ledger, &request, NOW);
        let unspent = self.issuer.check(b"ann", leased.unwrap(), NOW).unwrap();
        let (Ok(paid) | Err(Refused::Again(paid))) = unspent.spend_local(ledger, NOW) else {
            return Vec::new();
        };
        self.issuer.answer(paid).unwrap().to_bytes()
    }

    fn requests(&self, count: usize) -> Vec<Vec<u8>> {
        let Drawing { request, pending } = self.draw(count);
        let response = self.issue(&request.to_bytes());
        let response = milagro_voprf::tokens::TokenResponse::from_bytes(&response, count);
        let tokens = pending.finish(&response.unwrap()).unwrap();
        let gate = gate();
        let spend = |token: milagro_voprf::tokens::client::Token| {
            let binding = Binding {
                redeemer: &gate,
                context: b"",
                payload: b"rain",
            };
            token.redeem(&binding).request.to_bytes()
        };
        tokens.into_iter().map(spend).collect()
    }
}

fn gate() -> RedeemerId {
    RedeemerId::new(b"gate").unwrap()
}

fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut rng(), 10_000, NOW.minus(DAY))
}

fn issue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tokens/issue");
    let service = Service::new();
    let bare = SecretKey::<Voprf>::generate(&mut rng());
    for n in SIZES {
        let request = service.draw(n).request.to_bytes();
        group.bench_function(format!("ours/{n}"), |b| {
            b.iter(|| service.issue(black_box(&request)));
        });
        let (_, elements) = request.split_at_checked(33).unwrap();
        group.bench_function(format!("evaluations/{n}"), |b| {
            b.iter(|| {
                let blinded = Blinded::list_from_bytes(black_box(elements)).unwrap();
                bare.blind_evaluate(&mut rng(), &blinded).unwrap()
            });
        });
    }
    group.finish();
}

fn redeem(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tokens/redeem");
    let service = Service::new();
    let bare = SecretKey::<Voprf>::generate(&mut rng());
    for n in SIZES {
        let requests = service.requests(n);
        let check = |(redeemer, ledger): (Redeemer, MemoryLedger)| {
            let read = |bytes: &Vec<u8>| RedemptionRequest::from_bytes(bytes).unwrap();
            let requests: Vec<_> = black_box(&requests).iter().map(read).collect();
            let redemption = |request| Redemption {
                request,
                context: b"",
                payload: b"rain",
            };
            let redemptions: Vec<_> = requests.iter().map(redemption).collect();
            let checked = redeemer.check_all(&redemptions, NOW);
            let unspent = checked.into_iter().map(Result::unwrap).collect();
            let spent = Unspent::spend_all_local(unspent, &ledger, NOW);
            assert!(spent.iter().all(Result::is_ok));
            (spent, redeemer, ledger)
        };
        group.bench_function(format!("ours/{n}"), |b| {
            b.iter_batched(|| service.redeemer(), check, BatchSize::SmallInput);
        });
        let mut inputs = vec![[0; 128]; n];
        for input in &mut inputs {
            getrandom::SysRng.try_fill_bytes(input).unwrap();
        }
        group.bench_function(format!("evaluations/{n}"), |b| {
            b.iter(|| bare.evaluate_batch(black_box(&inputs)).unwrap());
        });
    }
    group.finish();
}

/// A request of one MiB against a maximum of 100, beside the decoding of one element.
fn refuse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tokens/refuse");
    let long = [&[1], &[7; 32][..], &vec![9; 1 << 20]].concat();
    group.bench_function("ours/mebibyte", |b| {
        b.iter(|| UncheckedRequest::<Ristretto255>::from_bytes(black_box(&long), 100).is_err());
    });
    let request = Service::new().draw(1).request.to_bytes();
    let (_, element) = request.split_at_checked(33).unwrap();
    let element = CompressedRistretto::from_slice(element).unwrap();
    group.bench_function("dalek/decompress", |b| {
        b.iter(|| black_box(&element).decompress().unwrap());
    });
    group.finish();
}

criterion_group!(benches, issue, redeem, refuse);
criterion_main!(benches);
