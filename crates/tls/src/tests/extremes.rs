//! Times and policies at their ends: nothing overflows, and nobody gets in who should not.

use milagro_base::Seconds;
use milagro_mpin::names::{Epoch, EpochLength, EpochPolicy};

use super::fixture::{NOW, master, rng};
use crate::admission::{Anyone, IdentityVerifier, Refusal, Side};
use crate::keys::{PairMaster, Psk};
use crate::names::{Principal, Role};
use crate::psk::{PskError, PskForm, PskInitiator, PskResponder};
use crate::renewal::{Renewal, Step};

/// Lengths, times of grace and skews from nothing to everything.
fn policies() -> Vec<EpochPolicy> {
    let seconds = [0, 1, 60, 86_400, 1 << 40, u64::MAX];
    let mut policies = Vec::new();
    for length in seconds {
        let Some(length) = EpochLength::new(Seconds::new(length)) else {
            continue;
        };
        for grace in seconds {
            for skew in seconds {
                policies.push(EpochPolicy {
                    length,
                    grace: Seconds::new(grace),
                    skew: Seconds::new(skew),
                });
            }
        }
    }
    policies
}

const TIMES: [Seconds; 5] = [
    Seconds::ZERO,
    Seconds::new(1),
    NOW,
    Seconds::new(u64::MAX - 1),
    Seconds::MAX,
];

const EPOCHS: [Epoch; 5] = [
    Epoch(0),
    Epoch(1),
    Epoch(20_833),
    Epoch(u64::MAX - 1),
    Epoch(u64::MAX),
];

/// The rule in numbers that do not overflow.
fn counts(policy: EpochPolicy, epoch: Epoch, now: Seconds) -> bool {
    let [length, grace, skew] = [policy.length.seconds(), policy.grace, policy.skew]
        .map(|seconds| u128::from(seconds.get()));
    let (epoch, now) = (u128::from(epoch.0), u128::from(now.get()));
    let start = epoch * length;
    now + skew >= start && now < start + length + grace
}

#[test]
fn policies_without_bounds() {
    let master = master();
    let alice = Principal::new(master.domain(), Role::Client, "alice").unwrap();
    assert!(policies().len() >= 36);
    for policy in policies() {
        let verifier = IdentityVerifier::new(master.anchor(), policy, Anyone);
        for epoch in EPOCHS {
            for now in TIMES {
                let verdict = verifier.check(&alice.at(epoch), Side::Client, now);
                // What ends after the last second of all has no end.
                let unbounded = now == Seconds::MAX && verdict.is_ok();
                let expected = counts(policy, epoch, now);
                assert!(
                    verdict.is_ok() == expected || unbounded,
                    "{policy:?} {epoch:?} {now:?} {verdict:?}"
                );
                if let Err(refusal) = verdict {
                    let known = [Refusal::Expired, Refusal::NotYetValid];
                    assert!(known.contains(&refusal));
                }
                for outage in [Seconds::ZERO, NOW, Seconds::MAX] {
                    let step = Renewal::new(policy, outage).step(epoch, now);
                    if let Step::Fetch { epoch: next, .. } | Step::Warn { epoch: next, .. } = step {
                        assert!(next > epoch);
                    }
                }
            }
        }
    }
}

/// Keys of the first and the last epoch, under every clock: who has no key for now has none.
#[test]
fn keys_of_the_first_and_the_last_epoch() {
    let master = PairMaster::<Psk>::random(&mut rng(), "example");
    let named = |role, name| Principal::new(master.domain(), role, name).unwrap();
    let (alice, bob) = (named(Role::Client, "alice"), named(Role::Server, "bob"));
    let first = |epoch| {
        let issued = master.issue(&mut rng(), &alice.at(epoch)).unwrap();
        issued.accept(&master.anchor()).unwrap()
    };
    let policy = EpochPolicy::DAILY;
    for form in [PskForm::WithEpoch, PskForm::Lasting] {
        let client = PskInitiator::new(first(Epoch(0)), policy, 1).with_form(form);
        let key = |epoch| master.issue_responder(&bob.at(epoch)).unwrap();
        let server = PskResponder::new(key(Epoch(0)), policy, 1, Anyone);
        for now in TIMES {
            client.install(first(Epoch(u64::MAX)), now).unwrap();
            server.install(key(Epoch(u64::MAX)), now).unwrap();
            let _ = client.renewal(Seconds::MAX, now);
            let psk = match client.external(&bob, now) {
                Ok(psk) => psk,
                Err(error) => {
                    assert_eq!(error, PskError::NoKey, "{now:?}");
                    continue;
                }
            };
            let theirs = server.external(psk.identity().as_str().as_bytes(), now);
            assert_eq!(theirs.unwrap().key(), psk.key(), "{now:?}");
        }
        client.expire(Seconds::MAX);
        server.expire(Seconds::MAX);
    }
}
