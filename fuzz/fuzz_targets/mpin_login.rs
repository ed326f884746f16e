//! The login as a state machine: challenges, answers and time in any order. A login ends well if and only if its
//! challenge is the server's, of age and not answered yet, attempts are left, the PIN, the permit and the channel are right,
//! and the message arrives as it was sent.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::mpin::{End, NOW, PIN, World, arrival, ledger, log_in};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::names::{Epoch, EpochPolicy};
use milagro_mpin::permit::{Leaf, PermitLabel};
use milagro_mpin::server::{AttemptPolicy, PermitPolicy, Policy, Reason};
use milagro_mpin::{Challenge, ChannelBinding, LoginProof, Seconds, Target, Verifier};

const LIFETIME: Seconds = Seconds::new(60);
const ATTEMPTS: u32 = 3;

#[derive(Debug, arbitrary::Arbitrary)]
enum Step {
    Challenge,
    Wait(u16),
    Answer {
        which: u8,
        wrong_pin: Option<u16>,
        permit: Label,
        sent: u8,
        seen: u8,
        damage: Option<Damage>,
    },
}

#[derive(Clone, Copy, Debug, arbitrary::Arbitrary)]
enum Label {
    None,
    Personal { ahead: i8 },
    Cover { ahead: i8, around: bool },
}

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static VERIFIERS: LazyLock<[(PermitPolicy, Verifier); 4]> = LazyLock::new(|| {
    let daily = EpochPolicy::DAILY;
    let policies = [
        PermitPolicy::NoPermits,
        PermitPolicy::Personal(daily),
        PermitPolicy::Cover(daily),
        PermitPolicy::PersonalOrCover(daily),
    ];
    policies.map(|permits| {
        let policy = Policy {
            challenge_lifetime: LIFETIME,
            attempts: AttemptPolicy {
                short: ATTEMPTS,
                ..AttemptPolicy::DEFAULT
            },
            ..Policy::new(permits)
        };
        (permits, WORLD.verifier_with(policy))
    })
});

/// A challenge that was handed out: its bytes, its last second, whether a login was made with it.
struct Open([u8; Challenge::LEN], Seconds, bool);

fuzz_target!(|input: (u8, u32, Vec<Step>)| {
    let (policy, start, steps) = input;
    let (permits, verifier) = &VERIFIERS[usize::from(policy) % VERIFIERS.len()];
    let mut rng = Seeded(u64::from(start));
    let ledger = ledger();
    let mut now = NOW.plus(Seconds::new(start.into()));
    let mut open: Vec<Open> = Vec::new();
    let mut failures = 0;
    for step in steps.into_iter().take(24) {
        match step {
            Step::Challenge => {
                let challenge = verifier.challenge(&mut rng, now);
                open.push(Open(challenge.to_bytes(), now.plus(LIFETIME), false));
            }
            Step::Wait(seconds) => now = now.plus(Seconds::new(u64::from(seconds % 128))),
            Step::Answer {
                which,
                wrong_pin,
                permit,
                sent,
                seen,
                damage,
            } => {
                let pin = wrong_pin.map_or(PIN, |pin| pin % 10_000);
                let which = usize::from(which) % open.len().max(1);
                let Some(challenge) = open.get_mut(which) else {
                    continue;
                };
                let today = Epoch::at(now, EpochPolicy::DAILY.length);
                let (label, fits) = label(permit, today, permits, now);
                let Some(valid) = answer(&mut rng, challenge, pin, label, sent) else {
                    let (identity, domain) = (&WORLD.identity, &WORLD.target.domain);
                    assert!(label.is_some_and(|label| !label.covers(identity, domain)));
                    continue;
                };
                let bytes = damage.map_or(valid.clone(), |damage| damage.apply(&valid));
                let Ok(proof) = LoginProof::from_bytes(&bytes) else {
                    assert_ne!(bytes, valid);
                    continue;
                };
                let channel = binding(seen);
                let arrival = arrival(&channel, now);
                let verdict = log_in(&mut rng, (verifier, &ledger), &proof, arrival);
                let admitted = now <= challenge.1 && fits && binding(sent) == channel;
                let right = admitted && pin == PIN && bytes == valid;
                let left = failures < ATTEMPTS;
                assert_eq!(verdict.is_ok(), right && left && !challenge.2);
                // What goes under another name is counted under that name.
                let mine = proof.claimed_identity() == &WORLD.identity;
                match verdict {
                    Ok(_) => challenge.2 = true,
                    Err(End::Exhausted) => assert!(!mine || !left || (right && challenge.2)),
                    // Only a verdict about points is charged.
                    Err(End::Rejected(rejected)) => {
                        let about_points = matches!(
                            rejected.reason(),
                            Reason::Malformed | Reason::Opening | Reason::Proof
                        );
                        failures += u32::from(about_points && mine);
                        assert!(about_points || !right);
                    }
                }
            }
        }
    }
});

fn binding(value: u8) -> ChannelBinding {
    if value == 0 {
        ChannelBinding::None
    } else {
        ChannelBinding::TlsExporter([value; 32])
    }
}

/// The label that is asked for, and whether the policy takes it now.
fn label(
    label: Label,
    today: Epoch,
    policy: &PermitPolicy,
    now: Seconds,
) -> (Option<PermitLabel>, bool) {
    let epoch = |ahead: i8| Epoch(today.0.saturating_add_signed(i64::from(ahead)));
    let label = match label {
        Label::None => None,
        Label::Personal { ahead } => Some(PermitLabel::Personal {
            epoch: epoch(ahead),
        }),
        Label::Cover { ahead, around } => {
            let leaf = Leaf::of(&WORLD.identity, &WORLD.target.domain).0;
            let low = if around { leaf } else { leaf.saturating_add(1) };
            Some(PermitLabel::Cover {
                epoch: epoch(ahead),
                low: Leaf(low),
                high: Leaf(u128::MAX),
            })
        }
    };
    let current = |label: &PermitLabel| EpochPolicy::DAILY.accepts(label.epoch(), now);
    let fits = match (&label, policy) {
        (None, policy) => matches!(policy, PermitPolicy::NoPermits),
        (Some(label @ PermitLabel::Personal { .. }), PermitPolicy::Personal(_)) => current(label),
        (Some(label @ PermitLabel::Cover { .. }), PermitPolicy::Cover(_)) => current(label),
        (Some(label), PermitPolicy::PersonalOrCover(_)) => current(label),
        _ => false,
    };
    (label, fits)
}

/// An honest client's message, with the PIN and the permit that it was told to use.
fn answer(
    rng: &mut Seeded,
    open: &Open,
    pin: u16,
    label: Option<PermitLabel>,
    sent: u8,
) -> Option<Vec<u8>> {
    let World {
        master,
        target,
        identity,
        ..
    } = &*WORLD;
    let length = EpochPolicy::DAILY.length;
    let permit = label.map(|label| master.issue_permit(&target.domain, label, length, identity));
    let target = Target {
        binding: binding(sent),
        ..target.clone()
    };
    let challenge = Challenge::from_bytes(&open.0).expect("a challenge");
    let secret = WORLD.unlock(pin);
    let login = secret.login(&target);
    let login = match &permit {
        None => login,
        Some(permit) => login.permit(permit),
    };
    Some(login.answer(rng, challenge).ok()?.to_bytes())
}
