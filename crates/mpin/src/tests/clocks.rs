//! Clocks that jump, ledgers that start again, and windows that grow.

use milagro_base::Seconds;
use milagro_ledger::{LocalLedger as _, Refused, Unspent, memory::MemoryLedger};

use super::fixture::{End, NOW, World, alice, factors, open_policy, rng};

use crate::keys::ClientSecret;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::encoding::{LoginProof, Signature};
use crate::proof::fresh::{CHALLENGE_MAX, SKEW, WINDOW_MAX};
use crate::server::outcome::Signed;
use crate::server::policy::{PermitPolicy, Policy};
use crate::server::reason::Reason;
use crate::server::verifier::{Verifier, WrongLedger};

const DAY: Seconds = Seconds::days(1);

fn second() -> Seconds {
    Seconds::new(1)
}

fn at(world: &World, secret: &ClientSecret, time: Seconds) -> LoginProof {
    secret.login(&world.target()).at(&mut rng(), time).unwrap()
}

impl World {
    /// The same server with another policy.
    fn replica(&self, policy: Policy) -> Self {
        self.over(policy, self.ledger.id()).unwrap()
    }

    fn over(&self, policy: Policy, found: milagro_ledger::LedgerId) -> Result<Self, WrongLedger> {
        let key = self.master.issue_server(&self.server);
        let key = key.belonging_to(self.ledger.id());
        let verifier = Verifier::new(self.domain, &key, found, policy)?;
        let ledger = MemoryLedger::init(&mut rng(), 1, NOW);
        let master = crate::MasterSecret::from_bytes(&self.master.to_bytes()).unwrap();
        Ok(Self {
            verifier: alloc::sync::Arc::new(verifier),
            ledger,
            master,
            domain: self.domain,
            server: self.server.clone(),
        })
    }

    fn log_in_on(
        &self,
        ledger: &MemoryLedger,
        proof: &LoginProof,
        now: Seconds,
    ) -> Result<(), End> {
        let admitted = self.verifier.admit(&mut rng(), proof, Self::arrival(now))?;
        let paid = admitted.spend_local(ledger, now)?;
        let login = self.verifier.check(&mut rng(), paid, now)?;
        let _login = login.spend_local(ledger, now)?;
        Ok(())
    }

    fn signed(&self, signature: &Signature, now: Seconds) -> Result<Signed, End> {
        let arrival = Self::arrival(now);
        let admitted =
            self.verifier
                .admit_signature(&mut rng(), signature, b"pay 5 to bob", arrival)?;
        let paid = admitted.spend_local(&self.ledger, now)?;
        let signed = self.verifier.check_signature(&mut rng(), paid, now)?;
        Ok(signed.spend_local(&self.ledger, now)?.into_value())
    }
}

/// How old and how far ahead things may be, to the second, and nothing overflows at the ends of time.
#[test]
fn the_edges_of_every_window() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let policy = *world.verifier.policy();
    let (age, window, skew) = (policy.challenge_lifetime, policy.window, policy.skew);
    for (now, reason) in [
        (NOW, None),
        (NOW.plus(age), None),
        (NOW.plus(age).plus(second()), Some(Reason::ChallengeAge)),
        (NOW.minus(skew), None),
        (NOW.minus(skew).minus(second()), Some(Reason::ChallengeAge)),
        (Seconds::ZERO, Some(Reason::ChallengeAge)),
        (Seconds::MAX, Some(Reason::ChallengeAge)),
    ] {
        let verdict = world.log_in_at(&world.prove(&secret, None), now);
        assert_eq!(verdict.err(), reason.map(End::Rejected), "{now}");
    }
    for (time, reason) in [
        (NOW.minus(window).minus(second()), Some(Reason::Time)),
        (NOW.minus(window), None),
        (NOW.plus(skew), None),
        (NOW.plus(skew).plus(second()), Some(Reason::Time)),
        (Seconds::ZERO, Some(Reason::Time)),
        (Seconds::MAX, Some(Reason::Time)),
        (Seconds::new(1 << 63), Some(Reason::Time)),
    ] {
        let verdict = world.log_in(&at(&world, &secret, time));
        assert_eq!(verdict.err(), reason.map(End::Rejected), "{time}");
    }
    let proof = at(&world, &secret, Seconds::MAX);
    let verdict = world.log_in_at(&proof, Seconds::MAX).unwrap_err();
    assert_eq!(verdict, End::Rejected(Reason::Time));
}

/// No policy takes what the protocol's constants do not.
#[test]
fn no_policy_is_wider_than_the_protocol() {
    let world = World::with_policy(Policy {
        challenge_lifetime: Seconds::MAX,
        window: Seconds::MAX,
        skew: Seconds::MAX,
        ..open_policy()
    });
    let secret = world.master.issue_client(&alice());
    for (now, ok) in [
        (NOW.plus(CHALLENGE_MAX), true),
        (NOW.plus(CHALLENGE_MAX).plus(second()), false),
        (NOW.minus(SKEW), true),
        (NOW.minus(SKEW).minus(second()), false),
    ] {
        let verdict = world.log_in_at(&world.prove(&secret, None), now);
        assert_eq!(verdict.is_ok(), ok, "{now}");
        let verdict = world.log_in_at(&at(&world, &secret, NOW), now);
        assert_eq!(verdict.is_ok(), ok, "{now}");
    }
    assert_eq!(WINDOW_MAX, CHALLENGE_MAX);
}

/// What counts once counts once, whatever the clock does in between.
#[test]
fn clock_table() {
    let jumps: [(&str, &[Seconds]); 5] = [
        ("still", &[]),
        ("ahead and back", &[NOW.plus(Seconds::minutes(2))]),
        (
            "days ahead and back",
            &[NOW.plus(DAY), NOW.plus(Seconds::days(30))],
        ),
        ("behind", &[NOW.minus(DAY)]),
        ("the end of time", &[Seconds::MAX]),
    ];
    for (name, times) in jumps {
        for forget in [false, true] {
            let world = World::without_permits();
            let secret = world.master.issue_client(&alice());
            let proofs = [world.prove(&secret, None), at(&world, &secret, NOW)];
            for proof in &proofs {
                assert!(world.log_in(proof).is_ok());
            }
            for time in times {
                // Somebody else logs in while the clock is wrong.
                let other = world.master.issue_client(&Identity::raw(b"other").unwrap());
                let _refused_or_not = world.log_in_at(&at(&world, &other, *time), *time);
            }
            if forget {
                world.ledger.forget();
            }
            for proof in &proofs {
                let again = world.log_in_at(proof, NOW.plus(Seconds::new(10)));
                assert!(
                    matches!(again, Err(End::Exhausted | End::Over)),
                    "{name}: {again:?}"
                );
            }
            // Attempts count on, and nobody waits for the clock.
            let token = world.token(&alice(), &factors("1234"));
            let wrong = token.unlock(&factors("1235")).unwrap();
            for _ in 0..5 {
                assert_eq!(world.refusal(&world.prove(&wrong, None)), Reason::Proof);
            }
            let verdict = world.log_in(&world.prove(&secret, None));
            assert_eq!(verdict.unwrap_err(), End::Exhausted, "{name}");
        }
    }
}

/// Permits under a clock that jumps: the server's epoch counts, and admitted is not yet checked.
#[test]
fn clock_table_of_permits() {
    let epochs = EpochPolicy::DAILY;
    let world = World::new(PermitPolicy::Personal(epochs));
    let secret = world.master.issue_client(&alice());
    let epoch = Epoch::at(NOW, epochs.length);
    let permit = world.permit(PermitLabel::Personal { epoch }, &alice());
    let start = epoch.start(epochs.length);
    let end = epoch.next().start(epochs.length);
    for (now, ok) in [
        (start.minus(epochs.skew), true),
        (start.minus(epochs.skew).minus(second()), false),
        (end.plus(epochs.grace).minus(second()), true),
        (end.plus(epochs.grace), false),
        (NOW.plus(Seconds::days(365)), false),
        (NOW, true),
    ] {
        let target = world.target();
        let challenge = world.verifier.challenge(&mut rng(), now);
        let login = secret.login(&target).permit(&permit);
        let proof = login.answer(&mut rng(), challenge).unwrap();
        let verdict = world.log_in_at(&proof, now).err();
        let expected = (!ok).then_some(End::Rejected(Reason::PermitEpoch));
        assert_eq!(verdict, expected, "{now}");
    }
    // Admitted in the last second of the grace and checked in the next: refused, and given back.
    let now = end.plus(epochs.grace).minus(second());
    let challenge = world.verifier.challenge(&mut rng(), now);
    let target = world.target();
    let login = secret.login(&target).permit(&permit);
    let proof = login.answer(&mut rng(), challenge).unwrap();
    let paid = world.paid(&proof, World::arrival(now)).unwrap();
    let refused = world
        .verifier
        .check(&mut rng(), paid, now.plus(second()))
        .unwrap_err();
    assert_eq!(refused.reason(), Reason::PermitEpoch);
    refused.give_back_local(&world.ledger);
    let account = world.verifier.attempts_of(&alice());
    assert_eq!(world.ledger.usage(&[account]).unwrap()[0].used, 0);
}

/// A proof that a narrow window took, and a wide one over the same ledger.
#[test]
fn wider_window_brings_nothing_back() {
    let narrow = World::without_permits();
    let wide = narrow.replica(Policy {
        challenge_lifetime: CHALLENGE_MAX,
        window: WINDOW_MAX,
        skew: SKEW,
        ..open_policy()
    });
    let secret = narrow.master.issue_client(&alice());
    let proofs = [narrow.prove(&secret, None), at(&narrow, &secret, NOW)];
    for proof in &proofs {
        assert!(narrow.log_in(proof).is_ok());
    }
    for later in [100, 300, 600] {
        let now = NOW.plus(Seconds::new(later));
        for proof in &proofs {
            let again = wide.log_in_on(&narrow.ledger, proof, now).unwrap_err();
            assert_eq!(again, End::Exhausted, "{later}");
        }
    }
    let order = secret
        .login(&narrow.target())
        .sign(&mut rng(), NOW, b"pay 5 to bob")
        .unwrap();
    assert_eq!(narrow.signed(&order, NOW).unwrap().time(), NOW);
    assert_eq!(narrow.signed(&order, NOW).unwrap_err(), End::Exhausted);
}

#[test]
fn replayed_proofs_log_in_once() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let before = world.ledger.snapshot();
    let proofs = [world.prove(&secret, None), at(&world, &secret, NOW)];
    let replica = world.replica(open_policy());
    for proof in &proofs {
        // The same claims: the caller's own repeated call. Other claims, here and on another machine: a replay.
        let paid = world.paid(proof, World::arrival(NOW)).unwrap();
        let login = world.verifier.check(&mut rng(), paid, NOW).unwrap();
        assert!(login.spend_local(&world.ledger, NOW).is_ok());
        assert_eq!(world.log_in(proof).unwrap_err(), End::Exhausted);
        let elsewhere = replica.log_in_on(&world.ledger, proof, NOW);
        assert_eq!(elsewhere.unwrap_err(), End::Exhausted);
    }
    // Two that are checked at the same time: one is spent.
    let raced = at(&world, &secret, NOW);
    let [one, two] = [(); 2].map(|()| {
        let paid = world.paid(&raced, World::arrival(NOW)).unwrap();
        world.verifier.check(&mut rng(), paid, NOW).unwrap()
    });
    assert!(one.spend_local(&world.ledger, NOW).is_ok());
    let two = two.spend_local(&world.ledger, NOW);
    assert!(matches!(two, Err(Refused::Exhausted)));

    // A ledger of another id, on which nothing of this was ever spent: neither move is paid there.
    let empty = MemoryLedger::init(&mut rng(), 100, Seconds::ZERO);
    for proof in &proofs {
        let admit = || world.verifier.admit(&mut rng(), proof, World::arrival(NOW));
        let elsewhere = admit().unwrap().spend_local(&empty, NOW);
        assert!(matches!(elsewhere, Err(Refused::Elsewhere(_))));
        let paid = admit().unwrap().spend_local(&world.ledger, NOW).unwrap();
        let charges = paid.charges().map(|(charge, _)| *charge).collect();
        let relocked = Unspent::new(paid.into_value(), charges);
        let paid = relocked.spend_local(&empty, NOW).unwrap();
        let refused = world.verifier.check(&mut rng(), paid, NOW).unwrap_err();
        assert_eq!(refused.reason(), Reason::Misdirected);
        let paid = admit().unwrap().spend_local(&world.ledger, NOW).unwrap();
        let login = world.verifier.check(&mut rng(), paid, NOW).unwrap();
        let elsewhere = login.spend_local(&empty, NOW);
        assert!(matches!(elsewhere, Err(Refused::Elsewhere(_))));
    }

    // Over a ledger of another id the server does not start.
    let empty = MemoryLedger::init(&mut rng(), 100, NOW);
    let restored = MemoryLedger::restore(&mut rng(), before, NOW);
    for other in [&empty, &restored] {
        let refused = world.over(open_policy(), other.id());
        assert_eq!(refused.err(), Some(WrongLedger));
    }
    // An operator who moves the key over brings nothing back: challenges are of another ledger, and what may have
    // been used before the ledger was born is over.
    for other in [empty, restored] {
        let key = world.master.issue_server(&world.server);
        let key = key.belonging_to(other.id());
        let verifier = Verifier::new(world.domain, &key, other.id(), open_policy()).unwrap();
        let moved = World {
            verifier: alloc::sync::Arc::new(verifier),
            ledger: other,
            ..world.replica(open_policy())
        };
        let verdicts = proofs.each_ref().map(|proof| moved.log_in(proof));
        let [challenge, one_pass] = verdicts.map(Result::unwrap_err);
        assert_eq!(challenge, End::Rejected(Reason::Challenge));
        assert_eq!(one_pass, End::Over);
    }
}

/// One challenge, two names: a stranger uses up nobody's.
#[test]
fn a_challenge_counts_by_identity() {
    let world = World::without_permits();
    let challenge = world.challenge();
    let again = crate::Challenge(challenge.0);
    let target = world.target();
    let mallory = world
        .master
        .issue_client(&Identity::raw(b"mallory").unwrap());
    let stolen = mallory.login(&target).answer(&mut rng(), again).unwrap();
    assert!(world.log_in(&stolen).is_ok());
    let secret = world.master.issue_client(&alice());
    let proof = secret.login(&target).answer(&mut rng(), challenge).unwrap();
    assert!(world.log_in(&proof).is_ok());
}
