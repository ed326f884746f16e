//! Emergencies: a key is withdrawn, and one of the next serial takes its place.

use alloc::sync::Arc;

use milagro_base::{DecodeError, Seconds};
use milagro_ledger::LocalLedger as _;
use milagro_voprf::tokens::client::{TokenKey, Wallet};
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::Refusal;
use milagro_voprf::tokens::schedule::{Draft, Epoch, KeySchedule, PinnedSchedule, ScheduleError};

use super::support::{
    NOON, Outcome, PAYLOAD, Service, draw, ledger, plan, quota, redeem, redemption, rng, spend,
};

/// The service after its first epoch's key was replaced at noon.
fn replaced(service: &Service) -> Service {
    let plan = service.schedule.plan();
    let old = service.schedule.keys()[0].slot();
    let key = <PortableKey>::generate(&mut rng(), plan, old.replaced(NOON).unwrap()).unwrap();
    let mut draft = service.schedule.revise();
    draft.replace(&key).unwrap();
    let mut keys = KeyRing::new();
    keys.insert(key);
    Service {
        schedule: draft.publish(),
        keys: Arc::new(keys),
    }
}

#[test]
fn a_withdrawn_key_neither_issues_nor_redeems_and_the_next_serial_does() {
    let (before, ledger) = (Service::new(1, 3), ledger());
    let after = replaced(&before);
    assert!(before.schedule.is_followed_by(&after.schedule));
    assert_eq!(after.schedule.keys().len(), 4);

    let token = before.token();
    let old = *token.key_id();
    let request = spend(token, PAYLOAD);
    let spent = redemption(&request, PAYLOAD);
    let withdrawn = Outcome::Refused(Refusal::Withdrawn);
    let mut redeemer = before.redeemer();
    redeemer
        .update(after.schedule.clone(), Arc::clone(&after.keys))
        .unwrap();
    assert_eq!(redeem(&redeemer, &ledger, &spent, NOON), withdrawn);

    let mut issuer = before.issuer(quota(10), QueryBudget::new(100));
    let request = before
        .key(NOON)
        .draw(&mut rng(), 1)
        .unwrap()
        .request
        .to_bytes();
    issuer
        .update(after.schedule.clone(), Arc::new(KeyRing::new()))
        .unwrap();
    let refused = draw(&issuer, &ledger, b"ann", &request, NOON).err();
    assert_eq!(refused, Some(IssueRefusal::Closed));
    assert!(TokenKey::<milagro_voprf::Ristretto255>::by_id(&after.pinned(), &old).is_err());

    let token = after.token();
    assert_ne!(*token.key_id(), old);
    let request = spend(token, PAYLOAD);
    assert_eq!(
        redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), NOON),
        Outcome::First
    );
}

#[test]
fn an_issuer_refuses_a_withdrawn_key_that_it_still_has() {
    let (before, ledger) = (Service::new(1, 1), ledger());
    let mut issuer = before.issuer(quota(10), QueryBudget::new(100));
    issuer
        .update(replaced(&before).schedule, Arc::clone(&before.keys))
        .unwrap();
    let request = before
        .key(NOON)
        .draw(&mut rng(), 1)
        .unwrap()
        .request
        .to_bytes();
    let refused = draw(&issuer, &ledger, b"ann", &request, NOON).err();
    assert_eq!(refused, Some(IssueRefusal::Closed));
}

#[test]
fn a_wallet_forgets_tokens_of_a_withdrawn_key() {
    let before = Service::new(1, 1);
    let mut wallet = Wallet::new();
    wallet.put(before.tokens(3, NOON)).unwrap();
    wallet.forget_expired(&before.schedule, NOON);
    assert_eq!(wallet.len(), 3);
    let after = replaced(&before);
    assert!(
        wallet
            .take_redeemable(&mut rng(), &after.schedule, NOON)
            .is_none()
    );
    wallet.forget_expired(&after.schedule, NOON);
    assert!(wallet.is_empty());
}

#[test]
fn serials_follow_withdrawn_ones() {
    let plan = plan(1);
    let first = plan.slot(Epoch::new(0)).unwrap();
    let second = first.replaced(NOON).unwrap();
    let third = second.replaced(NOON).unwrap();
    let key = |slot| <PortableKey>::generate(&mut rng(), &plan, slot).unwrap();

    let mut draft = Draft::new(plan.clone());
    assert_eq!(
        draft.add(&key(second)),
        Err(ScheduleError::Order),
        "no serial 0"
    );
    assert_eq!(draft.replace(&key(second)), Err(ScheduleError::UnknownKey));
    let id = draft.add(&key(first)).unwrap();
    assert_eq!(
        draft.add(&key(second)),
        Err(ScheduleError::Order),
        "serial 0 is live"
    );
    assert_eq!(draft.replace(&key(third)), Err(ScheduleError::UnknownKey));
    draft.withdraw(&id).unwrap();
    assert_eq!(
        draft.add(&key(third)),
        Err(ScheduleError::Order),
        "serial 1 is left out"
    );
    draft.add(&key(second)).unwrap();
    assert_eq!(
        draft.replace(&key(second)),
        Err(ScheduleError::Order),
        "serial 1 is there"
    );
    draft.replace(&key(third)).unwrap();
    let live: Vec<_> = draft
        .publish()
        .keys()
        .iter()
        .map(milagro_voprf::tokens::schedule::ScheduledKey::is_withdrawn)
        .collect();
    assert_eq!(live, [true, true, false]);
}

/// Two keys of one epoch that both count would tell whoever has the one from whoever has the other.
#[test]
fn two_live_serials_are_not_read() {
    let after = replaced(&Service::new(1, 1)).schedule;
    let bytes = after.to_bytes();
    assert_eq!(KeySchedule::from_bytes(&bytes).as_ref(), Ok(&after));
    // The status of the first key, behind its epoch, serial and opening.
    let status = bytes.len() - 2 * (8 + 4 + 8 + 1 + 2 + 32) + 8 + 4 + 8;
    let mut live = bytes.clone();
    assert_eq!(core::mem::replace(&mut live[status], 0), 1);
    assert_eq!(KeySchedule::from_bytes(&live), Err(DecodeError::Value));
    let mut serial = bytes;
    serial[status + 1 + 2 + 32 + 8 + 3] = 2;
    assert_eq!(KeySchedule::from_bytes(&serial), Err(DecodeError::Value));
}

#[test]
fn what_is_withdrawn_stays_withdrawn() {
    let before = Service::new(1, 2);
    let after = replaced(&before);
    // An edition that comes after the first, and not after the one that withdrew.
    let revived = before.schedule.revise().publish().revise().publish();
    assert!(before.schedule.is_followed_by(&revived));
    assert!(!after.schedule.is_followed_by(&revived));
    let mut redeemer = after.redeemer();
    assert!(
        redeemer
            .update(revived.clone(), Arc::clone(&before.keys))
            .is_err()
    );
    let followed = after.pinned().follow(PinnedSchedule::pin(revived.clone()));
    assert!(followed.is_err());
    // After a restart the number says so, or the digest where the numbers are the same.
    let seen = after.schedule.edition();
    assert!(after.schedule.is_no_earlier_than(&seen));
    assert!(!before.schedule.is_no_earlier_than(&seen));
    assert!(!before.schedule.revise().publish().is_no_earlier_than(&seen));
    assert!(
        !revived.is_no_earlier_than(&seen),
        "it comes after another second edition"
    );
    assert!(
        revived.revise().publish().is_no_earlier_than(&seen),
        "a later number needs a signature or a digest"
    );
}

/// The new key counts from when it opens, so that a ledger which was restored shortly before counts it from
/// its start.
#[test]
fn the_new_key_opens_when_it_says() {
    let after = replaced(&Service::new(1, 1));
    let (id, early) = (*after.schedule.keys()[1].id(), NOON.minus(Seconds::new(1)));
    assert!(after.schedule.issuing(early).is_none());
    assert_eq!(after.schedule.issuing(NOON).map(|key| *key.id()), Some(id));
    let reborn = milagro_ledger::memory::MemoryLedger::init(
        &mut rng(),
        10,
        NOON.minus(Seconds::minutes(10)),
    );
    let request = spend(after.token(), PAYLOAD);
    let outcome = redeem(
        &after.redeemer_on(reborn.id()),
        &reborn,
        &redemption(&request, PAYLOAD),
        NOON,
    );
    assert_eq!(outcome, Outcome::First);
}
