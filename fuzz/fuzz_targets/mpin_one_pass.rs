//! One-pass logins and signatures as a state machine: sent, sent again, late, early, damaged, taken for one another. One
//! counts if and only if it is fresh, timely, right and as it was sent.

#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{NOW, PIN, World, arrival, ledger, log_in, spend};
use milagro_fuzz::{Damage, Seeded};
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::client::Signature;
use milagro_mpin::{ChannelBinding, LoginProof, Seconds, Verifier};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| WORLD.verifier(false));

/// As in `Policy::new`.
const WINDOW: Seconds = Seconds::new(60);
const SKEW: Seconds = Seconds::new(5);

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
struct Made(Vec<u8>, Seconds, bool, Option<Vec<u8>>);

fuzz_target!(|input: (u64, Vec<Step>)| {
    let (seed, steps) = input;
    let mut rng = Seeded(seed);
    let ledger = ledger();
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
                let time = Seconds::new(now.get().saturating_add_signed(ahead.into()));
                let bytes = make(&mut rng, pin, time, message.as_deref());
                made.push(Made(bytes, time, pin == PIN, message));
            }
            Step::Wait(seconds) => now = now.plus(Seconds::new(u64::from(seconds % 32))),
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
                let ok = if login {
                    send(&mut rng, &ledger, &bytes, now)
                } else {
                    send_signed(&mut rng, &ledger, (&bytes, message), now)
                };
                let Some(ok) = ok else {
                    assert!(as_other_kind || bytes != *valid);
                    continue;
                };
                let timely = time.plus(WINDOW) >= now && *time <= now.plus(SKEW);
                let expected = !as_other_kind && bytes == *valid && *right && timely;
                assert_eq!(ok, expected && !taken.contains(&which));
                if ok {
                    taken.insert(which);
                }
            }
        }
    }
});

fn make(rng: &mut Seeded, pin: u16, time: Seconds, message: Option<&[u8]>) -> Vec<u8> {
    let secret = WORLD.unlock(pin);
    let login = secret.login(&WORLD.target);
    match message {
        None => login.at(rng, time).expect("no permit").to_bytes(),
        Some(message) => login
            .sign(rng, time, message)
            .expect("no permit")
            .to_bytes(),
    }
}

/// Whether it counts as a login; `None` if it is no such thing.
fn send(rng: &mut Seeded, ledger: &MemoryLedger, bytes: &[u8], now: Seconds) -> Option<bool> {
    let proof = LoginProof::from_bytes(bytes).ok()?;
    assert_eq!(proof.to_bytes(), bytes);
    let arrival = arrival(&ChannelBinding::None, now);
    Some(log_in(rng, (&VERIFIER, ledger), &proof, arrival).is_ok())
}

/// Whether it counts as a signature on the message.
fn send_signed(
    rng: &mut Seeded,
    ledger: &MemoryLedger,
    (bytes, message): (&[u8], &[u8]),
    now: Seconds,
) -> Option<bool> {
    let signature = Signature::from_bytes(bytes).ok()?;
    assert_eq!(signature.to_bytes(), bytes);
    let arrival = arrival(&ChannelBinding::None, now);
    let Ok(admitted) = VERIFIER.admit_signature(rng, &signature, message, arrival) else {
        return Some(false);
    };
    let paid = spend(admitted, ledger, now).ok()?;
    let Ok(signed) = VERIFIER.check_signature(rng, paid, now) else {
        return Some(false);
    };
    Some(spend(signed, ledger, now).is_ok())
}
