//! Batches: whatever logins come in, each gets the verdict that it gets alone.

#![no_main]

use std::cell::RefCell;
use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World, challenge};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{BatchVerifier, ChannelBinding, LoginProof, MemoryChallengeStore, Verifier};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[Verifier; 4]> = LazyLock::new(|| {
    [(false, false), (false, true), (true, false), (true, true)]
        .map(|(permits, openings)| WORLD.verifier(permits, openings))
});

thread_local! {
    /// Kept from run to run, since they adapt to what they have seen.
    static BATCHES: RefCell<[BatchVerifier; 4]> = RefCell::new(
        [(false, false), (false, true), (true, false), (true, true)]
            .map(|(permits, openings)| BatchVerifier::new(WORLD.verifier(permits, openings))),
    );
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Login {
    wrong_pin: Option<u16>,
    wrong_channel: bool,
    again: bool,
    damage: Option<Damage>,
}

fuzz_target!(|input: (u64, bool, bool, Vec<Login>)| {
    let (seed, permit, opened, logins) = input;
    let mut rng = Seeded(seed);
    let stores = [(); 2].map(|()| MemoryChallengeStore::new(100));
    let mut proofs: Vec<(LoginProof, ChannelBinding)> = Vec::new();
    for login in logins.into_iter().take(16) {
        let bytes = prove(&mut rng, &stores, (permit, opened), &login);
        let binding = if login.wrong_channel {
            ChannelBinding::TlsExporter([7; 32])
        } else {
            ChannelBinding::None
        };
        if let Ok(proof) = LoginProof::from_bytes(&bytes) {
            proofs.push((proof.clone(), binding));
            if login.again {
                proofs.push((proof, binding));
            }
        }
    }
    let index = 2 * usize::from(permit) + usize::from(opened);
    let [one, other] = &stores;
    let alone = proofs
        .iter()
        .map(|(proof, binding)| VERIFIERS[index].verify(one, proof, binding, NOW));
    let alone: Vec<_> = alone
        .map(|verdict| verdict.map_err(|no| no.reason()))
        .collect();
    let together =
        BATCHES.with_borrow_mut(|batches| batches[index].verify(&mut rng, other, &proofs, NOW));
    assert_eq!(together.len(), alone.len());
    for (together, alone) in together.iter().zip(&alone) {
        match (together, alone) {
            (Ok(together), Ok(alone)) => assert_eq!(together.identity(), alone.identity()),
            (Err(together), Err(alone)) => assert_eq!(together.reason(), *alone),
            other => panic!("{other:?}"),
        }
    }
});

fn prove(
    rng: &mut Seeded,
    [one, other]: &[MemoryChallengeStore; 2],
    (permit, opened): (bool, bool),
    login: &Login,
) -> Vec<u8> {
    let challenge = challenge(rng, &[one, other]);
    let secret = WORLD.unlock(login.wrong_pin.map_or(PIN, |pin| pin % 10_000));
    let permit = permit.then_some(&WORLD.permit);
    let proof = if opened {
        secret.prove_opened(rng, &WORLD.target, challenge, permit)
    } else {
        secret.prove(rng, &WORLD.target, challenge, permit)
    };
    let valid = proof.expect("the permit is for this client").to_bytes();
    login
        .damage
        .as_ref()
        .map_or(valid.clone(), |damage| damage.apply(&valid))
}
