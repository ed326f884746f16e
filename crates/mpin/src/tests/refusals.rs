//! Logins that must be refused, each with its reason, and as soon as it is known.

use milagro_curve::{G1Sum, SecretScalar, hash::hash_to_g1, loose::E1Point};
use milagro_ledger::LocalLedger as _;

use super::fixture::{End, NONE, NOW, World, alice, factors, rng, tweak};
use super::forge::{Forgery, Parts, blank};
use crate::client::login::Target;
use crate::keys::MasterSecret;
use crate::names::binding::ChannelBinding;
use crate::names::server::ServerId;
use crate::proof::count::products;
use crate::proof::encoding::{LoginProof, Signature};
use crate::proof::tags;
use crate::server::admit::Arrival;
use crate::server::device::Attempts;
use crate::server::policy::{Freshness, PermitPolicy, Policy};
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;

fn patient() -> World {
    World::patient(PermitPolicy::NoPermits)
}

fn good(world: &World) -> LoginProof {
    world.prove(&world.master.issue_client(&alice()), None)
}

/// An operator can tell what was aimed at somebody else, before an attempt is charged.
#[test]
fn wrong_domains_servers_and_channels_are_told_apart() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let here = world.target();
    let exporter = ChannelBinding::TlsExporter([1; 32]);
    let elsewhere = |reason| match reason {
        Reason::Domain => Target {
            domain: world.master.trust_domain("another"),
            ..here.clone()
        },
        Reason::Server => Target {
            server: ServerId::new(b"server.example.con").unwrap(),
            ..here.clone()
        },
        _ => Target {
            binding: exporter,
            ..here.clone()
        },
    };
    for reason in [Reason::Domain, Reason::Server, Reason::Binding] {
        let target = elsewhere(reason);
        let login = secret.login(&target);
        let proof = login.answer(&mut rng(), world.challenge()).unwrap();
        assert_eq!(world.refusal(&proof), reason);
        let proof = secret.login(&target).at(&mut rng(), NOW).unwrap();
        assert_eq!(world.refusal(&proof), reason);
        // Whoever lies about it is refused as well, later.
        let mut lie = proof.clone();
        let honest = secret.login(&here).at(&mut rng(), NOW).unwrap();
        lie.0.aim = honest.0.aim;
        let account = world.verifier.attempts_of(&alice());
        assert_eq!(world.refusal(&lie), Reason::Opening);
        world.ledger.clear(&[account]).unwrap();
    }
    assert!(world.log_in(&good(&world)).is_ok());
    // Each binding is good over its own channel alone.
    let bindings = [
        NONE,
        exporter,
        ChannelBinding::Context([1; 32]),
        ChannelBinding::TlsExporter([2; 32]),
    ];
    for (i, binding) in bindings.iter().enumerate() {
        let target = Target {
            binding: *binding,
            ..here.clone()
        };
        let proof = secret
            .login(&target)
            .answer(&mut rng(), world.challenge())
            .unwrap();
        for (j, channel) in bindings.iter().enumerate() {
            let attempts = Attempts::PerIdentityStrangersCanLockOut;
            let arrival = Arrival::new(channel, attempts, NOW);
            let verdict = world.verifier.admit(&mut rng(), &proof, arrival);
            let reason = verdict.err().map(|rejected| rejected.reason());
            assert_eq!(reason, (i != j).then_some(Reason::Binding));
        }
    }
}

/// Two messages to the same place have nothing in common by which they could be linked.
#[test]
fn aims_do_not_repeat() {
    let world = World::without_permits();
    let (one, two) = (good(&world), good(&world));
    assert_ne!(one.0.aim.domain, two.0.aim.domain);
    assert_ne!(one.0.aim.server, two.0.aim.server);
    assert_ne!(one.0.aim.binding, two.0.aim.binding);
}

#[test]
fn challenges_of_nobody_and_of_others() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let target = world.target();
    let answer = |bytes: &[u8]| {
        let challenge = crate::Challenge::from_bytes(bytes).unwrap();
        secret.login(&target).answer(&mut rng(), challenge).unwrap()
    };
    let bytes = world.challenge().to_bytes();
    for place in 1..bytes.len() {
        let mut other = bytes;
        other[place] ^= 1;
        let reason = world.refusal(&answer(&other));
        // A changed time is too far off, or its MAC is wrong.
        let age = reason == Reason::ChallengeAge && place < 9;
        assert!(age || reason == Reason::Challenge, "{place}");
    }
    let stranger = World::without_permits().challenge().to_bytes();
    assert_eq!(world.refusal(&answer(&stranger)), Reason::Challenge);
    assert!(world.log_in(&answer(&bytes)).is_ok());
    // What was charged is the use of the one challenge; the attempt came back.
    assert_eq!(world.ledger.len(), 1);
}

/// Refusals of the first move decode no point, pair nothing and charge nothing.
#[test]
fn cheap_checks_come_first() {
    let world = World::with_policy(Policy::new(PermitPolicy::NoPermits));
    let secret = world.master.issue_client(&alice());
    let target = world.target();
    let old = secret.login(&target).at(&mut rng(), NOW).unwrap();
    let mut garbage = old.clone();
    garbage.0.parts.fill(0xff);
    let before = products();
    assert_eq!(world.refusal(&old), Reason::ChallengeMissing);
    assert_eq!(world.refusal(&garbage), Reason::ChallengeMissing);
    let mut unknown = good(&world);
    unknown.0.parts.fill(0xff);
    let verdict = world.log_in_at(&unknown, NOW.plus(milagro_base::Seconds::days(1)));
    assert_eq!(verdict.unwrap_err(), End::Rejected(Reason::ChallengeAge));
    assert_eq!((world.ledger.len(), products()), (0, before));
    assert_eq!(world.verifier.policy().freshness, Freshness::Challenges);
    // With a challenge the same garbage costs an attempt, and still no pairing.
    assert_eq!(world.refusal(&unknown), Reason::Malformed);
    assert_eq!((world.ledger.len(), products()), (2, before));
}

/// What a prover without the secret can make of points; V = identity does not decode.
#[test]
fn forgeries_without_a_secret() {
    let world = patient();
    let a = alice().to_point();
    let guess = SecretScalar::random(&mut rng());
    let random = hash_to_g1(b"random", tags::IDENTITY);
    let u = -(&a * &guess);
    let good = good(&world);
    for v in [random, a, -a, u] {
        let forged = tweak(&good, |s| (s.u, s.v) = (u.into(), v.into()));
        assert_eq!(world.refusal(&forged), Reason::Opening);
    }
    // Opened: x is known, and the equation is left. U = x·A with V of any kind.
    let identity = alice();
    for v in [random, a, -a, u, &a * &guess] {
        let (forgery, parts) = (Forgery::login(&world, &identity), Parts::random());
        let mut statement = blank(v.into(), false, false);
        statement.u = (&a * &parts.x).into();
        statement.r = (&a * &parts.rho).into();
        let forged = LoginProof(forgery.opened(statement, &parts));
        assert_eq!(world.refusal(&forged), Reason::Proof);
    }
    // U = -y·A with the y of an earlier U, over and over: V would be the identity.
    let mut forged = good.clone();
    for _ in 0..3 {
        let statement = forged.0.statement().unwrap();
        let (y, _) = Forgery::login(&world, &identity).y(&statement);
        let u = (G1Sum::zero() - &a * &y).to_point().unwrap();
        forged = tweak(&forged, |s| (s.u, s.v) = (u.into(), random.into()));
        assert_eq!(world.refusal(&forged), Reason::Opening);
    }
    let stranger = MasterSecret::random(&mut rng()).issue_client(&alice());
    let forged = world.prove(&stranger, None);
    assert_eq!(world.refusal(&forged), Reason::Proof);
}

#[test]
fn points_of_other_sessions_and_places() {
    let world = patient();
    let (mine, other) = (good(&world), good(&world));
    let theirs = other.0.statement().unwrap();
    let negate = |point: E1Point| E1Point::from(-point.to_g1().unwrap());
    let changes = [
        tweak(&mine, |s| s.v = theirs.v),
        tweak(&mine, |s| s.u = theirs.u),
        tweak(&mine, |s| (s.u, s.v) = (theirs.u, theirs.v)),
        tweak(&mine, |s| *s = theirs),
        tweak(&mine, |s| s.u = negate(s.u)),
        tweak(&mine, |s| s.v = negate(s.v)),
        tweak(&mine, |s| (s.u, s.v) = (negate(s.u), negate(s.v))),
        tweak(&mine, |s| (s.u, s.v) = (s.v, s.u)),
        tweak(&mine, |s| (s.u, s.r) = (s.r, s.u)),
    ];
    for changed in &changes {
        assert_eq!(world.refusal(changed), Reason::Opening);
    }
    assert!(world.log_in(&mine).is_ok());
}

#[test]
fn bad_points_and_numbers_are_malformed() {
    let world = patient();
    let good = good(&world);
    let mut infinity = [0; 48];
    infinity[0] = 0xc0;
    let mut uncompressed = good.0.statement().unwrap().u.to_bytes();
    uncompressed[0] &= 0x7f;
    for place in [0, 48, 96] {
        for point in [infinity, uncompressed, [0xff; 48], [0; 48]] {
            let mut changed = good.clone();
            changed.0.parts[place..place + 48].copy_from_slice(&point);
            assert_eq!(world.refusal(&changed), Reason::Malformed);
        }
    }
    let mut changed = good.clone();
    changed.0.parts[144..].fill(0xff);
    assert_eq!(world.refusal(&changed), Reason::Malformed);
}

#[test]
fn signatures_are_no_logins_and_sign_one_message() {
    let world = patient();
    let secret = world.master.issue_client(&alice());
    let target = world.target();
    let sign = || secret.login(&target).sign(&mut rng(), NOW, b"m").unwrap();
    let check = |signature: &Signature, message: &[u8]| -> Result<[u8; 32], End> {
        let signature = Signature::from_bytes(&signature.to_bytes()).unwrap();
        let arrival = World::arrival(NOW);
        let admitted = world
            .verifier
            .admit_signature(&mut rng(), &signature, message, arrival)?;
        let paid = admitted.spend_local(&world.ledger, NOW)?;
        let signed = world.verifier.check_signature(&mut rng(), paid, NOW)?;
        let signed = signed.spend_local(&world.ledger, NOW)?;
        assert_eq!((signed.identity(), signed.time()), (&alice(), NOW));
        Ok(*signed.digest())
    };
    let signature = sign();
    let opening = End::Rejected(Reason::Opening);
    assert_eq!(check(&signature, b"n").unwrap_err(), opening);
    let digest = check(&signature, b"m").unwrap();
    assert_eq!(check(&signature, b"m").unwrap_err(), End::Exhausted);
    // What is countersigned is the message and its time, not the proof.
    assert_eq!(check(&sign(), b"m"), Ok(digest));
    let later = NOW.plus(milagro_base::Seconds::new(1));
    let other = secret.login(&target).sign(&mut rng(), later, b"m").unwrap();
    assert_eq!(
        other.claimed_time(),
        later,
        "a signature says when it was made"
    );
    // A login as a signature, and back.
    let mut login = secret.login(&target).at(&mut rng(), NOW).unwrap();
    let mut as_signature = Signature(login.0.clone());
    as_signature.0.mode = sign().0.mode;
    for message in [&b""[..], b"m"] {
        assert_eq!(check(&as_signature, message).unwrap_err(), opening);
    }
    let mode = login.0.mode;
    login.0 = sign().0;
    login.0.mode = mode;
    assert_eq!(world.refusal(&login), Reason::Opening);
}

#[test]
fn the_peer_learns_no_reason() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let wrong = token.unlock(&factors("1235")).unwrap();
    let paid = world
        .paid(&world.prove(&wrong, None), World::arrival(NOW))
        .unwrap();
    let wrong = world.verifier.check(&mut rng(), paid, NOW).unwrap_err();
    let mut shown = vec![format!("{wrong} {wrong:?}")];
    for reason in [
        Reason::Challenge,
        Reason::Cookie,
        Reason::PermitDoesNotCover,
    ] {
        let rejected = Rejected::from(reason);
        shown.push(format!("{rejected} {rejected:?}"));
    }
    shown.dedup();
    assert_eq!(shown.len(), 1);
}
