//! A key that leaves the schedule and comes back, with the window it had or a longer one: what was spent
//! under it stays spent.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::{Redeemer, Refusal};
use milagro_voprf::tokens::schedule::{Draft, Epoch, Plan, Uses};

use super::support::{
    DAY, GRACE, LEDGER, NOON, OVERLAP, Outcome, PAYLOAD, Service, days, ledger, plan, redeem,
    redemption, rng, spend, station,
};

#[test]
fn a_schedule_that_forgets_a_key_early_is_refused() {
    let service = Service::new(1, 3);
    let mut redeemer = service.redeemer();
    let keys = &service.keys;
    let mut without = Draft::new(service.schedule.plan().clone());
    let listed = &service.schedule.keys()[1];
    without
        .add_public(*listed.slot(), listed.public_key())
        .unwrap();
    assert!(
        redeemer
            .update(without.publish(), Arc::clone(keys))
            .is_err()
    );
}

/// Whatever the redeemer remembers: it is made anew here each time, as after a restart.
#[test]
fn the_same_key_in_the_same_place_is_the_same_key() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let token = service.token();
    let request = spend(token, PAYLOAD);
    let redemption = redemption(&request, PAYLOAD);
    assert_eq!(
        redeem(&service.redeemer(), &ledger, &redemption, NOON),
        Outcome::First
    );

    let empty = Draft::new(plan(1)).publish();
    let between = Redeemer::new(station(), empty, Arc::clone(&service.keys), LEDGER).unwrap();
    let unknown = Outcome::Refused(Refusal::UnknownKey);
    assert_eq!(redeem(&between, &ledger, &redemption, NOON), unknown);

    for now in [NOON, NOON.plus(DAY.minus(Seconds::hours(12)))] {
        assert_eq!(
            redeem(&service.redeemer(), &ledger, &redemption, now),
            Outcome::Again
        );
    }
}

/// The plan is part of the key's id, and the id of the pseudorandom function's input: another window is
/// another key, whose tokens these are not. Nobody makes such keys who does not write their bytes himself.
#[test]
fn the_same_scalar_with_a_longer_window_is_another_key() {
    let (plan, ledger) = (plan(1), ledger());
    let key =
        <PortableKey>::generate(&mut rng(), &plan, plan.slot(Epoch::new(0)).unwrap()).unwrap();
    let bytes = key.to_bytes();
    let service = |plan: &Plan| {
        let slot = plan.slot(Epoch::new(0)).unwrap();
        let named = Draft::new(plan.clone()).add_public(slot, &key.public_key());
        let mut bytes = bytes.clone();
        bytes[1..33].copy_from_slice(&named.unwrap().to_bytes());
        let key = <PortableKey>::from_bytes(&bytes, plan).unwrap();
        let (mut draft, mut keys) = (Draft::new(plan.clone()), KeyRing::new());
        draft.add(&key).unwrap();
        keys.insert(key);
        Service {
            schedule: draft.publish(),
            keys: keys.into(),
        }
    };
    let short = service(&plan);
    let request = spend(short.token(), PAYLOAD);
    let spent = redemption(&request, PAYLOAD);
    assert_eq!(
        redeem(&short.redeemer(), &ledger, &spent, NOON),
        Outcome::First
    );

    let longer = days().with_overlap(OVERLAP, GRACE.plus(DAY)).unwrap();
    let plan = Plan::new::<milagro_voprf::Ristretto255>("weather", longer, Uses::ONE).unwrap();
    let long = service(&plan);
    let (old, new) = (short.schedule.keys(), long.schedule.keys());
    assert_eq!(old[0].public_key(), new[0].public_key());
    assert_ne!(old[0].id(), new[0].id());

    let late = NOON.plus(DAY);
    let unknown = Outcome::Refused(Refusal::UnknownKey);
    assert_eq!(redeem(&long.redeemer(), &ledger, &spent, late), unknown);
    // Somebody who writes the other id into it is not believed either.
    let mut bytes = request.to_bytes();
    bytes[2..34].copy_from_slice(&new[0].id().to_bytes());
    let moved = milagro_voprf::tokens::RedemptionRequest::from_bytes(&bytes).unwrap();
    let unproven = Outcome::Refused(Refusal::Unproven);
    assert_eq!(
        redeem(
            &long.redeemer(),
            &ledger,
            &redemption(&moved, PAYLOAD),
            late
        ),
        unproven
    );
}
