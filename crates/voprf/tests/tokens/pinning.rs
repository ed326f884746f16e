//! The ways in which a client knows that a schedule is everyone's, and what is carried where.

use milagro_base::DecodeError;
use milagro_voprf::Ristretto255;
use milagro_voprf::suite::P256;
use milagro_voprf::tokens::client::{TokenKey, TokenKeyError};
use milagro_voprf::tokens::keys::{PortableKey, PortablePrimary, TokenPrimary};
use milagro_voprf::tokens::schedule::{
    Draft, Epoch, KeySchedule, PinnedSchedule, Plan, ScheduleDigest, ScheduleSigner,
    ScheduleVerifier, SignedSchedule, Slot, Uses,
};

use super::support::{DAY, NOON, ORIGIN, Service, days, plan, rng, slots};

#[test]
fn a_digest_pins_one_schedule() {
    let (service, per_user) = (Service::new(1, 1), Service::new(1, 1));
    let digest = service.schedule.digest();
    let pinned = KeySchedule::pinned(&service.schedule.to_bytes(), &digest).unwrap();
    assert_eq!(*pinned.schedule(), service.schedule);
    assert!(KeySchedule::pinned(&per_user.schedule.to_bytes(), &digest).is_err());
    let mut other = digest.to_bytes();
    other[0] ^= 1;
    let other = ScheduleDigest::from_bytes(&other);
    assert!(KeySchedule::pinned(&service.schedule.to_bytes(), &other).is_err());
}

#[test]
fn a_signature_pins_what_was_signed_and_editions_follow() {
    let signer = ScheduleSigner::generate(&mut rng());
    let verifier = ScheduleVerifier::from_bytes(&signer.verifier().to_bytes()).unwrap();
    let service = Service::new(1, 2);
    let next = service.schedule.revise().publish();
    let pin = |schedule: &KeySchedule, signer: &ScheduleSigner| {
        let bytes = signer.sign(schedule).to_bytes();
        verifier.pin(&SignedSchedule::from_bytes(&bytes).unwrap())
    };
    let first = pin(&service.schedule, &signer).unwrap();
    let second = first.follow(pin(&next, &signer).unwrap()).unwrap();
    assert!(second.follow(first.clone()).is_err(), "not back");
    assert!(first.clone().no_earlier_than(&next.edition()).is_err());
    assert!(first.no_earlier_than(&service.schedule.edition()).is_ok());

    let other = ScheduleSigner::generate(&mut rng());
    assert!(pin(&service.schedule, &other).is_err());
    let again = ScheduleSigner::from_bytes(&signer.to_bytes());
    assert!(pin(&service.schedule, &again).is_ok());
    let bytes = signer.sign(&service.schedule).to_bytes();
    for at in 1..bytes.len() {
        let mut other = bytes.clone();
        other[at] ^= 1;
        let read = SignedSchedule::from_bytes(&other);
        assert!(
            !read.is_ok_and(|signed| verifier.pin(&signed).is_ok()),
            "{at}"
        );
    }
    let long = vec![1; SignedSchedule::MAX_LEN + 1];
    assert_eq!(SignedSchedule::from_bytes(&long), Err(DecodeError::Length));
    for weak in [[0; 32], [0xff; 32]] {
        assert_eq!(
            ScheduleVerifier::from_bytes(&weak),
            Err(DecodeError::Encoding)
        );
    }
}

fn derived(primary: &TokenPrimary, plan: &Plan, slots: &[Slot]) -> KeySchedule {
    let mut draft = Draft::new(plan.clone());
    for slot in slots {
        draft.add(&primary.derive(plan, *slot).unwrap()).unwrap();
    }
    draft.publish()
}

#[test]
fn a_primary_key_pins_what_was_derived_from_it() {
    let primary = <TokenPrimary>::generate(&mut rng());
    let plan = plan(1);
    let schedule = derived(&primary, &plan, &slots(&plan, 3));
    let proof = primary.prove(&mut rng(), &schedule).unwrap();
    let public = primary.public_key();
    let pinned = public.pin(&schedule.to_bytes(), &plan, &proof).unwrap();
    assert_eq!(*pinned.schedule(), schedule);
    let key = TokenKey::<Ristretto255>::from_schedule(&pinned, NOON).unwrap();
    assert_eq!(key.id(), schedule.keys()[0].id());

    let foreign = <TokenPrimary>::generate(&mut rng());
    assert!(
        foreign
            .public_key()
            .pin(&schedule.to_bytes(), &plan, &proof)
            .is_err()
    );
    assert!(foreign.prove(&mut rng(), &schedule).is_err());
    let part = derived(&primary, &plan, &slots(&plan, 2));
    assert!(public.pin(&part.to_bytes(), &plan, &proof).is_err());
    let other = Plan::new::<Ristretto255>("weather2", days(), Uses::ONE).unwrap();
    assert!(public.pin(&schedule.to_bytes(), &other, &proof).is_err());
    let elsewhere = derived(&primary, &other, &slots(&other, 3));
    let proof = primary.prove(&mut rng(), &elsewhere).unwrap();
    assert!(public.pin(&elsewhere.to_bytes(), &plan, &proof).is_err());
    let empty = Draft::new(plan.clone()).publish();
    assert!(primary.prove(&mut rng(), &empty).is_err());
    assert!(public.pin(&empty.to_bytes(), &plan, &proof).is_err());
}

/// Under one primary key an issuer could show every client another serial or another opening: all of them are
/// proven, and each tells its client apart.
#[test]
fn a_primary_key_alone_pins_no_serial_and_no_late_opening() {
    let primary = <TokenPrimary>::generate(&mut rng());
    let plan = plan(1);
    let slot = plan.slot(Epoch::new(0)).unwrap();
    let late = derived(&primary, &plan, &[slot.opening(NOON)]);
    let mut draft = derived(&primary, &plan, &[slot]).revise();
    draft
        .replace(
            &primary
                .derive(&plan, slot.replaced(ORIGIN).unwrap())
                .unwrap(),
        )
        .unwrap();
    let replaced = draft.publish();
    for schedule in [late, replaced] {
        let proof = primary.prove(&mut rng(), &schedule).unwrap();
        let pinned = primary
            .public_key()
            .pin(&schedule.to_bytes(), &plan, &proof);
        assert!(pinned.is_err());
    }
}

#[test]
fn a_portable_primary_key_pins_what_was_derived_from_it() {
    let primary = <PortablePrimary>::generate(&mut rng());
    let plan = plan(1);
    let schedule = |plan: &Plan, epochs| {
        let mut draft = Draft::new(plan.clone());
        for slot in slots(plan, epochs) {
            draft.add(&primary.derive(plan, slot).unwrap()).unwrap();
        }
        draft.publish()
    };
    let two = schedule(&plan, 2);
    let proof = primary.prove(&mut rng(), &two).unwrap();
    let public = primary.public_key();
    assert!(public.pin(&two.to_bytes(), &plan, &proof).is_ok());
    assert!(
        public
            .pin(&schedule(&plan, 1).to_bytes(), &plan, &proof)
            .is_err()
    );
    let other = Plan::new::<Ristretto255>("weather2", days(), Uses::ONE).unwrap();
    assert!(
        public
            .pin(&schedule(&other, 2).to_bytes(), &plan, &proof)
            .is_err()
    );
    assert!(
        primary
            .prove(&mut rng(), &Service::new(1, 1).schedule)
            .is_err()
    );
}

#[test]
fn a_derived_key_is_carried_to_a_redeemer_and_is_the_same_there() {
    let primary = <PortablePrimary>::generate(&mut rng());
    let plan = plan(1);
    let slot = plan.slot(Epoch::new(0)).unwrap();
    let key = primary.derive(&plan, slot).unwrap();
    let bytes = key.to_bytes();
    let carried = <PortableKey>::from_bytes(&bytes, &plan).unwrap();
    assert_eq!(carried.id(), key.id());
    assert_eq!(carried.to_bytes(), bytes);
    assert_eq!(bytes.len(), 1 + 32 + 8 + 4 + 8 + 32 + 1 + 32);
    for end in 0..bytes.len() {
        assert!(
            <PortableKey>::from_bytes(&bytes[..end], &plan).is_err(),
            "{end}"
        );
    }
    let mut other = bytes.clone();
    other[0] = 2;
    assert_eq!(
        <PortableKey>::from_bytes(&other, &plan).err(),
        Some(DecodeError::Version)
    );
    for (at, value, error) in [
        (85, 2, DecodeError::Value),
        (117, 0xff, DecodeError::ScalarOutOfRange),
        (45, 0xff, DecodeError::Value),
        (85, 0, DecodeError::Value), // says that no primary key knows it, and names another budget
    ] {
        let mut other = bytes.clone();
        other[at] = value;
        assert_eq!(
            <PortableKey>::from_bytes(&other, &plan).err(),
            Some(error),
            "{at}"
        );
    }
    let foreign = Plan::new::<P256>("weather", days(), Uses::ONE).unwrap();
    assert!(<PortableKey>::from_bytes(&bytes, &foreign).is_err());
}

#[test]
fn schedules_that_give_no_key_are_refused() {
    let service = Service::new(1, 1);
    let late = NOON.plus(DAY);
    let key = TokenKey::<Ristretto255>::from_schedule(&service.pinned(), late);
    assert_eq!(key.err(), Some(TokenKeyError::Closed));
    let key = TokenKey::<P256>::from_schedule(&service.pinned(), NOON);
    assert_eq!(key.err(), Some(TokenKeyError::OtherSuite));
    for (bytes, reason) in [
        (&[0; 32][..], DecodeError::Identity),
        (&[0xff; 32], DecodeError::Encoding),
        (&[1; 31], DecodeError::Length),
    ] {
        let plan = plan(1);
        let mut draft = Draft::new(plan.clone());
        draft
            .add_public(plan.slot(Epoch::new(0)).unwrap(), bytes)
            .unwrap();
        let pinned = PinnedSchedule::pin(draft.publish());
        let key = TokenKey::<Ristretto255>::from_schedule(&pinned, NOON);
        assert_eq!(key.err(), Some(TokenKeyError::Key(reason)));
    }
}
