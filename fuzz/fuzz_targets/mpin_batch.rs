//! Batches: whatever logins come in, each gets the verdict that it gets alone.

#![no_main]

use std::cell::RefCell;
use std::sync::{Arc, LazyLock};

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World, arrival, ledger, paid};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::server::BatchVerifier;
use milagro_mpin::{ChannelBinding, LoginProof, Verifier};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[Arc<Verifier>; 2]> =
    LazyLock::new(|| [false, true].map(|permits| Arc::new(WORLD.verifier(permits))));

thread_local! {
    /// Kept from run to run, since they adapt to what they have seen.
    static BATCHES: RefCell<[BatchVerifier; 2]> =
        RefCell::new(VERIFIERS.each_ref().map(|verifier| BatchVerifier::new(Arc::clone(verifier))));
}

#[derive(Debug, arbitrary::Arbitrary)]
struct Login {
    wrong_pin: Option<u16>,
    again: bool,
    damage: Option<Damage>,
}

fuzz_target!(|input: (u64, bool, Vec<Login>)| {
    let (seed, permit, logins) = input;
    let mut rng = Seeded(seed);
    let verifier = &VERIFIERS[usize::from(permit)];
    let mut proofs: Vec<LoginProof> = Vec::new();
    for login in logins.into_iter().take(16) {
        let bytes = prove(&mut rng, permit, &login);
        if let Ok(proof) = LoginProof::from_bytes(&bytes) {
            proofs.push(proof.clone());
            if login.again {
                proofs.push(proof);
            }
        }
    }
    let ledger = ledger();
    let mut admitted = || -> Vec<_> {
        let world = (&**verifier, &ledger);
        let arrival = || arrival(&ChannelBinding::None, NOW);
        let paid = proofs
            .iter()
            .map(|proof| paid(&mut rng, world, proof, arrival()));
        paid.filter_map(Result::ok).collect()
    };
    let (one, other) = (admitted(), admitted());
    let mut rng = Seeded(!seed);
    let alone: Vec<_> = one
        .into_iter()
        .map(|paid| verifier.check(&mut rng, paid, NOW))
        .collect();
    let together = BATCHES
        .with_borrow_mut(|batches| batches[usize::from(permit)].check_all(&mut rng, other, NOW));
    assert_eq!(together.len(), alone.len());
    for (together, alone) in together.into_iter().zip(alone) {
        match (together, alone) {
            (Ok(together), Ok(alone)) => {
                let pay = |login: milagro_ledger::Unspent<_>| login.spend_local(&ledger, NOW);
                // The first of the two uses the challenge up, if no other login of it has.
                let first = pay(together).map(|login| login.identity().clone());
                assert!(pay(alone).is_err());
                assert!(
                    first.is_ok_and(|identity| identity == WORLD.identity) || has_twins(&proofs)
                );
            }
            (Err(together), Err(alone)) => assert_eq!(together.reason(), alone.reason()),
            other => panic!("{other:?}"),
        }
    }
});

fn has_twins(proofs: &[LoginProof]) -> bool {
    let mut bytes: Vec<_> = proofs.iter().map(LoginProof::to_bytes).collect();
    bytes.sort_unstable();
    bytes.windows(2).any(|pair| pair[0] == pair[1])
}

fn prove(rng: &mut Seeded, permit: bool, login: &Login) -> Vec<u8> {
    let challenge = VERIFIERS[usize::from(permit)].challenge(rng, NOW);
    let secret = WORLD.unlock(login.wrong_pin.map_or(PIN, |pin| pin % 10_000));
    let made = secret.login(&WORLD.target);
    let made = if permit {
        made.permit(&WORLD.permit)
    } else {
        made
    };
    let proof = made.answer(rng, challenge);
    let valid = proof.expect("the permit is for this client").to_bytes();
    login
        .damage
        .as_ref()
        .map_or(valid.clone(), |damage| damage.apply(&valid))
}
