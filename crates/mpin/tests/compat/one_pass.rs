//! Logins that say a time instead of answering a challenge.

use milagro_mpin::Seconds;
use milagro_mpin::compat::{Client, CompatError, Date, OnePass};

use crate::{Failed, LIFETIME, NOW, SKEW, WINDOW, World, rng};

#[test]
fn one_pass_within_the_window_once() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let base = world.alice.base();
    for (now, good) in WINDOW {
        let proof = client.prove(&mut rng(), NOW).unwrap();
        let verify = |now| world.verify_one_pass(base, &proof, now).is_ok();
        assert_eq!(verify(now), good, "{now}");
        // Once it was taken, never again, and not earlier or later either.
        if good {
            for again in [now, NOW.minus(SKEW), NOW, NOW.plus(LIFETIME)] {
                assert!(!verify(again), "{now} {again}");
            }
        }
    }
}

#[test]
fn one_pass_with_a_permit_a_full_ledger_and_changes() {
    let world = World::new();
    let today = Date::of(NOW).unwrap();
    let secret = world.secret(&world.alice);
    let permit = world.permit(today);
    let client = Client::with_permit(&world.alice, &secret, &permit, today).unwrap();
    let base = world.alice.base_on(today).unwrap();
    // Room for the account of attempts and for one login.
    let small = world.elsewhere(2);
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let verify = |base, proof: &OnePass| small.verify_one_pass(base, proof, NOW);
    assert!(verify(world.alice.base(), &proof).is_err());
    let tomorrow = Date::from_days(today.days() + 1);
    assert!(verify(world.alice.base_on(tomorrow).unwrap(), &proof).is_err());
    let other = client.prove(&mut rng(), NOW).unwrap();
    for changed in [
        OnePass::new(proof.time() + 1, *proof.commitment(), *proof.response()),
        OnePass::new(proof.time(), *other.commitment(), *proof.response()),
        OnePass::new(proof.time(), *proof.commitment(), *other.response()),
    ] {
        assert!(verify(base, &changed).is_err());
    }
    // Refused ones took no room; the good one takes the last.
    assert!(verify(base, &proof).is_ok());
    let full = verify(base, &other).unwrap_err();
    assert!(matches!(full, Failed::Ledger("full")), "{full:?}");
}

#[test]
fn one_pass_times_fit_four_bytes() {
    let world = World::new();
    let client = Client::new(&world.alice, world.secret(&world.alice));
    let last = Seconds::new(u32::MAX.into());
    assert!(client.prove(&mut rng(), last).is_ok());
    for now in [last.plus(Seconds::new(1)), Seconds::MAX] {
        assert_eq!(
            client.prove(&mut rng(), now).unwrap_err(),
            CompatError::Time
        );
    }
}

#[test]
fn a_mistyped_pin_in_one_pass_tells_its_distance() {
    let world = World::new();
    let client = world.client(&world.token(1234), 1233);
    let proof = client.prove(&mut rng(), NOW).unwrap();
    let failed = world.verify_one_pass(world.alice.base(), &proof, NOW);
    let refused = failed.unwrap_err().refused();
    let error = refused.pin_error(&world.server).unwrap();
    assert_eq!(error.distance_vartime(), Some(-1));
}
