//! The distance of a PIN: a mistyped one shows how far it is off, and a message that was changed on the way shows nothing.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::mpin::{End, NOW, PIN, World, arrival, ledger, log_in, spend};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::client::PinLength;
use milagro_mpin::{ChannelBinding, LoginProof, Verifier};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[Verifier; 2]> =
    LazyLock::new(|| [false, true].map(|permits| WORLD.verifier(permits)));

fuzz_target!(|input: (u64, bool, Option<u16>, Option<Damage>)| {
    let (seed, permit, wrong, damage) = input;
    let mut rng = Seeded(seed);
    let verifier = &VERIFIERS[usize::from(permit)];
    let ledger = ledger();
    let challenge = verifier.challenge(&mut rng, NOW);
    let pin = wrong.map_or(PIN, |pin| pin % 10_000);
    let secret = WORLD.unlock(pin);
    let login = secret.login(&WORLD.target);
    let login = if permit {
        login.permit(&WORLD.permit)
    } else {
        login
    };
    let proof = login.answer(&mut rng, challenge);
    let valid = proof.expect("the permit is for this client").to_bytes();
    let bytes = damage.map_or(valid.clone(), |damage| damage.apply(&valid));
    let Ok(proof) = LoginProof::from_bytes(&bytes) else {
        assert_ne!(bytes, valid);
        return;
    };
    assert_eq!(proof.to_bytes(), bytes);
    let arrival = arrival(&ChannelBinding::None, NOW);
    let verdict = log_in(&mut rng, (verifier, &ledger), &proof, arrival);
    assert_eq!(verdict.is_ok(), bytes == valid && pin == PIN);
    let Err(end) = verdict else {
        return;
    };
    let End::Rejected(rejected) = end else {
        panic!("a new ledger has room for one attempt");
    };
    let Some(failure) = rejected.opened() else {
        assert_ne!(bytes, valid);
        return;
    };
    assert_eq!(bytes, valid);
    let search = verifier.search(&mut rng, failure, PinLength::FOUR);
    let search = spend(search, &ledger, NOW).expect("the first search");
    let distance = verifier.distance_vartime(search).expect("a mistyped PIN");
    assert_eq!(distance.value(), i32::from(pin) - i32::from(PIN));
});
