//! What shared keys and public tokens give back to the allocator holds no secret.
//!
//! A generator that counts makes the flow the same each time: once to learn the secrets, and once to look for them.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

use core::convert::Infallible;
use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;
use milagro_curve::SecretG1;
use milagro_dta::dealer::{self, Dealt};
use milagro_dta::issue::Received;
use milagro_dta::sharing::Group;
use milagro_dta::{Authority, Threshold};
use milagro_freed_memory::{Recorder, Secret, record};
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_voprf::Ristretto255;
use milagro_voprf::attributes::Attributes;
use milagro_voprf::modes::threshold::council::{Council, CouncilKey, CouncilMember};
use milagro_voprf::modes::threshold::{Collector, KeyShare, Shared};
use milagro_voprf::rand_core::{TryCryptoRng, TryRng};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::tokens::client::Binding;
use milagro_voprf::tokens::issuer::Quota;
use milagro_voprf::tokens::public::{
    Drawing, EpochKey, Issuer, Pending, Redemption, Response, SeriesKey, Token, UncheckedRequest,
    Verifier,
};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{Plan, Timetable, Uses};

#[global_allocator]
static ALLOCATOR: Recorder = Recorder;

/// One test at a time: what one of them gathers as secret, another would record and then free itself.
static TURN: Mutex<()> = Mutex::new(());

const NOW: Seconds = Seconds::new(1_800_000_000);
const DAY: Seconds = Seconds::days(1);

/// Never the same bytes twice, and the same sequence each time.
struct Counting(u64);

impl TryRng for Counting {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        let [.., a, b, c, d] = self.0.to_le_bytes();
        Ok(u32::from_le_bytes([a, b, c, d]))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let [high, low] = [self.try_next_u32()?, self.try_next_u32()?];
        Ok(u64::from(high) << 32 | u64::from(low))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            [*byte, ..] = self.try_next_u32()?.to_le_bytes();
        }
        Ok(())
    }
}

impl TryCryptoRng for Counting {}

fn scalar(name: &'static str, bytes: &[u8]) -> Secret {
    Secret::scalar(name, bytes.try_into().unwrap())
}

/// Draws, saves, loads; spends one of each form.
fn public(seen: &mut Option<&mut Vec<Secret>>) {
    let mut rng = Counting(7);
    let days = Timetable::new(NOW, DAY).unwrap();
    let plan = Plan::new::<Bls12381G1>("weather", days, Uses::ONE).unwrap();
    let key = SeriesKey::generate(&mut rng, plan.clone()).unwrap();
    let stored = key.to_bytes();
    if let Some(seen) = seen {
        seen.push(scalar("series key", &*stored));
    }
    let key = SeriesKey::from_bytes(&stored, plan).unwrap();
    let ledger = MemoryLedger::init(&mut rng, 100, NOW.minus(DAY));
    let quota = Quota::new(100, DAY).unwrap();
    let issuer = Issuer::new(key, quota, Issuer::BUDGET, ledger.id()).unwrap();
    let client = EpochKey::now(issuer.series(), NOW).unwrap();
    let station = RedeemerId::new(b"station").unwrap();
    let (context, payload) = (b"", b"rain");
    let binding = Binding {
        redeemer: &station,
        context,
        payload,
    };
    let verifier = Verifier::new(station.clone(), issuer.series().clone(), ledger.id());
    for keyed in [false, true] {
        let drawing = if keyed {
            client.draw(&mut rng, 3)
        } else {
            client.draw_for(&mut rng, &[binding; 3])
        };
        let Drawing { request, pending } = drawing.unwrap();
        let saved = pending.to_bytes();
        drop(pending);
        let pending = Pending::from_bytes(&saved, issuer.series()).unwrap();
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 3).unwrap();
        let unspent = issuer.check(&mut rng, b"ann", request, NOW).unwrap();
        let paid = unspent.spend_local(&ledger, NOW).unwrap();
        let response = issuer.answer(paid).unwrap().to_bytes();
        let response = Response::from_bytes(&response, 3).unwrap();
        let mut tokens = pending.finish(&mut rng, &response).unwrap();
        let spent = tokens.pop().unwrap();
        if let Some(seen) = seen {
            for item in saved[46..].chunks(96) {
                seen.push(scalar("blind", &item[64..]));
            }
            // What is spent is no secret any more, but for the seed of a key.
            for item in saved[46..].chunks(96).take(if keyed { 3 } else { 2 }) {
                seen.push(Secret::bytes("nonce or seed", &item[..32]));
            }
            for token in &tokens {
                let n = SecretG1::from_bytes(token.to_bytes()[106..].try_into().unwrap());
                seen.push(Secret::g1("N", &n.unwrap().to_uncompressed()));
            }
        }
        for token in tokens {
            drop(Token::from_bytes(&token.to_bytes()).unwrap());
        }
        let request = spent.redeem(&binding).unwrap();
        let redemption = Redemption {
            request: &request,
            context,
            payload,
        };
        let checked = verifier.check_all(&mut rng, &[redemption], NOW);
        assert!(checked.iter().all(Result::is_ok));
    }
}

/// Evaluates, proves together, certifies.
fn shared<S: Shared>(authorities: &[Authority<milagro_dta::Voprf<S::Sharing>>]) {
    let mut rng = Counting(9);
    let ledger = MemoryLedger::init(&mut rng, 100, Seconds::ZERO);
    let issuers: Vec<_> = authorities
        .iter()
        .map(|authority| KeyShare::<S>::new(authority, ledger.id()).unwrap())
        .collect();
    let key = issuers[0].shared();
    let (blinded, pending) = key.public_key().blind(&mut rng, &["one", "two"]).unwrap();
    let mut collector = Collector::new(key, &blinded);
    for issuer in &issuers {
        let part = issuer.evaluate(&mut rng, &blinded).unwrap();
        collector.add_bytes(issuer.id(), &part.to_bytes()).unwrap();
    }
    let mut joint = collector.finish().unwrap().prove_jointly(&mut rng, NOW);
    let mut states = Vec::new();
    for issuer in &issuers[..2] {
        let unspent = issuer.join(joint.request(), NOW).unwrap();
        let paid = unspent.spend_local(&ledger, NOW).unwrap();
        let (commitment, state) = issuer.commit(&mut rng, paid).unwrap();
        joint.add(issuer.id(), commitment).unwrap();
        states.push(state);
    }
    let mut challenged = joint.challenge().unwrap();
    for (issuer, state) in issuers.iter().zip(states) {
        let answer = state.answer(issuer, challenged.commitments()).unwrap();
        challenged.add(issuer.id(), answer).unwrap();
    }
    let (evaluated, proof) = challenged.finish().unwrap();
    assert!(pending.finalize(&evaluated, &proof).is_ok());
    let keys = [1_u8, 2, 3].map(|number| CouncilKey::from_bytes(&seed(number)));
    let public = keys.each_ref().map(CouncilKey::public);
    let council = Council::new(key.threshold(), &public).unwrap();
    let list = Attributes::new(&["list"]).unwrap();
    let signatures = issuers.iter().zip(keys).map(|(issuer, key)| {
        let ledger = MemoryLedger::init(&mut rng, 100, Seconds::ZERO);
        let member = CouncilMember::new(council.clone(), issuer.id(), key, ledger.id()).unwrap();
        let unspent = member.endorse(&list, issuer).unwrap();
        let value = member
            .sign(unspent.spend_local(&ledger, NOW).unwrap())
            .unwrap();
        let from = issuer.id();
        Received { from, value }
    });
    let signatures: Vec<_> = signatures.collect();
    assert!(council.certificate(&list, &issuers[0], signatures).is_ok());
}

fn seed(number: u8) -> [u8; 32] {
    core::array::from_fn(|place| number ^ u8::try_from(place).unwrap().wrapping_mul(37))
}

fn shares_stay<S: Shared>() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let threshold = Threshold::new(2, 3).unwrap();
    let Dealt { domain, shares } =
        dealer::deal::<milagro_dta::Voprf<S::Sharing>, _>(&mut Counting(5), "memory", threshold)
            .unwrap();
    let accept = |share: dealer::DealtShare<_>| {
        let me = share.to();
        share.accept(me, "memory", threshold, &domain).unwrap()
    };
    let authorities: Vec<_> = shares.into_iter().map(accept).collect();
    let mut secrets = Vec::new();
    for authority in &authorities {
        let bytes = S::Sharing::secret_to_bytes(authority.key_share());
        secrets.push(scalar("share", &*bytes));
        secrets.push(Secret::bytes("share", &*bytes));
    }
    secrets.extend([1, 2, 3].map(|number| Secret::bytes("seed", &seed(number))));
    let ((), freed) = record(|| shared::<S>(&authorities));
    assert_eq!(freed.leaks(&secrets), [""; 0]);
}

#[test]
fn of_shared_keys_on_ristretto255() {
    shares_stay::<Ristretto255>();
}

#[test]
fn of_shared_keys_on_bls12381() {
    shares_stay::<Bls12381G1>();
}

#[test]
fn of_public_tokens() {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut secrets = Vec::new();
    public(&mut Some(&mut secrets));
    assert_eq!(secrets.len(), 1 + 6 + 5 + 4);
    let ((), freed) = record(|| public(&mut None));
    assert_eq!(freed.leaks(&secrets), [""; 0]);
}
