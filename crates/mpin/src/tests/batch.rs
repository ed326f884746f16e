//! Batches give exactly the verdicts of single checks.

use milagro_curve::{Scalar, SecretScalar};
use milagro_ledger::{Paid, Unspent};
use proptest::prelude::*;

use super::fixture::{NONE, NOW, World, alice, factors, order_3, order_11, plus, rng, tweak};
use super::small_order::{Added, prove_with};
use crate::client::device_key::DeviceKey;
use crate::client::pin::PinLength;
use crate::client::token::BoundToken;
use crate::keys::{BoundSecret, MasterSecret};
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::names::identity::Identity;
use crate::permit::PermitLabel;
use crate::proof::encoding::LoginProof;
use crate::server::admit::{Admitted, Arrival, PinnedKey};
use crate::server::batch::BatchVerifier;
use crate::server::device::Attempts;
use crate::server::outcome::Authenticated;
use crate::server::policy::{EscrowPolicy, PermitPolicy, Policy};
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;

type Verdict = Result<Unspent<Authenticated>, Rejected>;

fn identity(i: usize) -> Identity {
    Identity::raw(&i.to_be_bytes()).unwrap()
}

fn paid(world: &World, proofs: &[LoginProof]) -> Vec<Paid<Admitted>> {
    let pay = |proof| {
        let pinned = PinnedKey::of(LoginProof::claimed_identity(proof));
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        let arrival = Arrival::new(&NONE, attempts, NOW).pinned(pinned.as_ref());
        world.paid(proof, arrival).unwrap()
    };
    proofs.iter().map(pay).collect()
}

fn reason(verdict: Verdict) -> Option<Reason> {
    verdict.err().map(|rejected| rejected.reason())
}

/// What a batch says, after single checks have said the same.
fn single_and_batch(world: &World, proofs: &[LoginProof]) -> Vec<Option<Reason>> {
    let single: Vec<_> = paid(world, proofs)
        .into_iter()
        .map(|paid| reason(world.verifier.check(&mut rng(), paid, NOW)))
        .collect();
    let mut batch = BatchVerifier::new(world.verifier.clone());
    let verdicts = batch.check_all(&mut rng(), paid(world, proofs), NOW);
    let verdicts = proofs.iter().zip(verdicts).map(|(proof, verdict)| {
        verdict
            .map(|login| {
                let login = login.spend_local(&world.ledger, NOW).unwrap();
                assert_eq!(login.identity(), proof.claimed_identity());
            })
            .map_err(|rejected| rejected.reason())
            .err()
    });
    let verdicts: Vec<_> = verdicts.collect();
    assert_eq!(single, verdicts);
    verdicts
}

fn world() -> World {
    World::patient(PermitPolicy::NoPermits)
}

/// Logins of `count` users, some of whom mistype the PIN.
fn logins(world: &World, count: usize, bad: impl Fn(usize) -> bool) -> Vec<LoginProof> {
    (0..count)
        .map(|i| {
            let token = world.token(&identity(i), &factors("1234"));
            let pin = if bad(i) { "1235" } else { "1234" };
            let secret = token.unlock(&factors(pin)).unwrap();
            world.prove(&secret, None)
        })
        .collect()
}

#[test]
fn batches_of_64() {
    let places: [Vec<usize>; 5] = [
        vec![],
        vec![38],
        vec![0, 5, 19, 38, 63],
        (0..64).step_by(2).collect(),
        (0..64).collect(),
    ];
    for bad in places {
        let world = world();
        let logins = logins(&world, 64, |i| bad.contains(&i));
        for (i, verdict) in single_and_batch(&world, &logins).iter().enumerate() {
            assert_eq!(*verdict, bad.contains(&i).then_some(Reason::Proof), "{i}");
        }
    }
}

/// What is done to the i-th login on its way, and what comes of it.
fn tampered(world: &World, i: usize, proof: &LoginProof) -> (LoginProof, Option<Reason>) {
    let a = identity(i).to_point();
    let with = proof.0.label.is_some();
    let proof = tweak(proof, |s| match i {
        8 => s.z = s.z + Scalar::ONE,
        9 => {
            if let Some(permit) = &mut s.permit {
                permit.w = identity(0).to_point().into();
            }
        }
        10 => {
            if let Some(permit) = &mut s.permit {
                permit.r = plus(permit.r, order_11());
            }
        }
        // A good proof made to show a distance.
        11 => s.v = plus(s.v, a),
        // Small orders added afterwards.
        12 => s.v = plus(s.v, order_11()),
        14 => s.u = plus(s.u, order_3()),
        15 => s.r = plus(s.r, order_11()),
        // A mistyped PIN, hidden behind (c·P, c·s·P) with c = 1.
        13 => {
            s.u = plus(s.u, milagro_curve::G1Point::generator());
            s.v = plus(s.v, -world.master.commitment());
        }
        // The opening moved along: z + 1 and R + B hold for another c.
        16 => (s.z, s.r) = (s.z + Scalar::ONE, plus(s.r, a)),
        _ => {}
    });
    let opening = match i {
        8 | 11..=16 => true,
        9 | 10 => with,
        _ => false,
    };
    let reason = if opening {
        Some(Reason::Opening)
    } else {
        (i % 6 == 1).then_some(Reason::Proof)
    };
    (proof, reason)
}

#[test]
fn everything_that_can_be_wrong_with_an_opening() {
    let label = PermitLabel::Personal {
        epoch: Epoch::at(NOW, EpochPolicy::DAILY.length),
    };
    let personal = PermitPolicy::Personal(EpochPolicy::DAILY);
    for permits in [PermitPolicy::NoPermits, personal] {
        let world = World::patient(permits);
        let (mut logins, mut expected) = (Vec::new(), Vec::new());
        for i in 0..24 {
            let token = world.token(&identity(i), &factors("1234"));
            let permit = permits.epochs().map(|_| world.permit(label, &identity(i)));
            let pin = if i % 6 == 1 { "1299" } else { "1234" };
            let secret = token.unlock(&factors(pin)).unwrap();
            let proof = world.prove(&secret, permit.as_ref());
            let (proof, reason) = tampered(&world, i, &proof);
            logins.push(proof);
            expected.push(reason);
        }
        assert_eq!(single_and_batch(&world, &logins), expected);
    }
}

#[test]
fn a_mistyped_pin_in_a_batch_shows_its_distance() {
    let world = world();
    let logins = logins(&world, 20, |i| i == 3);
    let mut batch = BatchVerifier::new(world.verifier.clone());
    let verdicts = batch.check_all(&mut rng(), paid(&world, &logins), NOW);
    let failure = verdicts[3].as_ref().unwrap_err().opened().unwrap();
    let verifier = batch.verifier();
    let search = verifier.search(&mut rng(), failure, PinLength::FOUR);
    let search = search.spend_local(&world.ledger, NOW).unwrap();
    assert_eq!(verifier.distance_vartime(search).unwrap().value(), 1);
}

#[test]
fn small_orders_and_errors_that_cancel() {
    let world = world();
    let secret = world.master.issue_client(&alice());
    let stranger = MasterSecret::random(&mut rng()).issue_client(&alice());
    let mut logins: Vec<LoginProof> = (0..40).map(|_| world.prove(&secret, None)).collect();
    // A prover that adds small orders before y and c are hashed: as good as without.
    let choices = [(order_3(), order_11()), (order_11(), order_3())];
    for (place, (u, v)) in choices.into_iter().enumerate() {
        let added = Added {
            u: Some(u),
            v: Some(v),
            r: Some(u),
        };
        logins[24 + 2 * place] = prove_with(&world, &secret.secret, &added);
        logins[25 + 2 * place] = prove_with(&world, &stranger.secret, &added);
    }
    let other = world.prove(&secret, None).0.statement().unwrap();
    let mut expected = vec![None; 40];
    let mut change =
        |i: usize, reason, change: &dyn Fn(&mut crate::proof::statement::Statement)| {
            logins[i] = tweak(&logins[i], change);
            expected[i] = Some(reason);
        };
    let opening = Reason::Opening;
    change(1, opening, &|s| s.v = other.v);
    change(3, opening, &|s| s.u = plus(s.u, order_11()));
    change(5, opening, &|s| s.v = plus(s.v, order_11()));
    // Nothing but small order: a point of order 3 would turn a careless table of small multiples into zeros, and
    // the whole batch with it.
    for (i, t) in [(13, order_3()), (15, order_11())] {
        change(i, Reason::Proof, &|s| {
            (s.u, s.v, s.r, s.z) = (t, t, t, Scalar::ZERO);
        });
    }
    let guess = -(&secret.point * &SecretScalar::random(&mut rng()));
    change(17, opening, &|s| {
        (s.u, s.v) = (plus(guess.into(), order_3()), order_3());
    });
    // Errors that cancel each other without weights: in two V, and in two R.
    let e = identity(9).to_point();
    change(20, opening, &|s| s.v = plus(s.v, e));
    change(21, opening, &|s| s.v = plus(s.v, -e));
    change(22, opening, &|s| s.r = plus(s.r, e));
    change(23, opening, &|s| s.r = plus(s.r, -e));
    change(30, Reason::Malformed, &|_| {});
    logins[30].0.parts.fill(0xff);
    (expected[25], expected[27]) = (Some(Reason::Proof), Some(Reason::Proof));
    assert_eq!(single_and_batch(&world, &logins), expected);
}

#[test]
fn verdicts_are_the_same_on_any_number_of_cores() {
    let world = world();
    let mut all = logins(&world, 150, |i| i % 37 == 5);
    all[7] = tweak(&all[7], |s| s.z = s.z + Scalar::ONE);
    let verdicts = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let verdicts = pool.unwrap().install(|| {
            let mut batch = BatchVerifier::new(world.verifier.clone());
            batch.check_all(&mut rng(), paid(&world, &all), NOW)
        });
        verdicts.into_iter().map(reason).collect::<Vec<_>>()
    };
    let alone = verdicts(1);
    assert_eq!(alone[7], Some(Reason::Opening));
    assert_eq!(alone.iter().flatten().count(), 5);
    for threads in [2, 5] {
        assert_eq!(verdicts(threads), alone, "{threads} threads");
    }
}

/// A verifier that has seen bad logins tests openings apart, which says the same.
#[test]
fn verdicts_do_not_hang_on_what_was_seen_before() {
    let world = world();
    let warm = logins(&world, 16, |i| i % 2 == 0);
    let mut batch = BatchVerifier::new(world.verifier.clone());
    let _warm = batch.check_all(&mut rng(), paid(&world, &warm), NOW);
    for unopened in [false, true] {
        let mut all = logins(&world, 24, |i| i % 5 == 0);
        if unopened {
            all[7] = tweak(&all[7], |s| s.v = plus(s.v, order_11()));
            all[10] = tweak(&all[10], |s| s.z = s.z + Scalar::ONE);
        }
        let verdicts = batch.check_all(&mut rng(), paid(&world, &all), NOW);
        let verdicts: Vec<_> = verdicts.into_iter().map(reason).collect();
        assert_eq!(verdicts, single_and_batch(&world, &all));
        let expected = if unopened {
            Reason::Opening
        } else {
            Reason::Proof
        };
        assert_eq!(verdicts[10], Some(expected));
    }
}

#[test]
fn small_batches_and_none() {
    for count in 0..6 {
        for bad in 0..=count {
            let world = world();
            let logins = logins(&world, count, |i| i < bad);
            let verdicts = single_and_batch(&world, &logins);
            assert_eq!(verdicts.iter().flatten().count(), bad);
        }
    }
}

#[test]
fn device_keys_in_a_batch() {
    let policy = *World::patient(PermitPolicy::NoPermits).verifier.policy();
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::Either,
        ..policy
    });
    let devices: Vec<BoundSecret> = (0..6)
        .map(|i| {
            let device = DeviceKey::random(&mut rng(), &world.server);
            let identity = device.identity(&identity(i)).unwrap();
            device.bind(world.master.issue_client(&identity)).unwrap()
        })
        .collect();
    let plain = world.master.issue_client(&alice());
    let mut logins = Vec::new();
    for _ in 0..3 {
        logins.extend(devices.iter().map(|device| world.prove(device, None)));
        logins.push(world.prove(&plain, None));
    }
    let other = logins[4].0.statement().unwrap();
    logins[3] = tweak(&logins[3], |s| s.v = other.v);
    // The opening holds, and the equation does not: a secret of somebody else's device.
    let wrong = devices[0].secret.clone();
    logins[6] = prove_with(&world, &wrong, &Added::default());
    let verdicts = single_and_batch(&world, &logins);
    let refused: Vec<_> = (0..21).filter(|i| verdicts[*i].is_some()).collect();
    assert_eq!(refused, [3, 6]);
    assert_eq!(verdicts[6], Some(Reason::Proof));
}

/// Where openings are tested apart and every identity has a key of its own, nothing is left to pair with Qs.
#[test]
fn device_keys_alone_after_bad_logins() {
    let policy = *World::patient(PermitPolicy::NoPermits).verifier.policy();
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::DeviceKeys,
        ..policy
    });
    let prove = |i, wrong: bool| {
        let device = DeviceKey::random(&mut rng(), &world.server);
        let identity = device.identity(&identity(i)).unwrap();
        let bound = device.bind(world.master.issue_client(&identity)).unwrap();
        let token = BoundToken::new(world.domain, bound, &factors("1234")).unwrap();
        let typed = factors(if wrong { "1235" } else { "1234" });
        world.prove(&token.unlock(&typed).unwrap(), None)
    };
    let warm: Vec<_> = (0..12).map(|i| prove(i, i % 3 == 0)).collect();
    let good: Vec<_> = (0..12).map(|i| prove(i, false)).collect();
    let mut batch = BatchVerifier::new(world.verifier.clone());
    let _warm = batch.check_all(&mut rng(), paid(&world, &warm), NOW);
    let verdicts = batch.check_all(&mut rng(), paid(&world, &good), NOW);
    let verdicts: Vec<_> = verdicts.into_iter().map(reason).collect();
    assert_eq!(verdicts, [None; 12]);
}

/// Admitted elsewhere, too soon, or not for these charges: refused one by one, and given back.
#[test]
fn what_is_not_due_is_not_checked() {
    let (world, other) = (world(), world());
    let mut all = paid(&world, &logins(&world, 3, |_| false));
    all.extend(paid(&other, &logins(&other, 1, |_| false)));
    let mut batch = BatchVerifier::new(world.verifier.clone());
    let verdicts = batch.check_all(&mut rng(), all, NOW);
    let verdicts: Vec<_> = verdicts.into_iter().map(reason).collect();
    assert_eq!(verdicts, [None, None, None, Some(Reason::Misdirected)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn any_pattern_of_bad_logins(pattern in proptest::collection::vec(any::<bool>(), 0..40)) {
        let world = world();
        let logins = logins(&world, pattern.len(), |i| pattern[i]);
        let found: Vec<bool> = single_and_batch(&world, &logins).iter().map(Option::is_some).collect();
        prop_assert_eq!(&found, &pattern);
    }
}
