//! The key agreement as a state machine: each side goes on if and only if PIN and permit were right and every message
//! arrived as it was sent; then both have the same keys.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World, challenge, factors};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    ChannelBinding, ClientConfirmation, ClientHello, KeyBase, MemoryChallengeStore,
    PrecomputedKeyBase, ServerHello, Verifier,
};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[Verifier; 2]> =
    LazyLock::new(|| [false, true].map(|permits| WORLD.verifier(permits, false)));
static BASE: LazyLock<PrecomputedKeyBase> =
    LazyLock::new(|| PrecomputedKeyBase::new(&WORLD.token, &WORLD.target.server));

#[derive(Debug, arbitrary::Arbitrary)]
struct Run {
    seed: u64,
    permit: bool,
    wrong_pin: Option<u16>,
    precomputed: bool,
    damage: [Option<Damage>; 3],
}

fuzz_target!(|run: Run| {
    let mut rng = Seeded(run.seed);
    let store = MemoryChallengeStore::new(1);
    let challenge = challenge(&mut rng, &[&store]);
    let pin = run.wrong_pin.map_or(PIN, |pin| pin % 10_000);
    let [first, second, third] = &run.damage;
    let secret = WORLD.unlock(pin);
    let permit = run.permit.then_some(&WORLD.permit);
    let (client, hello) = secret
        .start_full(&mut rng, &WORLD.target, challenge, permit)
        .expect("the permit is for this client");

    let (bytes, intact) = travel(hello.to_bytes(), first.as_ref());
    let Ok(hello) = ClientHello::from_bytes(&bytes) else {
        assert!(!intact);
        return;
    };
    assert_eq!(hello.to_bytes(), bytes);
    let verifier = &VERIFIERS[usize::from(run.permit)];
    let accepted = verifier.accept_full(&mut rng, &store, &hello, &ChannelBinding::None, NOW);
    assert_eq!(accepted.is_ok(), intact && pin == PIN);
    let Ok((server, answer)) = accepted else {
        return;
    };

    let (bytes, intact) = travel(answer.to_bytes(), second.as_ref());
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
    let confirmed = client.finish(&base, &answer);
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
    let done = server.confirm(&confirmation);
    assert_eq!(done.is_ok(), intact);
    if let Ok((login, keys)) = done {
        assert_eq!(login.identity(), WORLD.token.identity());
        assert_eq!(keys.sending(), confirmed.keys.receiving());
        assert_eq!(keys.receiving(), confirmed.keys.sending());
        assert_ne!(keys.sending(), keys.receiving());
    }
});

/// What arrives, and whether it is what was sent.
fn travel(sent: Vec<u8>, damage: Option<&Damage>) -> (Vec<u8>, bool) {
    let arrives = damage.map_or_else(|| sent.clone(), |damage| damage.apply(&sent));
    let intact = arrives == sent;
    (arrives, intact)
}
