//! Attacks on the way of exported keys, and on keys that were renewed: no token is good in two ledgers, nothing is half kept.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{InPlace, Ledger, LedgerId, Records};
use milagro_voprf::tokens::schedule::{KeySchedule, SignedSchedule};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::{OperatorKey, SecretError};

use crate::editions::{self, Next};
use crate::forms::RedeemOutcome;
use crate::kinds::EDITION;
use crate::primary::{self, Exported, KeyError, Place, Primary, RedeemedAt, Safe};
use crate::renewal::renewed;
use crate::service::{Fault, Keys, Parts, RefreshError, Served, Service};
use crate::tenant::KeyForm;
use crate::testkit::{Fleet, Role, Size, settings};
use crate::tests::support::{NOW, drawn, ground, ledger, outcomes, redeeming, rng, status};

const HOUR: Seconds = Seconds::hours(1);

async fn published(fleet: &Fleet) -> (KeySchedule, SignedSchedule) {
    let records = fleet.safe().records;
    let found = editions::current(records, fleet.tenant().name(), &fleet.verifier).await;
    let found = found.unwrap().unwrap();
    (found.schedule, found.signed)
}

async fn exportable() -> (Fleet, Arc<Service>, tempfile::TempDir) {
    let (ground, directory) = ground(ledger());
    let mut settings = settings(Size::SMALL);
    settings.keys = KeyForm::Exportable;
    settings.quota = 100;
    let fleet = Fleet::found(ground, &settings).await.unwrap();
    let keys = Keys::PrimaryAndSigner;
    let issuer = fleet.service(Role::Issuer, keys).await.unwrap();
    (fleet, issuer, directory)
}

/// A redeemer with records of its own.
struct Elsewhere {
    ledger: Arc<dyn Ledger>,
    records: Arc<MemoryRecords>,
    operator: Arc<OperatorKey>,
}

impl Elsewhere {
    fn new() -> Self {
        Self {
            ledger: ledger(),
            records: Arc::new(MemoryRecords::new(1 << 20)),
            operator: Arc::new(OperatorKey::random(&mut rng())),
        }
    }

    fn safe(&self) -> Safe<'_> {
        Safe {
            records: &*self.records,
            key: &self.operator,
        }
    }

    async fn keep(&self, fleet: &Fleet, exported: &Exported) -> Result<(), KeyError> {
        let (tenant, ledger) = (fleet.tenant(), self.ledger.id());
        exported
            .keep(&mut rng(), self.safe(), tenant.name(), ledger)
            .await
    }

    async fn keep_edition(&self, fleet: &Fleet) {
        let (tenant, (_, signed)) = (fleet.tenant(), published(fleet).await);
        let kept = editions::keep(&*self.records, tenant.name(), &fleet.verifier, &signed);
        kept.await.unwrap();
    }

    async fn serve(&self, fleet: &Fleet) -> Result<Arc<Service>, Fault> {
        let directory = tempfile::tempdir().unwrap();
        let audit = Audit::open(&directory.path().join("audit")).unwrap();
        let parts = Parts {
            ledger: Arc::clone(&self.ledger),
            records: Arc::<MemoryRecords>::clone(&self.records),
            operator: Arc::clone(&self.operator),
            ..fleet.parts(audit)
        };
        let served = Served {
            tenant: fleet.tenant(),
            verifier: fleet.verifier,
            keys: Keys::Exported,
            issues: None,
            redeems: true,
        };
        Service::new(parts, vec![served]).await.map(Arc::new)
    }
}

/// What the operator of the issuer does for a redeemer that counts there.
async fn export(fleet: &Fleet, ledger: LedgerId, moved: bool) -> Result<Exported, KeyError> {
    let (safe, tenant) = (fleet.safe(), fleet.tenant());
    let place = Place {
        ledger,
        own: fleet.ledger().id(),
        moved,
        now: fleet.clock.now(),
    };
    let at = primary::redeem_at(&mut rng(), safe, &tenant, place).await?;
    let primary = Primary::find(safe, &tenant).await?;
    primary.export(&published(fleet).await.0, &at)
}

/// Puts something in the place of the published edition, which it returns.
async fn replaced_edition(fleet: &Fleet, value: &[u8]) -> Vec<u8> {
    let (safe, tenant) = (fleet.safe(), fleet.tenant());
    let key = tenant.name().as_str().as_bytes();
    let mut found = safe.records.get(EDITION, &[key]).await.unwrap();
    let before = found.remove(0).unwrap();
    let entry = Entry {
        kind: EDITION,
        key,
        value,
        until: None,
        expected: Some(before.version),
    };
    assert!(matches!(safe.records.put(entry).await, Ok(Put::Stored(_))));
    before.value
}

#[tokio::test]
async fn no_token_is_good_in_two_ledgers_while_redemptions_move() {
    let (fleet, issuer, _directory) = exportable().await;
    let here = fleet.service(Role::Redeemer, Keys::Primary).await.unwrap();
    let there = Elsewhere::new();
    fleet.clock.advance(Seconds::new(122));
    let tokens = drawn(&fleet, &issuer, 4).await;
    let spent = redeeming(&fleet, tokens, b"hail");
    assert_eq!(outcomes(&here, &spent).await, [RedeemOutcome::Spent; 4]);

    // Redemptions go to a ledger that is as old as this one, while processes run that count here.
    let exported = export(&fleet, there.ledger.id(), false).await.unwrap();
    there.keep(&fleet, &exported).await.unwrap();
    there.keep_edition(&fleet).await;
    let service = there.serve(&fleet).await.unwrap();
    service.refresh().await.unwrap();
    assert_eq!(
        outcomes(&service, &spent).await,
        [RedeemOutcome::Refused; 4]
    );
    // Within half a minute those processes stop, though they were not told, and whatever else goes wrong with them.
    let request = redeeming(&fleet, drawn(&fleet, &issuer, 2).await, b"snow");
    let edition = replaced_edition(&fleet, b"no edition").await;
    here.refresh().await.unwrap_err();
    assert_eq!(status(&here, &request).await, 404);
    let _nonsense = replaced_edition(&fleet, &edition).await;
    here.refresh().await.unwrap();
    assert_eq!(status(&here, &request).await, 404);

    // The next key is good there, and there alone.
    fleet.clock.advance(HOUR);
    issuer.refresh().await.unwrap();
    let request = redeeming(&fleet, drawn(&fleet, &issuer, 2).await, b"rain");
    assert_eq!(
        outcomes(&service, &request).await,
        [RedeemOutcome::Spent; 2]
    );
    assert_eq!(status(&here, &request).await, 404);

    // They come back: what was spent there is not good here once more.
    drop(service);
    let back = export(&fleet, fleet.ledger().id(), false).await;
    assert_eq!(back.unwrap_err(), KeyError::Secret(SecretError::Exists));
    export(&fleet, fleet.ledger().id(), true).await.unwrap();
    here.refresh().await.unwrap();
    assert_eq!(outcomes(&here, &request).await, [RedeemOutcome::Refused; 2]);
    assert_eq!(outcomes(&here, &spent).await, [RedeemOutcome::Refused; 4]);
    fleet.clock.advance(HOUR);
    for service in [&issuer, &here] {
        service.refresh().await.unwrap();
    }
    let request = redeeming(&fleet, drawn(&fleet, &issuer, 2).await, b"fog");
    assert_eq!(outcomes(&here, &request).await, [RedeemOutcome::Spent; 2]);
}

#[tokio::test]
async fn keys_that_come_after_their_edition_are_found() {
    let (fleet, issuer, _directory) = exportable().await;
    let there = Elsewhere::new();
    let exported = export(&fleet, there.ledger.id(), false).await.unwrap();
    let none = Exported::from_bytes(&nothing(there.ledger.id()), fleet.tenant().plan());
    there.keep(&fleet, &none.unwrap()).await.unwrap();
    // A replica takes up the edition, before another one has kept the keys.
    there.keep_edition(&fleet).await;
    let service = there.serve(&fleet).await.unwrap();
    service.refresh().await.unwrap();
    fleet.clock.advance(Seconds::new(122));
    let request = redeeming(&fleet, drawn(&fleet, &issuer, 2).await, b"hail");
    assert_eq!(
        outcomes(&service, &request).await,
        [RedeemOutcome::Refused; 2]
    );
    there.keep(&fleet, &exported).await.unwrap();
    service.refresh().await.unwrap();
    assert_eq!(
        outcomes(&service, &request).await,
        [RedeemOutcome::Spent; 2]
    );
}

/// No key, for that ledger.
fn nothing(ledger: LedgerId) -> Vec<u8> {
    let mut bytes = vec![1];
    bytes.extend_from_slice(&ledger.to_bytes());
    bytes.extend_from_slice(&[0, 0]);
    bytes
}

#[tokio::test]
async fn keys_for_another_ledger_leave_nothing_and_a_restored_one_is_followed() {
    let (fleet, issuer, _directory) = exportable().await;
    let mut there = Elsewhere::new();
    let (schedule, _) = published(&fleet).await;
    let foreign = RedeemedAt {
        ledger: ledger().id(),
        since: NOW,
    };
    let primary = Primary::find(fleet.safe(), &fleet.tenant()).await.unwrap();
    let foreign = primary.export(&schedule, &foreign).unwrap();
    let own = there.ledger.id();
    assert_eq!(foreign.check(&schedule, own), Err(KeyError::OtherLedger));
    let refused = there.keep(&fleet, &foreign).await;
    assert_eq!(refused, Err(KeyError::OtherLedger));
    let kind = milagro_wire::server::locked::KIND;
    let left = there.records.list(kind, b"", b"", 10).await.unwrap();
    assert!(left.keys.is_empty());

    // Keys that the schedule has withdrawn, or never had, are not its keys.
    let exported = export(&fleet, own, false).await.unwrap();
    assert_eq!(exported.check(&schedule, own), Ok(()));
    let mut less = schedule.revise();
    less.withdraw(schedule.keys()[1].id()).unwrap();
    let less = exported.check(&less.publish(), own);
    assert_eq!(less, Err(KeyError::OtherForm));

    // The redeemer is restored: its ledger has another name. Keys of before are refused with the reason, and those for the
    // new one take their place.
    there.keep(&fleet, &exported).await.unwrap();
    there.keep_edition(&fleet).await;
    fleet.clock.advance(HOUR);
    issuer.refresh().await.unwrap();
    let born = MemoryLedger::init(&mut rng(), 100_000, fleet.clock.now());
    there.ledger = Arc::new(InPlace(born));
    assert_eq!(there.serve(&fleet).await.unwrap_err(), Fault::Ledger);
    let refused = there.keep(&fleet, &exported).await;
    assert_eq!(refused, Err(KeyError::OtherLedger));
    let unmoved = export(&fleet, there.ledger.id(), false).await;
    assert_eq!(unmoved.unwrap_err(), KeyError::Secret(SecretError::Exists));
    let exported = export(&fleet, there.ledger.id(), true).await.unwrap();
    there.keep(&fleet, &exported).await.unwrap();
    there.keep_edition(&fleet).await;
    let service = there.serve(&fleet).await.unwrap();
    service.refresh().await.unwrap();
    let early = redeeming(&fleet, drawn(&fleet, &issuer, 2).await, b"hail");
    assert_eq!(
        outcomes(&service, &early).await,
        [RedeemOutcome::Refused; 2]
    );
    fleet.clock.advance(HOUR);
    issuer.refresh().await.unwrap();
    let request = redeeming(&fleet, drawn(&fleet, &issuer, 2).await, b"hail");
    assert_eq!(
        outcomes(&service, &request).await,
        [RedeemOutcome::Spent; 2]
    );
}

#[tokio::test]
async fn a_primary_key_that_was_renewed_publishes_and_issues_nothing() {
    let (ground, _directory) = ground(ledger());
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await.unwrap();
    let keys = Keys::PrimaryAndSigner;
    let before = fleet.service(Role::Issuer, keys).await.unwrap();
    let here = fleet.service(Role::Redeemer, Keys::Primary).await.unwrap();
    fleet.clock.advance(Seconds::new(122));
    let tokens = drawn(&fleet, &before, 2).await;

    // Another ledger takes the place of this one, and its keys that of these, while processes over this one still run.
    let (safe, tenant, now) = (fleet.safe(), fleet.tenant(), fleet.clock.now());
    let other = ledger();
    let both = Primary::renew(&mut rng(), safe, &tenant, other.id()).await;
    let after = editions::current(safe.records, tenant.name(), &fleet.verifier).await;
    let after = after.unwrap().unwrap();
    let schedule = renewed(&tenant, &after.schedule, &both.unwrap(), now);
    let schedule = schedule.unwrap().unwrap();
    let signer = primary::signer(safe, tenant.name()).await.unwrap();
    let next = Next {
        tenant: tenant.name(),
        schedule: &schedule,
    };
    let done = editions::publish(safe.records, &signer, Some(&after), next).await;
    done.unwrap();
    // They go on with nothing: whatever is drawn or spent there would be good beside the new keys.
    fleet.clock.advance(HOUR);
    assert_eq!(before.refresh().await, Err(vec![RefreshError::Renewed]));
    here.refresh().await.unwrap();
    assert_eq!(published(&fleet).await.0, schedule);
    let spent = redeeming(&fleet, tokens, b"hail");
    assert_eq!(outcomes(&here, &spent).await, [RedeemOutcome::Refused; 2]);
    for service in [&before, &here] {
        let faults: Vec<_> = service.desks().flat_map(|desk| desk.faults()).collect();
        assert!(!faults.is_empty());
    }
}
