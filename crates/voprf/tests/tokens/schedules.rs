//! Editions, their bytes, and the ways in which a client knows that one is everyone's.

use milagro_base::{DecodeError, Seconds};
use milagro_voprf::Ristretto255;
use milagro_voprf::tokens::keys::PortableKey;
use milagro_voprf::tokens::schedule::{
    Draft, Edition, Epoch, KeySchedule, Plan, ScheduleError, Slot, Timetable, Uses,
};

use super::support::{DAY, GRACE, ORIGIN, OVERLAP, Service, days, plan, rng, slots};

fn key(plan: &Plan, slot: Slot) -> PortableKey {
    PortableKey::generate(&mut rng(), plan, slot).unwrap()
}

#[test]
fn timetables_have_their_bounds() {
    let second = Seconds::new(1);
    assert!(Timetable::new(ORIGIN, Seconds::ZERO).is_err());
    let short = Timetable::new(ORIGIN, second).unwrap();
    assert_eq!(short.leeway(), second, "no longer than an epoch");
    assert_eq!(days().leeway(), Timetable::LEEWAY);
    assert!(days().with_overlap(second, Seconds::ZERO).is_err());
    assert!(days().with_overlap(DAY.plus(second), Seconds::MAX).is_err());
    assert!(days().with_leeway(Timetable::MAX_LEEWAY).is_ok());
    assert!(
        days()
            .with_leeway(Timetable::MAX_LEEWAY.plus(second))
            .is_err()
    );
    assert!(short.with_leeway(second.plus(second)).is_err());
    assert_eq!(days().epoch(ORIGIN.minus(second)), None);
    assert_eq!(days().epoch(ORIGIN), Some(Epoch::new(0)));
    assert_eq!(days().epoch(ORIGIN.plus(DAY)), Some(Epoch::new(1)));
}

/// No window is cut off at the end of time: it would not be the window that was published.
#[test]
fn epochs_end_before_time_does() {
    let last = (u64::MAX - ORIGIN.get()) / DAY.get();
    let plan = plan(1);
    assert!(plan.slot(Epoch::new(last)).is_err());
    assert!(plan.slot(Epoch::new(u64::MAX)).is_err());
    assert!(plan.slot(Epoch::new(last - 2)).is_ok());
}

#[test]
fn names_are_printable_and_short() {
    let made = |name: &str| Plan::new::<Ristretto255>(name, days(), Uses::ONE).is_ok();
    assert!(made("w") && made(&"w".repeat(64)));
    for name in ["", " ", "a b", "\u{e9}", "a\n", &"w".repeat(65)] {
        assert!(!made(name), "{name:?}");
    }
}

#[test]
fn keys_are_listed_in_order_and_once() {
    let plan = plan(1);
    let slots = slots(&plan, 3);
    let mut draft = Draft::new(plan.clone());
    let first = key(&plan, slots[1]);
    draft.add(&first).unwrap();
    assert_eq!(draft.add(&first), Err(ScheduleError::Order));
    assert_eq!(draft.add(&key(&plan, slots[0])), Err(ScheduleError::Order));
    let public = first.public_key();
    assert_eq!(
        draft.add_public(slots[2], &public),
        Err(ScheduleError::Listed)
    );
    assert_eq!(
        draft.add_public(slots[2], &[]),
        Err(ScheduleError::OutOfRange)
    );
    assert_eq!(
        draft.add_public(slots[2], &[7; 193]),
        Err(ScheduleError::OutOfRange)
    );
    let late = slots[2].opening(ORIGIN);
    assert_eq!(draft.add_public(late, &[7]), Err(ScheduleError::OutOfRange));
    let other = Plan::new::<Ristretto255>("other", days(), Uses::ONE).unwrap();
    assert_eq!(
        draft.add(&key(&other, slots[2])),
        Err(ScheduleError::OtherPlan)
    );
    draft.drop_before(Epoch::new(2));
    assert_eq!(
        draft.add(&key(&plan, slots[1])),
        Err(ScheduleError::Order),
        "dropped for good"
    );
    draft.add(&key(&plan, slots[2])).unwrap();
    assert_eq!(draft.publish().keys().len(), 1);
}

#[test]
fn a_schedule_is_full_at_its_maximum() {
    let plan = plan(1);
    let mut draft = Draft::new(plan.clone());
    for epoch in 0..1024_u64 {
        let slot = plan.slot(Epoch::new(epoch)).unwrap();
        draft.add_public(slot, &epoch.to_be_bytes()).unwrap();
    }
    let slot = plan.slot(Epoch::new(1024)).unwrap();
    assert_eq!(draft.add_public(slot, &[1]), Err(ScheduleError::Full));
    let full = draft.publish();
    let bytes = full.to_bytes();
    assert!(bytes.len() < KeySchedule::MAX_LEN);
    assert_eq!(KeySchedule::from_bytes(&bytes), Ok(full));
}

#[test]
fn editions_only_grow() {
    let service = Service::new(1, 3);
    let (one, plan) = (&service.schedule, service.schedule.plan().clone());
    let add = |schedule: &KeySchedule, epoch: u64| {
        let mut draft = schedule.revise();
        let slot = plan.slot(Epoch::new(epoch)).unwrap();
        draft.add(&key(&plan, slot)).unwrap();
        draft.publish()
    };
    let two = add(one, 3);
    let three = add(&two, 4);
    assert_eq!(three.edition().number(), 3);
    assert!(one.is_followed_by(one) && one.is_followed_by(&two) && two.is_followed_by(&three));
    assert!(one.is_followed_by(&three), "over any number of editions");
    assert!(!two.is_followed_by(one) && !three.is_followed_by(one));

    // Another edition of the same number, and what comes after it, is seen to be of another chain at once.
    let other = add(one, 3);
    assert!(!two.is_followed_by(&other) && !other.is_followed_by(&two));
    assert!(!other.is_followed_by(&three));
    assert!(!two.is_no_earlier_than(&other.edition()));

    let mut dropped = three.revise();
    dropped.drop_before(Epoch::new(2));
    let four = dropped.publish();
    assert!(one.is_followed_by(&four) && three.is_followed_by(&four));
    let mut below = four.revise();
    below.drop_before(Epoch::new(0));
    assert!(
        four.is_followed_by(&below.publish()),
        "a lower first epoch changes nothing"
    );
}

/// Each by writing the bytes of a later edition that an honest draft does not make.
#[test]
fn an_edition_that_changes_a_key_does_not_follow() {
    let service = Service::new(1, 2);
    let plan = service.schedule.plan();
    let listed = service.schedule.keys();
    let edition = |keys: &[(Slot, Vec<u8>)]| {
        let mut draft = Draft::new(plan.clone())
            .publish()
            .revise()
            .publish()
            .revise();
        for (slot, key) in keys {
            draft.add_public(*slot, key).unwrap();
        }
        draft.publish()
    };
    let own = |place: usize| (*listed[place].slot(), listed[place].public_key().to_vec());
    let third = (plan.slot(Epoch::new(2)).unwrap(), vec![3; 32]);
    let follows = |keys: &[_]| service.schedule.is_followed_by(&edition(keys));
    assert!(follows(&[own(0), own(1)]));
    assert!(follows(&[own(0), own(1), third.clone()]));
    let opening = (
        own(1)
            .0
            .opening(ORIGIN.plus(DAY).plus(DAY).minus(Seconds::new(1))),
        own(1).1,
    );
    for (name, keys) in [
        ("a key left out", vec![own(0)]),
        ("another key", vec![own(0), (own(1).0, vec![9; 32])]),
        ("another opening", vec![own(0), opening]),
        ("none", vec![]),
        (
            "keys swapped",
            vec![(own(0).0, own(1).1), (own(1).0, own(0).1)],
        ),
        ("left out before the end", vec![own(1), third]),
    ] {
        assert!(!follows(&keys), "{name}");
    }
    // An epoch that was passed over does not come later.
    let gap = edition(&[own(0), (plan.slot(Epoch::new(5)).unwrap(), vec![5; 32])]);
    let filled = edition(&[
        own(0),
        own(1),
        (plan.slot(Epoch::new(5)).unwrap(), vec![5; 32]),
    ]);
    let filled = filled.revise().publish();
    assert!(!gap.is_followed_by(&filled));
    let other = Draft::new(super::support::plan(2))
        .publish()
        .revise()
        .publish();
    assert!(!service.schedule.is_followed_by(&other), "another plan");
}

#[test]
fn schedule_bytes_are_strict() {
    let service = Service::new(3, 2);
    let next = service.schedule.revise().publish();
    for schedule in [&service.schedule, &next] {
        let bytes = schedule.to_bytes();
        assert_eq!(KeySchedule::from_bytes(&bytes).as_ref(), Ok(schedule));
        for end in 0..bytes.len() {
            assert!(KeySchedule::from_bytes(&bytes[..end]).is_err(), "{end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(KeySchedule::from_bytes(&longer), Err(DecodeError::Length));
        for at in 0..bytes.len() {
            let mut other = bytes.clone();
            other[at] ^= 1;
            if let Ok(read) = KeySchedule::from_bytes(&other) {
                assert_eq!(read.to_bytes(), other, "{at}");
                assert_ne!(read.digest(), schedule.digest(), "{at}");
            }
        }
    }
    let mut zero = next.to_bytes();
    let number = 1 + 2 + 19 + 2 + 7 + 40 + 1;
    assert_eq!(zero[number..number + 8], 2_u64.to_be_bytes());
    for value in [0_u8, 1] {
        zero[number + 7] = value;
        assert_eq!(
            KeySchedule::from_bytes(&zero),
            Err(DecodeError::Value),
            "a first edition has none before"
        );
    }
    let bytes = service.schedule.edition().to_bytes();
    assert_eq!(Edition::from_bytes(&bytes), Ok(service.schedule.edition()));
    assert_eq!(Edition::from_bytes(&[0; 40]), Err(DecodeError::Value));
}

#[test]
fn clients_draw_under_the_latest_key() {
    let service = Service::new(1, 2);
    let second = Seconds::new(1);
    let issuing = |now| {
        service
            .schedule
            .issuing(now)
            .map(|key| key.slot().epoch().number())
    };
    let end = ORIGIN.plus(DAY).plus(DAY);
    for (now, epoch) in [
        (ORIGIN.minus(second), None),
        (ORIGIN, Some(0)),
        (ORIGIN.plus(DAY).minus(second), Some(0)),
        (ORIGIN.plus(DAY), Some(1)),
        (end.plus(OVERLAP).minus(second), Some(1)),
        (end.plus(OVERLAP), None),
    ] {
        assert_eq!(issuing(now), epoch, "{now}");
    }
    let id = service.schedule.keys()[1].id();
    assert!(service.schedule.redeems(id, end.plus(GRACE).minus(second)));
    assert!(!service.schedule.redeems(id, end.plus(GRACE)));
    let over = end.plus(GRACE).plus(Timetable::LEEWAY);
    assert!(!service.schedule.is_over(id, over.minus(second)));
    assert!(service.schedule.is_over(id, over));
}
