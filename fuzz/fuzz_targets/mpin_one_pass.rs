//! One-pass logins and signatures as a state machine: sent, sent again, late, early, damaged, taken for one another. One
//! counts if and only if it is fresh, timely, right and as it was sent.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{ChannelBinding, MemoryReplayStore, OnePassProof, Signature, Verifier};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| WORLD.verifier(false, false));

/// As in `Policy::new`.
const WINDOW: u64 = 60;
const SKEW: u64 = 5;

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    Make {
        wrong_pin: Option<u16>,
        ahead: i8,
        message: Option<Vec<u8>>,
    },
    Wait(u8),
    Send {
        which: u8,
        as_other_kind: bool,
        damage: Option<Damage>,
    },
}

/// What was made: bytes, time, whether the PIN was right, and the message of a signature.
struct Made(Vec<u8>, u64, bool, Option<Vec<u8>>);

fuzz_target!(|input: (u64, Vec<Step>)| {
    let (seed, steps) = input;
    let mut rng = Seeded(seed);
    let store = MemoryReplayStore::new(1000);
    let mut now = NOW;
    let mut made: Vec<Made> = Vec::new();
    let mut taken = BTreeSet::new();
    for step in steps.into_iter().take(16) {
        match step {
            Step::Make {
                wrong_pin,
                ahead,
                message,
            } => {
                let pin = wrong_pin.map_or(PIN, |pin| pin % 10_000);
                let time = now.saturating_add_signed(ahead.into());
                let bytes = make(&mut rng, pin, time, message.as_deref());
                made.push(Made(bytes, time, pin == PIN, message));
            }
            Step::Wait(seconds) => now += u64::from(seconds % 32),
            Step::Send {
                which,
                as_other_kind,
                damage,
            } => {
                let which = usize::from(which) % made.len().max(1);
                let Some(Made(valid, time, right, message)) = made.get(which) else {
                    continue;
                };
                let bytes = damage.map_or(valid.clone(), |damage| damage.apply(valid));
                let login = message.is_none() != as_other_kind;
                let message = message.as_deref().unwrap_or_default();
                let Some(ok) = send(&store, &bytes, login.then_some(()).ok_or(message), now) else {
                    assert!(as_other_kind || bytes != *valid);
                    continue;
                };
                let timely = time + WINDOW >= now && *time <= now + SKEW;
                let expected = !as_other_kind && bytes == *valid && *right && timely;
                assert_eq!(ok, expected && !taken.contains(&which));
                if ok {
                    taken.insert(which);
                }
            }
        }
    }
});

fn make(rng: &mut Seeded, pin: u16, time: u64, message: Option<&[u8]>) -> Vec<u8> {
    let (secret, target) = (WORLD.unlock(pin), &WORLD.target);
    match message {
        None => secret
            .prove_one_pass(rng, target, time, None)
            .expect("no permit")
            .to_bytes(),
        Some(message) => secret
            .sign(rng, target, (time, message), None)
            .expect("no permit")
            .to_bytes(),
    }
}

/// Whether it counts as a login, or as a signature on the message; `None` if it is no such thing.
fn send(
    store: &MemoryReplayStore,
    bytes: &[u8],
    login: Result<(), &[u8]>,
    now: u64,
) -> Option<bool> {
    let binding = &ChannelBinding::None;
    match login {
        Ok(()) => {
            let proof = OnePassProof::from_bytes(bytes).ok()?;
            assert_eq!(proof.to_bytes(), bytes);
            Some(
                VERIFIER
                    .verify_one_pass(store, &proof, binding, now)
                    .is_ok(),
            )
        }
        Err(message) => {
            let signature = Signature::from_bytes(bytes).ok()?;
            assert_eq!(signature.to_bytes(), bytes);
            let signed = (&signature, message);
            Some(
                VERIFIER
                    .verify_signature(store, signed, binding, now)
                    .is_ok(),
            )
        }
    }
}
