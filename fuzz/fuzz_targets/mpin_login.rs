//! The login as a state machine: challenges, answers and time in any order. A login ends well if and only if its
//! challenge is open, the PIN, the permit and the channel are right, and the message arrives as it was sent.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{arbitrary, fuzz_target};
use milagro_fuzz::{Damage, Seeded};
use milagro_mpin::{
    Challenge, ChannelBinding, Epoch, EpochPolicy, Factors, Identity, Leaf, LoginProof,
    MasterSecret, MemoryChallengeStore, PermitLabel, PermitPolicy, Pin, PinLength, Policy,
    ServerId, Target, Token, Verifier,
};

const LIFETIME: u64 = 60;
const PIN: u16 = 1234;

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

struct World {
    master: MasterSecret,
    target: Target,
    identity: Identity,
    token: Token,
    verifiers: Vec<(PermitPolicy, Verifier)>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let master = MasterSecret::random(&mut Seeded(1));
    let (domain, server) = (
        master.trust_domain("fuzz"),
        ServerId::new(b"server").expect("a name"),
    );
    let identity = Identity::raw(b"alice").expect("a name");
    let token = Token::new(domain, master.issue_client(&identity), &factors(PIN))
        .expect("something is left");
    let daily = EpochPolicy::DAILY;
    let policies = [
        PermitPolicy::NoPermits,
        PermitPolicy::Personal(daily),
        PermitPolicy::Cover(daily),
        PermitPolicy::PersonalOrCover(daily),
    ];
    let verifiers = policies.map(|permits| {
        let policy = Policy {
            challenge_lifetime: LIFETIME,
            ..Policy::new(permits)
        };
        (
            permits,
            Verifier::new(domain, &master.issue_server(&server), policy),
        )
    });
    let target = Target {
        domain,
        server,
        binding: ChannelBinding::None,
    };
    World {
        master,
        target,
        identity,
        token,
        verifiers: verifiers.into(),
    }
});

/// A challenge that was handed out: its bytes, when it ends, whether it was used.
struct Open([u8; Challenge::LEN], u64, bool);

fuzz_target!(|input: (u8, u32, Vec<Step>)| {
    let (policy, start, steps) = input;
    let (permits, verifier) = &WORLD.verifiers[usize::from(policy) % WORLD.verifiers.len()];
    let store = MemoryChallengeStore::new(1000);
    let mut rng = Seeded(u64::from(start));
    let mut now = 1_800_000_000 + u64::from(start);
    let mut open: Vec<Open> = Vec::new();
    for step in steps.into_iter().take(24) {
        match step {
            Step::Challenge => {
                let challenge = verifier.challenge(&mut rng, &store, now);
                open.push(Open(challenge.to_bytes(), now + LIFETIME, false));
            }
            Step::Wait(seconds) => now += u64::from(seconds % 128),
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
                    assert!(
                        label.is_some_and(
                            |label| !label.covers(&WORLD.identity, &WORLD.target.domain)
                        )
                    );
                    continue;
                };
                let bytes = damage.map_or(valid.clone(), |damage| damage.apply(&valid));
                let Ok(proof) = LoginProof::from_bytes(&bytes) else {
                    assert_ne!(bytes, valid);
                    continue;
                };
                let verdict = verifier.verify(&store, &proof, &binding(seen), now);
                let fresh = !challenge.2 && now < challenge.1;
                let right = fresh && fits && pin == PIN && binding(sent) == binding(seen);
                assert_eq!(verdict.is_ok(), right && bytes == valid);
                if proof.to_bytes()[2..34] == challenge.0[1..] {
                    challenge.2 = true;
                }
            }
        }
    }
});

fn factors(pin: u16) -> Factors {
    Factors::pin(Pin::new(&format!("{pin:04}"), PinLength::FOUR).expect("four digits"))
}

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
    now: u64,
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
        token,
        ..
    } = &*WORLD;
    let secret = token.unlock(&factors(pin)).expect("a PIN of four digits");
    let length = EpochPolicy::DAILY.length;
    let permit = label.map(|label| master.issue_permit(&target.domain, label, length, identity));
    let target = Target {
        binding: binding(sent),
        ..target.clone()
    };
    let challenge = Challenge::from_bytes(&open.0).expect("a challenge");
    let proof = secret
        .prove(rng, &target, challenge, permit.as_ref())
        .ok()?;
    Some(proof.to_bytes())
}
