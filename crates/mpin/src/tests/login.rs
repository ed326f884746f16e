//! A valid login, a list of tweaks, the expected verdict.

use proptest::prelude::*;

use super::fixture::{NOW, World, alice, factors, rng};
use crate::client::factor::Factors;
use crate::client::passphrase::PassphraseParams;
use crate::client::pin::{Pin, PinLength};
use crate::names::binding::ChannelBinding;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::{Leaf, PermitLabel};
use crate::server::policy::PermitPolicy;
use crate::server::rejected::Reason;

#[test]
fn the_right_pin_logs_in_and_a_wrong_one_does_not() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("0042"));
    let secret = token.unlock(&factors("0042")).unwrap();
    let proof = world.prove(&secret, None);
    assert_eq!(world.verify(&proof).unwrap().identity(), &alice());
    for wrong in ["0043", "0000", "4200", "9999"] {
        let secret = token.unlock(&factors(wrong)).unwrap();
        let proof = world.prove(&secret, None);
        assert_eq!(world.verify(&proof).unwrap_err(), Reason::Proof, "{wrong}");
    }
}

#[derive(Clone, Debug)]
struct Case {
    identity: Identity,
    pin: u32,
    digits: u8,
    bytes: Vec<u8>,
    permit: u8,
    day: u64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Tweak {
    None,
    Pin,
    Factor,
    Identity,
    Epoch,
    Server,
    Binding,
}

fn case() -> impl Strategy<Value = Case> {
    (
        proptest::collection::vec(any::<u8>(), 1..1024),
        any::<u32>(),
        4_u8..=6,
        proptest::collection::vec(any::<u8>(), 0..40),
        0_u8..3,
        0_u64..1_000_000,
    )
        .prop_map(|(id, pin, digits, bytes, permit, day)| Case {
            identity: Identity::raw(&id).unwrap(),
            pin: pin % 10_u32.pow(digits.into()),
            digits,
            bytes,
            permit,
            day,
        })
}

fn tweak() -> impl Strategy<Value = Tweak> {
    prop_oneof![
        Just(Tweak::None),
        Just(Tweak::Pin),
        Just(Tweak::Factor),
        Just(Tweak::Identity),
        Just(Tweak::Epoch),
        Just(Tweak::Server),
        Just(Tweak::Binding),
    ]
}

impl Case {
    fn factors(&self, tweak: Tweak) -> Factors {
        let range = 10_u32.pow(self.digits.into());
        let pin = (self.pin + u32::from(tweak == Tweak::Pin)) % range;
        let digits = format!("{pin:0width$}", width = usize::from(self.digits));
        let pin = Pin::new(&digits, PinLength::new(self.digits).unwrap()).unwrap();
        let mut bytes = self.bytes.clone();
        if tweak == Tweak::Factor {
            bytes.push(0);
        }
        Factors::pin(pin).with_bytes("device", &bytes).unwrap()
    }

    fn policy(&self) -> PermitPolicy {
        match self.permit {
            0 => PermitPolicy::NoPermits,
            1 => PermitPolicy::Personal(EpochPolicy::DAILY),
            _ => PermitPolicy::Cover(EpochPolicy::DAILY),
        }
    }

    fn label(&self, world: &World, tweak: Tweak) -> Option<PermitLabel> {
        let epoch = Epoch(self.day + u64::from(tweak == Tweak::Epoch));
        let leaf = Leaf::of(&self.identity, &world.domain);
        match self.permit {
            0 => None,
            1 => Some(PermitLabel::Personal { epoch }),
            _ => Some(PermitLabel::Cover {
                epoch,
                low: Leaf(leaf.0 / 2),
                high: Leaf(leaf.0.saturating_add(1 << 64)),
            }),
        }
    }

    fn run(&self, tweak: Tweak) -> bool {
        let world = World::new(self.policy());
        let token = world.token(&self.identity, &self.factors(Tweak::None));
        let token = crate::client::token::Token::from_bytes(&token.to_bytes()).unwrap();
        let secret = token.unlock(&self.factors(tweak)).unwrap();
        let permit = self
            .label(&world, tweak)
            .map(|label| world.permit(label, &self.identity));
        let now = self.day * 86_400 + 43_200;
        let mut target = world.target();
        if tweak == Tweak::Server {
            target.server = crate::names::server::ServerId::new(b"other.example.com").unwrap();
        }
        if tweak == Tweak::Binding {
            target.binding = ChannelBinding::TlsExporter([1; 32]);
        }
        let challenge = world.verifier.challenge(&mut rng(), &world.store, now);
        let mut proof = secret
            .prove(&mut rng(), &target, challenge, permit.as_ref())
            .unwrap();
        if tweak == Tweak::Identity {
            proof.statement.identity = Identity::raw(b"somebody else").unwrap();
        }
        let proof = crate::proof::encoding::LoginProof::from_bytes(&proof.to_bytes()).unwrap();
        let verdict = world
            .verifier
            .verify(&world.store, &proof, &ChannelBinding::None, now);
        verdict.is_ok_and(|login| login.identity() == &self.identity)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_case_logs_in_and_any_change_fails(case in case(), tweak in tweak()) {
        let harmless = tweak == Tweak::None || (tweak == Tweak::Epoch && case.permit == 0);
        prop_assert_eq!(case.run(tweak), harmless);
    }
}

#[test]
fn all_kinds_of_factors_together() {
    let world = World::without_permits();
    let params = PassphraseParams::new(64, 1, 1, [3; 16]).unwrap();
    let all = |pin: &str, phrase: &str, bytes: &[u8]| {
        factors(pin)
            .with_passphrase("phrase", phrase, params)
            .unwrap()
            .with_bytes("device", bytes)
            .unwrap()
    };
    let token = world.token(&alice(), &all("123456", "correct horse", b"key"));
    let cases = [
        ("123456", "correct horse", &b"key"[..], true),
        ("123457", "correct horse", b"key", false),
        ("123456", "correct horsf", b"key", false),
        ("123456", "correct horse", b"kez", false),
    ];
    for (pin, phrase, bytes, verdict) in cases {
        let secret = token.unlock(&all(pin, phrase, bytes)).unwrap();
        assert_eq!(
            world.verify(&world.prove(&secret, None)).is_ok(),
            verdict,
            "{pin} {phrase}"
        );
    }
    // The order in which factors are named does not matter.
    let reordered = factors("123456")
        .with_bytes("device", b"key")
        .unwrap()
        .with_passphrase("phrase", "correct horse", params)
        .unwrap();
    let secret = token.unlock(&reordered).unwrap();
    assert!(world.verify(&world.prove(&secret, None)).is_ok());
}

#[test]
fn the_pin_changes_without_the_authority() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let token = token
        .change_factors(&factors("1234"), &factors("987654"))
        .unwrap();
    let login = |digits: &str| {
        let secret = token.unlock(&factors(digits)).unwrap();
        world.verify(&world.prove(&secret, None)).is_ok()
    };
    assert!(login("987654"));
    assert!(!login("123412"));
    // A wrong old PIN sets one that nobody knows: here 1234 + (987654 - 987655).
    let token = token
        .change_factors(&factors("987655"), &factors("1234"))
        .unwrap();
    let login = |digits: &str| {
        let secret = token.unlock(&factors(digits)).unwrap();
        world.verify(&world.prove(&secret, None)).is_ok()
    };
    assert!(!login("1234"));
    assert!(login("1233"));
}

#[test]
fn a_channel_binding_must_be_that_of_this_connection() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let bindings = [
        ChannelBinding::None,
        ChannelBinding::TlsExporter([1; 32]),
        ChannelBinding::TlsExporter([2; 32]),
        ChannelBinding::TlsExporter([0; 32]),
    ];
    for (i, mine) in bindings.iter().enumerate() {
        for (j, theirs) in bindings.iter().enumerate() {
            let mut target = world.target();
            target.binding = *mine;
            let proof = secret
                .prove(&mut rng(), &target, world.challenge(), None)
                .unwrap();
            let verdict = world.verifier.verify(&world.store, &proof, theirs, NOW);
            assert_eq!(verdict.is_ok(), i == j);
        }
    }
}
