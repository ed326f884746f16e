//! Batches give exactly the verdicts of single checks.

use milagro_curve::{
    G1Point, G1Sum,
    loose::{E1Point, E1Sum},
};
use proptest::prelude::*;

use super::fixture::{NOW, ORDER_11, World, alice, factors, rng};
use super::openings::{opened, prove as prove_opened};
use super::small_order::prove_with;
use crate::client::device_key::DeviceKey;
use crate::client::pin::PinLength;
use crate::keys::BoundSecret;
use crate::names::binding::ChannelBinding;
use crate::names::identity::Identity;
use crate::proof::encoding::LoginProof;
use crate::proof::statement::Statement;
use crate::server::batch::BatchVerifier;
use crate::server::policy::{EscrowPolicy, PermitPolicy, Policy};
use crate::server::rejected::Reason;
use crate::server::store::{ChallengeStore as _, MemoryChallengeStore};

const NONE: ChannelBinding = ChannelBinding::None;

fn plus(point: E1Point, t: E1Point) -> E1Point {
    (E1Sum::from(point) + t.into()).to_point().unwrap()
}

fn identity(i: usize) -> Identity {
    Identity::raw(&i.to_be_bytes()).unwrap()
}

/// What a batch and single checks say of the same logins.
fn verdicts(world: World, logins: &[(LoginProof, ChannelBinding)]) -> [Vec<Option<Reason>>; 2] {
    let reason = |rejected: crate::server::rejected::Rejected| rejected.reason();
    let again = MemoryChallengeStore::new(2 * logins.len());
    for (proof, _) in logins.iter().filter(|(proof, _)| proof.nonce != [0; 32]) {
        again.insert(proof.nonce, NOW + 10);
    }
    let single = logins
        .iter()
        .map(|(proof, binding)| {
            let verdict = world.verifier.verify(&world.store, proof, binding, NOW);
            verdict.err().map(reason)
        })
        .collect();
    let mut batch = BatchVerifier::new(world.verifier);
    let verdicts = batch.verify(&mut rng(), &again, logins, NOW);
    for ((proof, _), verdict) in logins.iter().zip(&verdicts) {
        if let Ok(login) = verdict {
            assert_eq!(login.identity(), proof.claimed_identity());
        }
    }
    [
        single,
        verdicts.into_iter().map(|v| v.err().map(reason)).collect(),
    ]
}

/// Logins of `count` users, of which every `step`-th mistypes the PIN.
fn logins(
    world: &World,
    count: usize,
    bad: impl Fn(usize) -> bool,
) -> Vec<(LoginProof, ChannelBinding)> {
    (0..count)
        .map(|i| {
            let token = world.token(&identity(i), &factors("1234"));
            let pin = if bad(i) { "1235" } else { "1234" };
            let secret = token.unlock(&factors(pin)).unwrap();
            (world.prove(&secret, None), NONE)
        })
        .collect()
}

#[test]
fn batches_of_512() {
    let places: [Vec<usize>; 5] = [
        vec![],
        vec![300],
        vec![0, 5, 78, 151, 224, 297, 511],
        (0..512).step_by(2).collect(),
        (0..512).collect(),
    ];
    for bad in places {
        let world = World::without_permits();
        let logins = logins(&world, 512, |i| bad.contains(&i));
        let [single, batch] = verdicts(world, &logins);
        assert_eq!(single, batch);
        for (i, verdict) in batch.iter().enumerate() {
            assert_eq!(*verdict, bad.contains(&i).then_some(Reason::Proof), "{i}");
        }
    }
}

/// What is done to the i-th opened login on its way.
fn tamper(world: &World, i: usize, statement: &mut Statement) {
    let t = E1Point::from_bytes(&ORDER_11).unwrap();
    let opening = statement.opening.as_mut().unwrap();
    match (i, &mut opening.second) {
        (8, _) => opening.z = opening.z + milagro_curve::Scalar::ONE,
        (9, Some(second)) => second.w = E1Point::from(identity(0).to_point()),
        (10, _) => statement.opening = None,
        // A good proof made to show a distance.
        (11, _) => statement.v = plus(statement.v, identity(i).to_point().into()),
        // Small orders added afterwards.
        (12, _) => statement.v = plus(statement.v, t),
        (14, _) => statement.u = plus(statement.u, t),
        (15, _) => opening.r = plus(opening.r, t),
        // A mistyped PIN, hidden behind (c·P, c·s·P) with c = 1.
        (13, _) => {
            statement.u = plus(statement.u, G1Point::generator().into());
            statement.v = plus(statement.v, (-world.master.commitment()).into());
        }
        _ => {}
    }
}

#[test]
fn opened_logins_with_and_without_permits() {
    use crate::names::epoch::{Epoch, EpochPolicy};
    use crate::permit::PermitLabel;
    let label = PermitLabel::Personal {
        epoch: Epoch(NOW / 86_400),
    };
    for permits in [
        PermitPolicy::NoPermits,
        PermitPolicy::Personal(EpochPolicy::DAILY),
    ] {
        let world = opened(permits, PinLength::FOUR);
        let mut logins = Vec::new();
        for i in 0..24 {
            let token = world.token(&identity(i), &factors("1234"));
            let permit = permits.epochs().map(|_| world.permit(label, &identity(i)));
            let pin = if i % 6 == 1 { "1299" } else { "1234" };
            let mut proof = prove_opened(&world, &token, &factors(pin), permit.as_ref());
            tamper(&world, i, &mut proof.statement);
            logins.push((proof, NONE));
        }
        let [single, batch] = verdicts(world, &logins);
        assert_eq!(single, batch);
        for i in [8, 11, 12, 13, 14, 15] {
            assert_eq!(batch[i], Some(Reason::Opening), "{i}");
        }
        let permit = permits.epochs().map(|_| Reason::Opening);
        assert_eq!(batch[9], permit);
        assert_eq!(batch[10], Some(Reason::OpeningMissing));
        assert_eq!(batch[7], Some(Reason::Proof));
    }
}

#[test]
fn a_mistyped_pin_in_a_batch_shows_its_distance() {
    let world = opened(PermitPolicy::NoPermits, PinLength::FOUR);
    let logins: Vec<_> = (0..20)
        .map(|i| {
            let token = world.token(&identity(i), &factors("1234"));
            let pin = if i == 3 { "1230" } else { "1234" };
            (prove_opened(&world, &token, &factors(pin), None), NONE)
        })
        .collect();
    let World {
        verifier, store, ..
    } = world;
    let mut batch = BatchVerifier::new(verifier);
    let verdicts = batch.verify(&mut rng(), &store, &logins, NOW);
    let failure = verdicts[3].as_ref().unwrap_err().opened().unwrap();
    let store = crate::server::replay::MemoryReplayStore::new(1);
    let error = batch
        .verifier()
        .pin_error_vartime(&store, failure, (NOW + 1, NOW));
    assert!(
        matches!(error, crate::server::pin_error::PinError::Mistyped(distance) if distance.value() == -4)
    );
}

#[test]
fn everything_that_can_be_wrong_in_one_batch() {
    let world = World::without_permits();
    let secret = world.master.issue_client(&alice());
    let t = E1Point::from_bytes(&ORDER_11).unwrap();
    let mut three = [0; 96];
    three[95] = 2;
    let order_3 = E1Point::from_uncompressed(&three).unwrap();
    let mut logins: Vec<(LoginProof, ChannelBinding)> = (0..40)
        .map(|_| (world.prove(&secret, None), NONE))
        .collect();
    // A prover that adds small orders before y is hashed, and to V: as good as without.
    let stranger = crate::keys::MasterSecret::random(&mut rng()).issue_client(&alice());
    for (place, (t_u, t_v)) in [(order_3, t), (t, order_3), (t, t)].into_iter().enumerate() {
        logins[24 + 2 * place].0 = prove_with(&world, &secret, Some(t_u), Some(t_v));
        logins[25 + 2 * place].0 = prove_with(&world, &stranger, Some(t_u), Some(t_v));
    }
    let other = world.prove(&secret, None);
    logins[1].0.statement.v = other.statement.v;
    logins[3].0.statement.u = plus(logins[3].0.statement.u, t);
    logins[5].0.statement.v = plus(logins[5].0.statement.v, t);
    logins[7].1 = ChannelBinding::TlsExporter([0; 32]);
    logins[9].0.nonce = logins[8].0.nonce;
    logins[11].0.nonce = [0; 32];
    // Nothing but small order: a point of order 3 would turn a careless table of small multiples into
    // zeros, and the whole batch with it.
    (logins[13].0.statement.u, logins[13].0.statement.v) = (order_3, order_3);
    (logins[15].0.statement.u, logins[15].0.statement.v) = (t, t);
    // U = T - y·A and V = T', with y of an earlier U.
    let guess = -(&secret.point * &milagro_curve::SecretScalar::random(&mut rng()));
    (logins[17].0.statement.u, logins[17].0.statement.v) = (plus(guess.into(), order_3), order_3);
    // Two errors that cancel each other without weights.
    let e = identity(9).to_point();
    let shift =
        |point: E1Point, by: G1Sum| (E1Sum::from(point) + E1Sum::from(by)).to_point().unwrap();
    logins[20].0.statement.v = shift(logins[20].0.statement.v, e.into());
    logins[21].0.statement.v = shift(logins[21].0.statement.v, (-e).into());
    let [single, batch] = verdicts(world, &logins);
    // Both know a nonce once, so the second of the two logins that share one is refused.
    assert_eq!(single, batch);
    let refused: Vec<usize> = (0..40).filter(|i| batch[*i].is_some()).collect();
    assert_eq!(refused, [1, 3, 7, 9, 11, 13, 15, 17, 20, 21, 25, 27, 29]);
}

#[test]
fn small_batches_and_none() {
    for count in 0..6 {
        for bad in 0..=count {
            let world = World::without_permits();
            let logins = logins(&world, count, |i| i < bad);
            let [single, batch] = verdicts(world, &logins);
            assert_eq!(single, batch);
            assert_eq!(batch.iter().flatten().count(), bad);
        }
    }
}

#[test]
fn device_keys_in_a_batch() {
    let world = World::with_policy(Policy {
        escrow: EscrowPolicy::Either,
        ..Policy::new(PermitPolicy::NoPermits)
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
    for round in 0..3 {
        for device in &devices {
            logins.push((world.prove(device, None), NONE));
        }
        let mut proof = world.prove(&plain, None);
        if round == 1 {
            proof.statement.v = logins[0].0.statement.v;
        }
        logins.push((proof, NONE));
    }
    logins[3].0.statement.v = logins[4].0.statement.v;
    let [single, batch] = verdicts(world, &logins);
    assert_eq!(single, batch);
    assert_eq!(batch.iter().flatten().count(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_pattern_of_bad_logins(pattern in proptest::collection::vec(any::<bool>(), 0..40), rounds in 1_usize..3) {
        for _ in 0..rounds {
            let world = World::without_permits();
            let logins = logins(&world, pattern.len(), |i| pattern[i]);
            let [single, batch] = verdicts(world, &logins);
            prop_assert_eq!(&single, &batch);
            let found: Vec<bool> = batch.iter().map(Option::is_some).collect();
            prop_assert_eq!(&found, &pattern);
        }
    }
}
