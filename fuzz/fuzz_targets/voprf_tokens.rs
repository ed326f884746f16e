//! Everything of the token layer that is stored or sent: what is accepted encodes to the same bytes, valid bytes are
//! accepted, and a request that was changed on the way buys nothing.

#![no_main]

use std::{
    num::NonZeroUsize,
    sync::{Arc, LazyLock},
};

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_voprf::{SecretKey, Voprf};
use milagro_voprf::tokens::{BareRequest, Binding, Epoch, KeyRing, KeySchedule, MemoryStore, PinnedSchedule, QueryBudget, Redeemer, RedeemerId, RedemptionRequest, Timetable, Token, TokenKey, TokenRequest, TokenResponse, Uses, Wallet};

const NOW: u64 = 50;

static SECRET: LazyLock<SecretKey<Voprf>> = LazyLock::new(|| SecretKey::generate(&mut Seeded(1)));

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Schedule { use_case: String, epochs: Vec<u16> },
    Request,
    Response,
    Token,
    Wallet,
    Redemption { payload: Vec<u8> },
    Bare,
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    uses: u8,
    thing: Thing,
    damage: Damage,
}

fuzz_target!(|input: Input| {
    let Input {
        seed,
        uses,
        thing,
        damage,
    } = input;
    let uses = Uses::new(uses % Uses::MAX + 1).expect("1 to 64");
    let redeemer = redeemer(uses);
    match thing {
        Thing::Schedule { use_case, epochs } => {
            let Ok(mut schedule) = KeySchedule::new("suite", &use_case, timetable(), uses) else {
                return;
            };
            for epoch in epochs {
                let _ = schedule.push(Epoch::new(epoch.into()), &epoch.to_be_bytes());
            }
            strict(
                &damage,
                &schedule.to_bytes(),
                KeySchedule::from_bytes,
                |read| read.to_bytes(),
            );
        }
        Thing::Request => {
            let (request, _) = key(uses).draw(&mut Seeded(seed), 2).expect("two");
            strict(
                &damage,
                &request.to_bytes(),
                TokenRequest::from_bytes,
                |read: &TokenRequest| read.to_bytes(),
            );
        }
        Thing::Response => {
            let response = respond(seed, uses);
            strict(
                &damage,
                &response,
                TokenResponse::from_bytes,
                |read: &TokenResponse| read.to_bytes(),
            );
        }
        Thing::Token => strict(
            &damage,
            &token(seed, uses).to_bytes(),
            Token::from_bytes,
            |read| read.to_bytes().to_vec(),
        ),
        Thing::Wallet => {
            let mut wallet = Wallet::new();
            for seed in [seed, seed.wrapping_add(7)] {
                wallet.insert(token(seed, uses)).expect("other nonces");
            }
            strict(&damage, &wallet.to_bytes(), Wallet::from_bytes, |read| {
                read.to_bytes().to_vec()
            });
        }
        Thing::Redemption { payload } => {
            let binding = Binding {
                redeemer: redeemer.id(),
                context: b"fuzz",
                payload: &payload,
            };
            let valid = token(seed, uses).redeem(&binding).0.to_bytes();
            strict(
                &damage,
                &valid,
                RedemptionRequest::from_bytes,
                RedemptionRequest::to_bytes,
            );
            let bytes = damage.apply(&valid);
            if let Ok(request) = RedemptionRequest::from_bytes(&bytes) {
                let accepted = redeemer.redeem(&request, b"fuzz", &payload, NOW).is_ok();
                assert_eq!(accepted, bytes == valid);
                assert!(
                    redeemer.redeem(&request, b"fuzz", &payload, NOW).is_err(),
                    "spent, or never good"
                );
            }
        }
        Thing::Bare => {
            let valid = token(seed, uses).redeem_bare().0.to_bytes();
            strict(&damage, &valid, BareRequest::from_bytes, |read| {
                read.to_bytes().to_vec()
            });
            let bytes = damage.apply(&valid);
            if let Ok(request) = BareRequest::from_bytes(&bytes) {
                assert_eq!(redeemer.redeem_bare(&request, NOW).is_ok(), bytes == *valid);
            }
        }
    }
});

fn timetable() -> Timetable {
    Timetable::new(0, 100).expect("not empty")
}

fn schedule(uses: Uses) -> KeySchedule {
    let mut schedule =
        KeySchedule::new("ristretto255-SHA512", "fuzz", timetable(), uses).expect("good names");
    schedule
        .push(Epoch::new(0), &SECRET.public_key().to_bytes())
        .expect("the first");
    schedule
}

fn key(uses: Uses) -> TokenKey {
    TokenKey::from_schedule(&PinnedSchedule::pin(schedule(uses)), NOW).expect("open")
}

fn redeemer(uses: Uses) -> Redeemer<Arc<KeyRing>, MemoryStore> {
    let mut ring = KeyRing::new();
    let copy = SecretKey::from_bytes(&SECRET.to_bytes()).expect("a key");
    ring.insert(copy, Arc::new(QueryBudget::new(0)));
    let id = RedeemerId::new(b"gate").expect("a name");
    Redeemer::new(
        id,
        schedule(uses),
        Arc::new(ring),
        MemoryStore::new(NonZeroUsize::MIN),
    )
}

fn respond(seed: u64, uses: Uses) -> Vec<u8> {
    let (request, _) = key(uses).draw(&mut Seeded(seed), 2).expect("two");
    issue(&request)
}

/// As the issuer's answer is made, without its rate and budget.
fn issue(request: &TokenRequest) -> Vec<u8> {
    use milagro_voprf::tokens::{Issuer, UserRate};

    let mut ring = KeyRing::new();
    let copy = SecretKey::from_bytes(&SECRET.to_bytes()).expect("a key");
    ring.insert(copy, Arc::new(QueryBudget::new(u64::MAX)));
    let rate = UserRate::new(u32::MAX, 100, NonZeroUsize::MIN).expect("a window");
    let issuer = Issuer::new(schedule(Uses::ONE), Arc::new(ring), rate);
    issuer
        .issue(&mut Seeded(2), b"ann", request, NOW)
        .expect("open")
        .to_bytes()
}

fn token(seed: u64, uses: Uses) -> Token {
    let (request, pending) = key(uses).draw(&mut Seeded(seed), 1).expect("one");
    let response = TokenResponse::from_bytes(&issue(&request)).expect("an answer");
    pending.finish(&response).expect("a good proof").remove(0)
}
