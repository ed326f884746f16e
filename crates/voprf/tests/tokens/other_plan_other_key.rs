//! One primary key, and anything of plan or place changed: another key.

use alloc::collections::BTreeSet;

use milagro_base::Seconds;
use milagro_voprf::Ristretto255;
use milagro_voprf::attributes::{Attributes, PrimarySecretKey};
use milagro_voprf::suite::P256;
use milagro_voprf::tokens::keys::{PortableKey, PortablePrimary, TokenPrimary};
use milagro_voprf::tokens::schedule::{Epoch, Plan, Slot, Timetable, Uses};

use super::support::{DAY, GRACE, ORIGIN, OVERLAP, days, plan, rng};

fn with(timetable: Timetable) -> Plan {
    Plan::new::<Ristretto255>("weather", timetable, Uses::ONE).unwrap()
}

/// The same moment, and as nearly the same place as the plan has.
fn places() -> Vec<(&'static str, Plan, Slot)> {
    let second = Seconds::new(1);
    let timetable = |origin, length| {
        let timetable = Timetable::new(origin, length).unwrap();
        timetable.with_overlap(OVERLAP, GRACE).unwrap()
    };
    let plans = [
        ("plan", plan(1)),
        ("epoch length", with(timetable(ORIGIN, DAY.plus(second)))),
        ("origin", with(timetable(ORIGIN.minus(second), DAY))),
        (
            "origin, an epoch earlier",
            with(timetable(ORIGIN.minus(DAY), DAY)),
        ),
        (
            "issue overlap",
            with(days().with_overlap(OVERLAP.plus(second), GRACE).unwrap()),
        ),
        (
            "redeem overlap",
            with(days().with_overlap(OVERLAP, GRACE.plus(second)).unwrap()),
        ),
        (
            "leeway",
            with(days().with_leeway(Seconds::new(59)).unwrap()),
        ),
        ("k", plan(2)),
        (
            "use case",
            Plan::new::<Ristretto255>("weathe", days(), Uses::ONE).unwrap(),
        ),
        (
            "longer use case",
            Plan::new::<Ristretto255>("weather1", days(), Uses::ONE).unwrap(),
        ),
    ];
    let place = |(name, plan): (_, Plan)| {
        let epoch = plan.timetable().epoch(ORIGIN).unwrap();
        let slot = plan.slot(epoch).unwrap();
        (name, plan, slot)
    };
    let mut places: Vec<_> = plans.into_iter().map(place).collect();
    let (_, plan, slot) = places[0].clone();
    let opens = ORIGIN.plus(second);
    places.push(("epoch", plan.clone(), plan.slot(Epoch::new(1)).unwrap()));
    places.push(("opening", plan.clone(), slot.opening(opens)));
    places.push(("serial", plan.clone(), slot.replaced(ORIGIN).unwrap()));
    places.push(("serial and opening", plan, slot.replaced(opens).unwrap()));
    places
}

#[test]
fn under_a_token_primary() {
    let primary = <TokenPrimary>::generate(&mut rng());
    let mut seen = BTreeSet::new();
    for (name, plan, slot) in places() {
        let key = primary.derive(&plan, slot).unwrap();
        assert!(seen.insert(key.public_key()), "{name}");
        assert_eq!(
            primary.derive(&plan, slot).unwrap().public_key(),
            key.public_key()
        );
    }
}

#[test]
fn under_a_portable_primary() {
    let primary = <PortablePrimary>::generate(&mut rng());
    let mut seen = BTreeSet::new();
    for (name, plan, slot) in places() {
        let key = primary.derive(&plan, slot).unwrap();
        assert!(seen.insert(key.public_key()), "{name}");
        assert_eq!(
            primary.derive(&plan, slot).unwrap().public_key(),
            key.public_key()
        );
    }
}

/// A key that is carried goes into no other plan. With one scalar in two plans, whoever may draw tokens of one
/// draws those of the other: he asks the issuer of the first for elements that hide tokens of the second, and
/// neither the quota nor the windows of the second ever see it.
#[test]
fn carried_to_another_plan() {
    let (_, plan, slot) = places().swap_remove(0);
    let keys = [
        <PortablePrimary>::generate(&mut rng())
            .derive(&plan, slot)
            .unwrap(),
        <PortableKey>::generate(&mut rng(), &plan, slot).unwrap(),
    ];
    for key in keys {
        let bytes = key.to_bytes();
        for (name, other, place) in places() {
            let read = <PortableKey>::from_bytes(&bytes, &other);
            let same = other == plan;
            assert_eq!(read.is_ok(), same, "{name}");
            // The place is in the bytes: one that was written over is no place of this key.
            let mut moved = bytes.clone();
            moved[33..41].copy_from_slice(&place.epoch().number().to_be_bytes());
            moved[41..45].copy_from_slice(&place.serial().to_be_bytes());
            moved[45..53].copy_from_slice(&place.opens().to_bytes());
            let read = <PortableKey>::from_bytes(&moved, &other);
            assert_eq!(read.is_ok(), same && place == slot, "{name}");
        }
    }
}

#[test]
fn the_suite_is_part_of_the_plan() {
    let other = Plan::new::<P256>("weather", days(), Uses::ONE).unwrap();
    let slot = other.slot(Epoch::new(0)).unwrap();
    assert!(
        <TokenPrimary>::generate(&mut rng())
            .derive(&other, slot)
            .is_err()
    );
    assert!(
        <PortablePrimary>::generate(&mut rng())
            .derive(&other, slot)
            .is_err()
    );
    assert!(
        TokenPrimary::<P256>::generate(&mut rng())
            .derive(&other, slot)
            .is_ok()
    );
}

/// Even with the same bytes as primary key, no attribute list of the caller's gives a token key: the lists of
/// token keys are hashed under tags of their own. Here the caller's list holds the very bytes that a token
/// key is derived for.
#[test]
fn no_attribute_list_gives_a_token_key() {
    let tokens = <TokenPrimary>::generate(&mut rng());
    let others = <PrimarySecretKey>::from_bytes(&tokens.to_bytes()).unwrap();
    assert_eq!(
        tokens.public_key().to_bytes(),
        others.public_key().to_bytes()
    );
    let (_, plan, slot) = places().swap_remove(0);
    let key = tokens.derive(&plan, slot).unwrap();
    let bytes = |text: &str| {
        let length = u16::try_from(text.len()).unwrap().to_be_bytes();
        [&length, text.as_bytes()].concat()
    };
    let times =
        [ORIGIN, DAY, OVERLAP, GRACE, Timetable::LEEWAY].map(|time| time.get().to_be_bytes());
    let list = [
        bytes("ristretto255-SHA512"),
        bytes("weather"),
        times.concat(),
        vec![1],
        0_u64.to_be_bytes().to_vec(),
        0_u32.to_be_bytes().to_vec(),
        ORIGIN.get().to_be_bytes().to_vec(),
    ]
    .concat();
    let other = others.derive(&Attributes::new(&[list]).unwrap()).unwrap();
    assert_ne!(other.public_key().to_bytes(), key.public_key());
}
