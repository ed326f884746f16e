//! Tokens that everybody can check: what is accepted encodes to the same bytes, valid bytes are accepted, and a
//! redemption is accepted, alone and in a batch, if and only if it arrived as it was sent.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_base::Seconds;
use milagro_fuzz::{Damage, Seeded, strict};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, Refused};
use milagro_voprf::suite::Bls12381G1;
use milagro_voprf::tokens::client::Binding;
use milagro_voprf::tokens::issuer::Quota;
use milagro_voprf::tokens::public::{
    Drawing, EpochKey, Issuer, Pending, Redemption, RedemptionRequest, Response, Series, SeriesKey,
    Token, UncheckedRequest, Verifier,
};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::{Plan, Timetable, Uses};

const NOW: Seconds = Seconds::new(1_800_000_050);
const DAY: Seconds = Seconds::days(1);

#[derive(Debug, arbitrary::Arbitrary)]
enum Thing {
    Series,
    Request,
    Response,
    Pending,
    Token,
    Redemption { payload: Vec<u8> },
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    keyed: bool,
    thing: Thing,
    damage: Damage,
}

struct World {
    issuer: Issuer,
    verifier: Verifier,
    client: EpochKey,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let days = Timetable::new(Seconds::new(1_800_000_000), DAY).expect("in range");
    let plan = Plan::new::<Bls12381G1>("fuzz", days, Uses::ONE).expect("a name");
    let key = SeriesKey::generate(&mut Seeded(1), plan).expect("of this suite");
    let quota = Quota::new(100, DAY).expect("not zero");
    let issuer = Issuer::new(key, quota, Issuer::BUDGET, ledger().id()).expect("a sound budget");
    let series = issuer.series().clone();
    World {
        client: EpochKey::now(&series, NOW).expect("in an epoch"),
        verifier: Verifier::new(station(), series, ledger().id()),
        issuer,
    }
});

/// An empty one, always of the same name.
fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut Seeded(2), 100, Seconds::ZERO)
}

fn station() -> RedeemerId {
    RedeemerId::new(b"gate").expect("a name")
}

fuzz_target!(|input: Input| {
    let Input {
        seed,
        keyed,
        thing,
        damage,
    } = input;
    let world = &*WORLD;
    let mut rng = Seeded(seed);
    let station = station();
    let payload = match &thing {
        Thing::Redemption { payload } => payload.as_slice(),
        _ => b"rain",
    };
    let binding = Binding {
        redeemer: &station,
        context: b"fuzz",
        payload,
    };
    let drawing = if keyed {
        world.client.draw(&mut rng, 2)
    } else {
        world.client.draw_for(&mut rng, &[binding, binding])
    };
    let Drawing { request, pending } = drawing.expect("a batch of two");
    let sent = request.to_bytes();
    match thing {
        Thing::Series => {
            let bytes = world.issuer.series().to_bytes();
            strict(&damage, &bytes, Series::from_bytes, Series::to_bytes);
            return;
        }
        Thing::Request => {
            let ledger = ledger();
            let bytes = damage.apply(&sent);
            let Ok(request) = UncheckedRequest::from_bytes(&bytes, 100) else {
                assert_ne!(bytes, sent);
                return;
            };
            let Ok(unspent) = world.issuer.check(&mut rng, b"ann", request, NOW) else {
                assert_ne!(bytes, sent);
                return;
            };
            let (Ok(paid) | Err(Refused::Again(paid))) = unspent.spend_local(&ledger, NOW) else {
                panic!("an empty ledger");
            };
            let answered = world.issuer.answer(paid);
            assert!(answered.is_ok() || bytes != sent);
            return;
        }
        Thing::Pending => {
            let read = |bytes: &[u8]| Pending::from_bytes(bytes, world.issuer.series());
            strict(&damage, &pending.to_bytes(), read, Pending::to_bytes);
            return;
        }
        _ => {}
    }
    let ledger = ledger();
    let request = UncheckedRequest::from_bytes(&sent, 100).expect("as it was sent");
    let unspent = world
        .issuer
        .check(&mut rng, b"ann", request, NOW)
        .expect("open");
    let (Ok(paid) | Err(Refused::Again(paid))) = unspent.spend_local(&ledger, NOW) else {
        panic!("an empty ledger");
    };
    let answer = world.issuer.answer(paid).expect("two elements").to_bytes();
    let read = |bytes: &[u8]| Response::from_bytes(bytes, 2);
    if matches!(thing, Thing::Response) {
        strict(&damage, &answer, read, Response::to_bytes);
        let bytes = damage.apply(&answer);
        if let Ok(response) = read(&bytes) {
            let finished = pending.finish(&mut rng, &response);
            assert_eq!(finished.is_ok(), bytes == answer);
        }
        return;
    }
    let response = read(&answer).expect("as it was answered");
    let tokens = pending.finish(&mut rng, &response).expect("honest");
    if matches!(thing, Thing::Token) {
        for token in tokens {
            strict(
                &damage,
                &token.to_bytes(),
                Token::from_bytes,
                Token::to_bytes,
            );
        }
        return;
    }
    let requests: Vec<_> = tokens
        .into_iter()
        .map(|token| token.redeem(&binding).expect("for this binding"))
        .collect();
    let bytes = requests[0].to_bytes();
    strict(
        &damage,
        &bytes,
        RedemptionRequest::from_bytes,
        RedemptionRequest::to_bytes,
    );
    let arrived = damage.apply(&bytes);
    if let Ok(damaged) = RedemptionRequest::from_bytes(&arrived) {
        let redemption = |request| Redemption {
            request,
            context: b"fuzz",
            payload,
        };
        let alone = world.verifier.check(&redemption(&damaged), NOW).is_ok();
        assert_eq!(alone, arrived == bytes);
        let both = [redemption(&damaged), redemption(&requests[1])];
        let both = world.verifier.check_all(&mut rng, &both, NOW);
        assert_eq!(both[0].is_ok(), alone);
        assert!(both[1].is_ok());
    }
});
