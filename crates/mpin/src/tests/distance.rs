//! By how much a PIN was off: found exactly, within a budget, from the proof alone.

use milagro_base::Seconds;
use milagro_curve::{G1Point, G2Point, G2Prepared, Gt, Scalar, pairing::pairing};
use milagro_ledger::{Refused, Unspent};

use super::fixture::{End, NOW, World, alice, factors, plus, rng, tweak};
use crate::client::pin::PinLength;
use crate::keys::MasterSecret;
use crate::names::epoch::{Epoch, EpochPolicy};
use crate::permit::{Leaf, PermitLabel};
use crate::proof::encoding::LoginProof;
use crate::server::pin_error::find;
use crate::server::policy::PermitPolicy;
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;

fn refused(world: &World, proof: &LoginProof) -> Rejected {
    let proof = LoginProof::from_bytes(&proof.to_bytes()).unwrap();
    let paid = world.paid(&proof, World::arrival(NOW)).unwrap();
    world.verifier.check(&mut rng(), paid, NOW).unwrap_err()
}

fn search(
    world: &World,
    rejected: &Rejected,
    length: PinLength,
    now: Seconds,
) -> Result<Option<i32>, End> {
    let failure = rejected.opened().unwrap();
    let search = world.verifier.search(&mut rng(), failure, length);
    let search = search.spend_local(&world.ledger, now)?;
    let distance = world.verifier.distance_vartime(search);
    Ok(distance.map(|distance| distance.value()))
}

#[test]
fn every_distance_of_four_digits_is_found_and_none_of_five() {
    let q = G2Prepared::from(&G2Point::generator());
    let f = pairing(&G1Point::generator(), &q);
    let (mut up, mut down) = (Gt::one(), Gt::one());
    assert_eq!(find(&up, &f, 10_000), None);
    for delta in 1..10_100 {
        up = &up * &f;
        down = &down * &f.invert();
        // Every one near the steps and the end, and a sample between.
        if delta % 37 < 2 || !(200..=9_990).contains(&delta) {
            let found = (delta < 10_000).then_some(delta);
            assert_eq!(find(&up, &f, 10_000), found);
            assert_eq!(find(&down, &f, 10_000), found.map(|delta| -delta));
        }
    }
    assert_eq!(find(&f, &Gt::one(), 10_000), None);
}

#[test]
fn distances_of_six_digits_are_found() {
    let q = G2Prepared::from(&G2Point::generator());
    let f = pairing(&G1Point::generator(), &q);
    for delta in [
        1, 2, 999, 1000, 1001, 2001, 123_456, 500_000, 998_001, 999_999,
    ] {
        let power = f
            .pow(&u64::from(i32::cast_unsigned(delta)).into())
            .declassify();
        assert_eq!(find(&power, &f, 1_000_000), Some(delta));
        assert_eq!(find(&power.invert(), &f, 1_000_000), Some(-delta));
    }
    let beyond = f.pow(&1_000_000_u64.into()).declassify();
    assert_eq!(find(&beyond, &f, 1_000_000), None);
}

#[test]
fn the_server_learns_by_how_much_the_pin_was_off() {
    let epoch = Epoch::at(NOW, EpochPolicy::DAILY.length);
    let cover = PermitLabel::Cover {
        epoch,
        low: Leaf(0),
        high: Leaf(u128::MAX),
    };
    for (policy, label) in [
        (PermitPolicy::NoPermits, None),
        (PermitPolicy::Cover(EpochPolicy::DAILY), Some(cover)),
    ] {
        let world = World::patient(policy);
        for (pin, typed, delta) in [
            ("0000", "9999", 9999),
            ("1234", "1233", -1),
            ("999999", "000000", -999_999),
            ("000001", "123457", 123_456),
        ] {
            let length = PinLength::new(pin.len().try_into().unwrap()).unwrap();
            let all = |digits| factors(digits).with_bytes("device", b"key").unwrap();
            let token = world.token(&alice(), &all(pin));
            let permit = label.map(|label| world.permit(label, &alice()));
            let prove = |factors| world.prove(&token.unlock(&factors).unwrap(), permit.as_ref());
            let rejected = refused(&world, &prove(all(typed)));
            assert_eq!(rejected.reason(), Reason::Proof);
            assert_eq!(search(&world, &rejected, length, NOW), Ok(Some(delta)));
            // A wrong other factor shows none, whatever the PIN, and is a guess all the same.
            let wrong = factors(typed).with_bytes("device", b"kez").unwrap();
            let rejected = refused(&world, &prove(wrong));
            assert_eq!(rejected.reason(), Reason::Proof);
            assert_eq!(search(&world, &rejected, length, NOW), Ok(None));
        }
    }
}

/// Ten searches an hour for a name; a stranger's garbage costs one too, and finds nothing.
#[test]
fn searches_have_a_budget() {
    let world = World::patient(PermitPolicy::NoPermits);
    let stranger = MasterSecret::random(&mut rng()).issue_client(&alice());
    let rejected = refused(&world, &world.prove(&stranger, None));
    for _ in 0..10 {
        assert_eq!(search(&world, &rejected, PinLength::FOUR, NOW), Ok(None));
    }
    // The hour is that of the proof, whatever the clock says by now.
    for now in [NOW, NOW.plus(Seconds::hours(1)), NOW.plus(Seconds::days(1))] {
        let over = search(&world, &rejected, PinLength::FOUR, now);
        assert_eq!(over, Err(End::Exhausted));
    }
    let next = NOW.plus(Seconds::hours(1));
    let challenge = world.verifier.challenge(&mut rng(), next);
    let proof = stranger
        .login(&world.target())
        .answer(&mut rng(), challenge)
        .unwrap();
    let paid = world.paid(&proof, World::arrival(next)).unwrap();
    let rejected = world.verifier.check(&mut rng(), paid, next).unwrap_err();
    assert_eq!(search(&world, &rejected, PinLength::FOUR, next), Ok(None));
    // A charge of one's own making pays for none.
    let own = World::patient(PermitPolicy::NoPermits);
    let failure = rejected.opened().unwrap();
    let begin = || own.verifier.search(&mut rng(), failure, PinLength::FOUR);
    let paid = begin().spend_local(&own.ledger, NOW).unwrap();
    let other = begin().spend_local(&own.ledger, NOW).unwrap();
    let charges = other.charges().map(|(charge, _)| *charge).collect();
    let cheap = Unspent::new(paid.into_value(), charges);
    let cheap = cheap.spend_local(&own.ledger, NOW).unwrap();
    assert!(own.verifier.distance_vartime(cheap).is_none());
    // Paid at another server it is not made here.
    let failure = rejected.opened().unwrap();
    let other = World::patient(PermitPolicy::NoPermits);
    let search = other.verifier.search(&mut rng(), failure, PinLength::FOUR);
    let paid = search.spend_local(&other.ledger, NOW);
    assert!(!matches!(paid, Err(Refused::Exhausted)));
    assert!(world.verifier.distance_vartime(paid.unwrap()).is_none());
}

#[test]
fn a_good_proof_cannot_be_made_to_show_a_distance() {
    let world = World::patient(PermitPolicy::NoPermits);
    let secret = world.master.issue_client(&alice());
    let good = world.prove(&secret, None);
    let a = alice().to_point();
    for changed in [
        tweak(&good, |s| s.v = plus(s.v, a)),
        tweak(&good, |s| s.u = plus(s.u, a)),
        tweak(&good, |s| s.z = s.z + Scalar::ONE),
        tweak(&good, |s| s.r = plus(s.r, a)),
        tweak(&good, |s| (s.z, s.r) = (s.z + Scalar::ONE, plus(s.r, a))),
    ] {
        let rejected = refused(&world, &changed);
        assert_eq!(rejected.reason(), Reason::Opening);
        assert!(rejected.opened().is_none());
    }
}

#[test]
fn distances_do_not_show() {
    let world = World::without_permits();
    let token = world.token(&alice(), &factors("1234"));
    let secret = token.unlock(&factors("5678")).unwrap();
    let rejected = refused(&world, &world.prove(&secret, None));
    let failure = rejected.opened().unwrap();
    let search = world.verifier.search(&mut rng(), failure, PinLength::FOUR);
    let search = search.spend_local(&world.ledger, NOW).unwrap();
    let distance = world.verifier.distance_vartime(search).unwrap();
    assert_eq!(distance.value(), 4444);
    let shown = format!("{distance:?} {distance:#?} {failure:?} {rejected:?} {rejected}");
    assert!(!shown.contains("4444"));
}
