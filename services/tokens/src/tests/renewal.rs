//! A ledger that is lost, and redeemers with a ledger of their own.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{InPlace, Ledger};
use milagro_voprf::tokens::schedule::{KeySchedule, PinnedSchedule, SignedSchedule};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::{OperatorKey, SecretError};

use crate::authenticate::Authenticate;
use crate::editions::{self, EditionError, Kept, Next};
use crate::forms::RedeemOutcome;
use crate::primary::{self, Exported, KeyError, Place, Primary, Safe};
use crate::renewal::renewed;
use crate::service::{Fault, Keys, Parts, Served, Service};
use crate::tenant::KeyForm;
use crate::testkit::{ByName, Fleet, Role, Size, settings};
use crate::tests::support::{NOW, drawn, ground, ledger, outcomes, redeeming, rng};

async fn published(fleet: &Fleet) -> (KeySchedule, SignedSchedule) {
    let records = fleet.safe().records;
    let found = editions::current(records, fleet.tenant().name(), &fleet.verifier).await;
    let found = found.unwrap().unwrap();
    (found.schedule, found.signed)
}

fn live(schedule: &KeySchedule) -> Vec<u32> {
    let keys = schedule.keys().iter().filter(|key| !key.is_withdrawn());
    keys.map(|key| key.slot().serial()).collect()
}

/// A process over another ledger.
async fn over(
    fleet: &Fleet,
    ledger: &Arc<dyn Ledger>,
    served: Served,
) -> Result<Arc<Service>, Fault> {
    let directory = tempfile::tempdir().unwrap();
    let audit = Audit::open(&directory.path().join("audit")).unwrap();
    let parts = Parts {
        ledger: Arc::clone(ledger),
        ..fleet.parts(audit)
    };
    Service::new(parts, vec![served]).await.map(Arc::new)
}

fn served(fleet: &Fleet, keys: Keys) -> Served {
    let door: Arc<dyn Authenticate> = Arc::new(ByName);
    Served {
        tenant: fleet.tenant(),
        verifier: fleet.verifier,
        keys,
        issues: (keys != Keys::Exported).then_some(door),
        redeems: true,
    }
}

async fn lost_and_renewed(form: KeyForm) {
    let (ground, _directory) = ground(ledger());
    let mut settings = settings(Size::SMALL);
    settings.keys = form;
    let fleet = Fleet::found(ground, &settings).await.unwrap();
    let issuer = fleet
        .service(Role::Issuer, Keys::PrimaryAndSigner)
        .await
        .unwrap();
    fleet.clock.advance(Seconds::new(122));
    let tokens = drawn(&fleet, &issuer, 2).await;
    let (copied, copy) = published(&fleet).await;
    // The copy is made here. Two editions later, which clients have seen, everything is lost.
    let mut seen = PinnedSchedule::pin(copied.clone());
    for _ in 0..2 {
        fleet.clock.advance(Seconds::hours(1));
        issuer.refresh().await.unwrap();
        seen = seen
            .follow(PinnedSchedule::pin(published(&fleet).await.0))
            .unwrap();
    }
    let lost = seen.schedule().edition();
    put_back(&fleet, &copy).await;
    let now = fleet.clock.now();
    // Born just now.
    let new = MemoryLedger::init(&mut rng(), 100_000, now);
    let new: Arc<dyn Ledger> = Arc::new(InPlace(new));
    let refused = over(&fleet, &new, served(&fleet, Keys::PrimaryAndSigner)).await;
    assert_eq!(refused.unwrap_err(), Fault::Ledger);

    // Another key; cut off after that, and begun again.
    let (safe, tenant) = (fleet.safe(), fleet.tenant());
    let first = Primary::renew(&mut rng(), safe, &tenant, new.id())
        .await
        .unwrap();
    let again = Primary::renew(&mut rng(), safe, &tenant, new.id())
        .await
        .unwrap();
    let schedule = renewed(&tenant, &copied, &first, now).unwrap().unwrap();
    assert_eq!(
        renewed(&tenant, &copied, &again, now).unwrap().unwrap(),
        schedule
    );
    assert_eq!(renewed(&tenant, &schedule, &again, now), Ok(None));
    assert_eq!(first.key.ledger(), new.id());
    // Nothing of the key before is left, and who has seen what was lost goes on, with and without a restart.
    assert_eq!(live(&schedule), [1, 1, 1]);
    assert!(copied.is_followed_by(&schedule) && schedule.is_no_earlier_than(&lost));
    seen.follow(PinnedSchedule::pin(schedule.clone())).unwrap();
    let signer = primary::signer(safe, tenant.name()).await.unwrap();
    let found = editions::current(safe.records, tenant.name(), &fleet.verifier).await;
    let next = Next {
        tenant: tenant.name(),
        schedule: &schedule,
    };
    let after = found.unwrap();
    editions::publish(safe.records, &signer, after.as_ref(), next)
        .await
        .unwrap();

    let service = over(&fleet, &new, served(&fleet, Keys::PrimaryAndSigner))
        .await
        .unwrap();
    service.refresh().await.unwrap();
    fleet.clock.advance(Seconds::new(122));
    let old = outcomes(&service, &redeeming(&fleet, tokens, b"hail")).await;
    assert_eq!(old, [RedeemOutcome::Refused; 2]);
    let anew = drawn(&fleet, &service, 2).await;
    let good = redeeming(&fleet, anew, b"hail");
    assert_eq!(outcomes(&service, &good).await, [RedeemOutcome::Spent; 2]);
    assert_eq!(outcomes(&service, &good).await, [RedeemOutcome::Again; 2]);
    // The ledger before is no place for the new keys.
    let before = fleet
        .service(Role::Redeemer, Keys::Primary)
        .await
        .unwrap_err();
    assert_eq!(before.downcast_ref::<Fault>(), Some(&Fault::Ledger));
}

/// The edition of the copy, in the place of whatever stands there.
async fn put_back(fleet: &Fleet, copy: &SignedSchedule) {
    let (records, tenant) = (fleet.safe().records, fleet.tenant());
    let key = tenant.name().as_str().as_bytes();
    let found = records.get(crate::kinds::EDITION, &[key]).await.unwrap();
    let version = found[0].as_ref().unwrap().version;
    let entry = Entry {
        kind: crate::kinds::EDITION,
        key,
        value: &copy.to_bytes(),
        expected: Some(version),
        until: None,
    };
    assert!(matches!(records.put(entry).await, Ok(Put::Stored(_))));
}

#[tokio::test]
async fn a_lost_ledger_takes_its_keys_along() {
    lost_and_renewed(KeyForm::Compact).await;
}

#[tokio::test]
async fn a_lost_ledger_takes_exportable_keys_along() {
    lost_and_renewed(KeyForm::Exportable).await;
}

#[tokio::test]
async fn the_first_keys_are_not_renewed_in_their_ledger() {
    let (ground, _directory) = ground(ledger());
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await.unwrap();
    let (safe, tenant, own) = (fleet.safe(), fleet.tenant(), fleet.ledger().id());
    let same = Primary::renew(&mut rng(), safe, &tenant, own).await;
    assert_eq!(same.unwrap_err(), KeyError::SameLedger);
}

#[tokio::test]
async fn a_redeemer_with_a_ledger_of_its_own() {
    let (ground, _directory) = ground(ledger());
    let mut settings = settings(Size::SMALL);
    settings.keys = KeyForm::Exportable;
    let fleet = Fleet::found(ground, &settings).await.unwrap();
    let issuer = fleet
        .service(Role::Issuer, Keys::PrimaryAndSigner)
        .await
        .unwrap();
    fleet.clock.advance(Seconds::new(122));
    let tokens = drawn(&fleet, &issuer, 2).await;
    let request = redeeming(&fleet, tokens, b"hail");

    // Keys go to one ledger alone, unless they are moved. This key is the tenant's first, and nobody redeems here.
    let (there, elsewhere) = (ledger(), ledger());
    let (safe, tenant) = (fleet.safe(), fleet.tenant());
    let name = tenant.name();
    let place = Place {
        ledger: there.id(),
        own: fleet.ledger().id(),
        moved: false,
        now: NOW,
    };
    let at = primary::redeem_at(&mut rng(), safe, &tenant, place).await;
    let at = at.unwrap();
    let again = primary::redeem_at(&mut rng(), safe, &tenant, place).await;
    assert_eq!(again, Ok(at));
    let second = Place {
        ledger: elsewhere.id(),
        ..place
    };
    let second = primary::redeem_at(&mut rng(), safe, &tenant, second).await;
    assert_eq!(second, Err(KeyError::Secret(SecretError::Exists)));
    assert_eq!(primary::redeemed_at(safe, name).await, Ok(Some(at)));
    // From now on nobody redeems beside the issuer, or each token would be good once more.
    let beside = fleet
        .service(Role::Redeemer, Keys::Primary)
        .await
        .unwrap_err();
    assert_eq!(beside.downcast_ref::<Fault>(), Some(&Fault::Elsewhere));

    let (schedule, signed) = published(&fleet).await;
    let key = Primary::find(safe, &tenant).await.unwrap();
    let exported = key.export(&schedule, &at).unwrap().to_bytes();
    let exported = Exported::from_bytes(&exported, tenant.plan()).unwrap();
    assert_eq!(exported.count(), 3);
    let (records, operator) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let own = Safe {
        records: &records,
        key: &operator,
    };
    let kept = exported.keep(&mut rng(), own, name, there.id()).await;
    kept.unwrap();
    primary::keep_verifier(&mut rng(), own, name, &fleet.verifier)
        .await
        .unwrap();
    assert_eq!(primary::verifier(own, name).await, Ok(fleet.verifier));
    // There is neither primary key nor signer.
    assert!(Primary::find(own, &tenant).await.is_err());
    assert!(primary::signer(own, name).await.is_err());
    editions::keep(&records, name, &fleet.verifier, &signed)
        .await
        .unwrap();
    editions::keep(&records, name, &fleet.verifier, &signed)
        .await
        .unwrap();

    let directory = tempfile::tempdir().unwrap();
    let audit = Audit::open(&directory.path().join("audit")).unwrap();
    let parts = Parts {
        ledger: Arc::clone(&there),
        records: Arc::new(records),
        operator: Arc::new(operator),
        ..fleet.parts(audit)
    };
    let service = Service::new(parts, vec![served(&fleet, Keys::Exported)]).await;
    let service = Arc::new(service.unwrap());
    service.refresh().await.unwrap();
    // It counts what opens after the birth of its ledger alone: this key does.
    assert_eq!(
        outcomes(&service, &request).await,
        [RedeemOutcome::Spent; 2]
    );
    assert_eq!(
        outcomes(&service, &request).await,
        [RedeemOutcome::Again; 2]
    );
}

#[tokio::test]
async fn editions_that_are_kept_go_forward() {
    let (ground, _directory) = ground(ledger());
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await.unwrap();
    let keys = Keys::PrimaryAndSigner;
    fleet.service(Role::Issuer, keys).await.unwrap();
    let (schedule, signed) = published(&fleet).await;
    let (safe, tenant) = (fleet.safe(), fleet.tenant());
    let (name, records) = (tenant.name(), MemoryRecords::new(1 << 20));
    let other = milagro_voprf::tokens::schedule::ScheduleSigner::generate(&mut rng());
    let foreign = other.sign(&schedule);
    let kept = editions::keep(&records, name, &fleet.verifier, &foreign).await;
    assert_eq!(kept, Err(EditionError::Signature));
    // An edition that follows takes its place, and nothing brings the one before back; nor does another of one number.
    let signer = primary::signer(safe, name).await.unwrap();
    let next = signer.sign(&schedule.revise().publish());
    let steps = [
        (&next, Kept::Now),
        (&signed, Kept::Older),
        (&next, Kept::Before),
    ];
    for (edition, step) in steps {
        let would = editions::would_keep(&records, name, &fleet.verifier, edition).await;
        let kept = editions::keep(&records, name, &fleet.verifier, edition).await;
        assert_eq!((would, kept), (Ok(step), Ok(step)));
    }
    let mut fork = schedule.revise();
    fork.withdraw(schedule.keys()[2].id()).unwrap();
    let fork = signer.sign(&fork.publish());
    let kept = editions::keep(&records, name, &fleet.verifier, &fork).await;
    assert_eq!(kept, Err(EditionError::NotLater));
}
