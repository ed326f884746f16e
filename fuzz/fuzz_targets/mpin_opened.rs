//! Opened logins: what is accepted encodes to the same bytes; a mistyped PIN shows its distance, and a message that was
//! changed on the way shows none.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use milagro_fuzz::mpin::{NOW, PIN, World, challenge};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    ChannelBinding, LoginProof, MemoryChallengeStore, MemoryReplayStore, PinError, Verifier,
};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[Verifier; 2]> =
    LazyLock::new(|| [false, true].map(|permits| WORLD.verifier(permits, true)));

fuzz_target!(|input: (u64, bool, Option<u16>, Option<Damage>)| {
    let (seed, permit, wrong, damage) = input;
    let mut rng = Seeded(seed);
    let store = MemoryChallengeStore::new(1);
    let challenge = challenge(&mut rng, &[&store]);
    let pin = wrong.map_or(PIN, |pin| pin % 10_000);
    let valid = WORLD
        .unlock(pin)
        .prove_opened(
            &mut rng,
            &WORLD.target,
            challenge,
            permit.then_some(&WORLD.permit),
        )
        .expect("the permit is for this client")
        .to_bytes();
    let bytes = damage.map_or(valid.clone(), |damage| damage.apply(&valid));
    let Ok(proof) = LoginProof::from_bytes(&bytes) else {
        assert_ne!(bytes, valid);
        return;
    };
    assert_eq!(proof.to_bytes(), bytes);
    let verifier = &VERIFIERS[usize::from(permit)];
    let verdict = verifier.verify(&store, &proof, &ChannelBinding::None, NOW);
    assert_eq!(verdict.is_ok(), bytes == valid && pin == PIN);
    let Err(rejected) = verdict else {
        return;
    };
    let Some(failure) = rejected.opened() else {
        assert_ne!(bytes, valid);
        return;
    };
    assert_eq!(bytes, valid);
    let replays = MemoryReplayStore::new(1);
    let error = verifier.pin_error_vartime(&replays, failure, (NOW + 60, NOW));
    let PinError::Mistyped(distance) = error else {
        panic!("{error:?}");
    };
    assert_eq!(distance.value(), i32::from(pin) - i32::from(PIN));
});
