//! The key agreement as a state machine, with a challenge or in one pass, with an opening or without: each side goes on if
//! and only if PIN and permit were right and every message arrived as it was sent; then both have the same keys.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World, challenge, factors};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    ChannelBinding, ClientConfirmation, ClientHello, ClientSecret, ClientSession, DecodeError,
    KeyBase, MemoryChallengeStore, MemoryReplayStore, OnePassHello, PrecomputedKeyBase, Rejected,
    ServerHello, ServerSession, Verifier,
};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
/// Without permits and with; each without openings and with.
static VERIFIERS: LazyLock<[[Verifier; 2]; 2]> = LazyLock::new(|| {
    [false, true].map(|permits| [false, true].map(|openings| WORLD.verifier(permits, openings)))
});
static BASE: LazyLock<PrecomputedKeyBase> =
    LazyLock::new(|| PrecomputedKeyBase::new(&WORLD.token, &WORLD.target.server));

#[derive(Debug, arbitrary::Arbitrary)]
struct Run {
    seed: u64,
    permit: bool,
    one_pass: bool,
    opened: bool,
    wrong_pin: Option<u16>,
    precomputed: bool,
    damage: [Option<Damage>; 3],
}

fuzz_target!(|run: Run| {
    let mut rng = Seeded(run.seed);
    let pin = run.wrong_pin.map_or(PIN, |pin| pin % 10_000);
    let [first, second, third] = &run.damage;
    let secret = WORLD.unlock(pin);
    let (client, bytes, store) = start(&mut rng, &run, &secret);
    let (bytes, intact) = travel(bytes, first.as_ref());
    let Ok(accepted) = accept(&mut rng, &run, &store, &bytes) else {
        assert!(!intact);
        return;
    };
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

/// The client's first message, and a store that knows its challenge.
fn start(
    rng: &mut Seeded,
    run: &Run,
    secret: &ClientSecret,
) -> (ClientSession, Vec<u8>, MemoryChallengeStore) {
    let store = MemoryChallengeStore::new(1);
    let challenge = challenge(rng, &[&store]);
    let permit = run.permit.then_some(&WORLD.permit);
    let target = &WORLD.target;
    let (client, bytes) = if run.one_pass {
        let made = if run.opened {
            secret.start_full_one_pass_opened(rng, target, NOW, permit)
        } else {
            secret.start_full_one_pass(rng, target, NOW, permit)
        };
        let (client, hello) = made.expect("the permit is for this client");
        (client, hello.to_bytes())
    } else {
        let made = if run.opened {
            secret.start_full_opened(rng, target, challenge, permit)
        } else {
            secret.start_full(rng, target, challenge, permit)
        };
        let (client, hello) = made.expect("the permit is for this client");
        (client, hello.to_bytes())
    };
    (client, bytes, store)
}

fn accept(
    rng: &mut Seeded,
    run: &Run,
    store: &MemoryChallengeStore,
    bytes: &[u8],
) -> Result<Result<(ServerSession, ServerHello), Rejected>, DecodeError> {
    let verifier = &VERIFIERS[usize::from(run.permit)][usize::from(run.opened)];
    let none = ChannelBinding::None;
    if !run.one_pass {
        let hello = ClientHello::from_bytes(bytes)?;
        assert_eq!(hello.to_bytes(), bytes);
        return Ok(verifier.accept_full(rng, store, &hello, &none, NOW));
    }
    let hello = OnePassHello::from_bytes(bytes)?;
    assert_eq!(hello.to_bytes(), bytes);
    let store = MemoryReplayStore::new(2);
    let accepted = verifier.accept_full_one_pass(rng, &store, &hello, &none, NOW);
    if accepted.is_ok() {
        let again = verifier.accept_full_one_pass(rng, &store, &hello, &none, NOW);
        assert!(again.is_err());
    }
    Ok(accepted)
}

/// What arrives, and whether it is what was sent.
fn travel(sent: Vec<u8>, damage: Option<&Damage>) -> (Vec<u8>, bool) {
    let arrives = damage.map_or_else(|| sent.clone(), |damage| damage.apply(&sent));
    let intact = arrives == sent;
    (arrives, intact)
}
