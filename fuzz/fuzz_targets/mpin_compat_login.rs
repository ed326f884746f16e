//! The login with an old token: U, y and V, damaged or late. It ends well if and only if PIN, date and time are right
//! and all three arrive as they were sent.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{LEDGER, ledger, spend};
use milagro_fuzz::{Edits, Seeded, edit, edited};
use milagro_mpin::Seconds;
use milagro_mpin::compat::{
    Client, Commitment, Date, LegacyChallenge, LegacyClientSecret, LegacyIdentity, LegacyPermit,
    LegacyPin, LegacyPolicy, LegacyServerSecret, LegacyToken, MasterShare, MilagroLegacy, Pending,
    Response, Server,
};

const PIN: u32 = 1234;
const TODAY: Date = Date::from_days(17_000);
const LIFETIME: Seconds = Seconds::new(60);
const NOW: Seconds = Seconds::days(17_000);

const POLICY: LegacyPolicy = LegacyPolicy {
    lifetime: LIFETIME,
    ..LegacyPolicy::DEFAULT
};

struct World {
    alice: LegacyIdentity<MilagroLegacy>,
    token: LegacyToken,
    permit: LegacyPermit,
    server: Server,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = MasterShare::random(&mut Seeded(1));
    let alice = LegacyIdentity::milagro(b"alice").expect("a name");
    let secret = LegacyClientSecret::from_shares(&[master.client_share(&alice)]);
    let permit = LegacyPermit::from_shares(&[master.permit_share(&alice, TODAY)]);
    let server = LegacyServerSecret::from_shares(&[master.server_share()]);
    let pin = LegacyPin::new(PIN).expect("four digits");
    World {
        token: LegacyToken::new(secret.expect("a share"), &alice, &pin).expect("a secret"),
        alice,
        permit: permit.expect("a share"),
        server: Server::new(&server.expect("a share"), LEDGER, POLICY),
    }
});

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    seed: u64,
    pin: Option<u16>,
    /// Days between the client's permit and the server's date, if either asks for one.
    permit: (Option<u8>, Option<u8>),
    wait: u64,
    u: Edits,
    y: Edits,
    v: Edits,
    /// The pending login as it waits outside of the server.
    waiting: Option<Edits>,
}

fuzz_target!(|input: Input| {
    let world = &*WORLD;
    let typed = input.pin.map_or(PIN, |pin| u32::from(pin) % 10_000);
    let pin = LegacyPin::new(typed).expect("below 10,000");
    let secret = world.token.unlock(&world.alice, &pin).expect("a secret");
    let date = |days: u8| Date::from_days(TODAY.days() + u32::from(days));
    let client = match input.permit.0 {
        None => Client::new(&world.alice, secret),
        Some(days) => {
            Client::with_permit(&world.alice, &secret, &world.permit, date(days)).expect("a sum")
        }
    };
    let base = match input.permit.1 {
        None => world.alice.base(),
        Some(days) => world.alice.base_on(date(days)).expect("a sum"),
    };
    let rng = &mut Seeded(input.seed);
    let step = client.commit(rng, NOW);
    let sent_u = step.message;
    let Ok(u) = Commitment::from_bytes(&edited(sent_u.to_bytes(), &input.u)) else {
        return;
    };
    let waiting = world.server.challenge(rng, base, u, NOW);
    let sent_y = waiting.message;
    let pending = match &input.waiting {
        None => waiting.state,
        Some(edits) => {
            let sent = waiting.state.to_bytes(&world.server);
            let mut bytes = sent.clone();
            edit(&mut bytes, edits);
            let read = Pending::from_bytes(&world.server, base, &bytes);
            assert_eq!(read.is_ok(), bytes == sent);
            let Ok(pending) = read else {
                return;
            };
            pending
        }
    };
    let Ok(y) = LegacyChallenge::from_bytes(&edited(sent_y.to_bytes(), &input.y)) else {
        return;
    };
    let sent_v = step.state.respond(&y).expect("x + y is not zero");
    let Ok(v) = Response::from_bytes(&edited(sent_v.to_bytes(), &input.v)) else {
        return;
    };
    let now = NOW.plus(Seconds::new(input.wait));
    let ledger = ledger();
    let Ok(admitted) = world.server.admit(rng, pending, &v, now) else {
        assert!(input.wait > LIFETIME.get());
        return;
    };
    let paid = spend(admitted, &ledger, now).expect("the first attempt");
    let verdict = world.server.check(rng, paid, now);
    let arrived = (u, y, v) == (sent_u, sent_y, sent_v);
    let dates = matches!(input.permit, (None, None) | (Some(0), Some(0)));
    let good = arrived && dates && typed == PIN && input.wait <= LIFETIME.get();
    assert_eq!(verdict.is_ok(), good);
    let refused = match verdict {
        Ok(login) => {
            assert!(spend(login, &ledger, now).is_ok());
            return;
        }
        Err(refused) => refused,
    };
    if let Some(error) = refused.pin_error(&world.server) {
        let distance = i32::try_from(typed).expect("small") - i32::try_from(PIN).expect("small");
        let expected = (arrived && input.permit.0.is_none()).then_some(distance);
        assert_eq!(error.distance_vartime(), expected);
    }
});
