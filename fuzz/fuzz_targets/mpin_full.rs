//! The key agreement as a state machine, with a challenge or at a time, with a permit or without, its session sealed between
//! or not: each side goes on if and only if PIN and permit were right and every message arrived as it was sent; then both
//! have the same keys, once.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World, arrival, factors, ledger, spend};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::full::{
    Agreement, ClientConfirmation, ClientHello, KeyBase, PrecomputedKeyBase, ServerHello,
    ServerSession,
};
use milagro_mpin::{ChannelBinding, ClientSecret, Verifier};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[Verifier; 2]> =
    LazyLock::new(|| [false, true].map(|permits| WORLD.verifier(permits)));
static BASE: LazyLock<PrecomputedKeyBase> =
    LazyLock::new(|| PrecomputedKeyBase::new(&WORLD.token, &WORLD.target.server));

#[derive(Debug, arbitrary::Arbitrary)]
struct Run {
    seed: u64,
    permit: bool,
    one_pass: bool,
    wrong_pin: Option<u16>,
    precomputed: bool,
    sealed: Option<Option<Damage>>,
    damage: [Option<Damage>; 3],
}

fuzz_target!(|run: Run| {
    let mut rng = Seeded(run.seed);
    let pin = run.wrong_pin.map_or(PIN, |pin| pin % 10_000);
    let [first, second, third] = &run.damage;
    let secret = WORLD.unlock(pin);
    let verifier = &VERIFIERS[usize::from(run.permit)];
    let ledger = ledger();

    let start = start(&mut rng, &run, &secret);
    let (bytes, intact) = travel(start.hello.to_bytes(), first.as_ref());
    let Ok(hello) = ClientHello::from_bytes(&bytes) else {
        assert!(!intact);
        return;
    };
    assert_eq!(hello.to_bytes(), bytes);
    let Ok(admitted) = verifier.admit_hello(&mut rng, &hello, arrival(&NONE, NOW)) else {
        assert!(!intact);
        return;
    };
    let paid = spend(admitted, &ledger, NOW).expect("the first attempt");
    let answered = verifier.check_hello(&mut rng, paid, NOW);
    assert_eq!(answered.is_ok(), intact && pin == PIN);
    let Ok(answered) = answered else {
        return;
    };
    let answered = spend(answered, &ledger, NOW)
        .expect("nothing to pay")
        .into_value();

    let sealed = answered.session.seal(&mut rng, verifier).expect("short");
    let session = match &run.sealed {
        None => answered.session,
        Some(damage) => {
            let (bytes, intact) = travel(sealed.clone(), damage.as_ref());
            let opened = ServerSession::open(&bytes, verifier);
            assert_eq!(opened.is_ok(), intact);
            let Ok(session) = opened else {
                return;
            };
            session
        }
    };
    let (bytes, intact) = travel(answered.hello.to_bytes(), second.as_ref());
    let Ok(answer) = ServerHello::from_bytes(&bytes) else {
        assert!(!intact);
        return;
    };
    assert_eq!(answer.to_bytes(), bytes);
    let base = if run.precomputed {
        BASE.unlock(&WORLD.token, &factors(pin)).expect("a PIN")
    } else {
        KeyBase::new(&secret, &WORLD.target.server)
    };
    let confirmed = start.session.finish(&base, &answer);
    assert_eq!(confirmed.is_ok(), intact);
    let Ok(confirmed) = confirmed else {
        return;
    };

    let (bytes, intact) = travel(confirmed.confirmation.to_bytes(), third.as_ref());
    let Ok(confirmation) = ClientConfirmation::from_bytes(&bytes) else {
        assert!(!intact);
        return;
    };
    assert_eq!(confirmation.to_bytes(), bytes);
    let agreed = session.confirm(&mut rng, &confirmation, NOW);
    assert_eq!(agreed.is_ok(), intact);
    let Ok(agreed) = agreed else {
        return;
    };
    let agreed = spend(agreed, &ledger, NOW).expect("the first time");
    assert_eq!(agreed.login.identity(), WORLD.token.identity());
    assert_eq!(agreed.keys.sending(), confirmed.keys.receiving());
    assert_eq!(agreed.keys.receiving(), confirmed.keys.sending());
    assert_ne!(agreed.keys.sending(), agreed.keys.receiving());
    let again = ServerSession::open(&sealed, verifier).expect("as it was sealed");
    let again = again.confirm(&mut rng, &confirmation, NOW);
    assert!(spend(again.expect("right"), &ledger, NOW).is_err());
});

const NONE: ChannelBinding = ChannelBinding::None;

/// The client's first message, and its state.
fn start(rng: &mut Seeded, run: &Run, secret: &ClientSecret) -> Agreement {
    let challenge = VERIFIERS[usize::from(run.permit)].challenge(rng, NOW);
    let login = secret.login(&WORLD.target);
    let login = if run.permit {
        login.permit(&WORLD.permit)
    } else {
        login
    };
    let made = if run.one_pass {
        login.agree_at(rng, NOW)
    } else {
        login.agree(rng, challenge)
    };
    made.expect("the permit is for this client")
}

/// What arrives, and whether it is what was sent.
fn travel(sent: Vec<u8>, damage: Option<&Damage>) -> (Vec<u8>, bool) {
    let arrives = damage.map_or_else(|| sent.clone(), |damage| damage.apply(&sent));
    let intact = arrives == sent;
    (arrives, intact)
}
