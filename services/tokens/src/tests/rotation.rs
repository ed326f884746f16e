//! What settings ask for, edition by edition.

use milagro_base::Seconds;
use milagro_ledger::Records;
use milagro_ledger::memory::MemoryRecords;
use milagro_voprf::tokens::schedule::{KeySchedule, ScheduledKey};
use milagro_wire::server::locked::OperatorKey;

use crate::primary::{Exported, KeyError, Primary, RedeemedAt, Safe};
use crate::renewal::renewed;
use crate::rotation::{Change, Rotation, RotationError};
use crate::tenant::{KeyForm, SettingsError, Tenant, TenantSettings, WithdrawnKey};
use crate::testkit::{Size, settings};
use crate::tests::support::{NOW, ledger, rng};

const HOUR: Seconds = Seconds::hours(1);
/// The epoch that `NOW` lies in.
const FIRST: u64 = 500_000;

fn base() -> TenantSettings {
    settings(Size::SMALL)
}

fn tenant(settings: &TenantSettings) -> Tenant {
    Tenant::new(settings).unwrap()
}

async fn primary(tenant: &Tenant) -> Primary {
    let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let safe = Safe {
        records: &records,
        key: &key,
    };
    let ledger = ledger();
    Primary::draw(&mut rng(), safe, tenant, ledger.id())
        .await
        .unwrap();
    let found = Primary::find(safe, tenant).await.unwrap();
    assert_eq!(found.ledger(), ledger.id());
    found
}

fn next(
    tenant: &Tenant,
    current: Option<&KeySchedule>,
    primary: &Primary,
    now: Seconds,
) -> (Vec<Change>, KeySchedule) {
    let due = Rotation::due(tenant, current, now).unwrap();
    let schedule = due.apply(tenant, current, primary).unwrap();
    assert_eq!(schedule.edition().number(), due.edition);
    assert!(current.is_none_or(|current| current.is_followed_by(&schedule)));
    assert!(
        Rotation::due(tenant, Some(&schedule), now)
            .unwrap()
            .is_empty()
    );
    (due.changes, schedule)
}

const fn add(epoch: u64, serial: u32, opens: u64) -> Change {
    Change::Add {
        epoch,
        serial,
        opens,
    }
}

#[tokio::test]
async fn an_epoch_is_a_new_attribute() {
    let tenant = tenant(&base());
    let primary = primary(&tenant).await;
    let opens = NOW.get() + 121;
    let start = |epoch| epoch * 3_600;
    let (changes, first) = next(&tenant, None, &primary, NOW);
    let later = [1, 2].map(|more| add(FIRST + more, 0, start(FIRST + more)));
    assert_eq!(changes, [&[add(FIRST, 0, opens)][..], &later].concat());

    let (changes, second) = next(&tenant, Some(&first), &primary, NOW.plus(HOUR));
    assert_eq!(changes, [add(FIRST + 3, 0, start(FIRST + 3))]);
    // What was there stays, bit by bit.
    assert_eq!(second.keys()[..3], *first.keys());

    // Over is over with overlap and leeway, and for an hour: epochs leave.
    let dropped = Change::DropBefore { epoch: FIRST + 1 };
    let two = NOW.plus(HOUR).plus(HOUR);
    let over = &first.keys()[0];
    assert!(second.is_over(over.id(), two));
    let (changes, third) = next(&tenant, Some(&second), &primary, two);
    assert_eq!(changes, [add(FIRST + 4, 0, start(FIRST + 4))]);
    let (changes, third) = next(&tenant, Some(&third), &primary, two.plus(HOUR));
    assert_eq!(changes, [dropped, add(FIRST + 5, 0, start(FIRST + 5))]);
    assert_eq!(third.keys()[0].slot().epoch().number(), FIRST + 1);

    // After a long sleep, the epochs between are not made up for.
    let (_, woken) = next(&tenant, Some(&third), &primary, NOW.plus(Seconds::days(30)));
    assert_eq!(
        woken.keys().last().unwrap().slot().epoch().number(),
        FIRST + 30 * 24 + 2
    );
}

#[tokio::test]
async fn a_clock_that_is_ahead_takes_no_key() {
    let tenant = tenant(&base());
    let primary = primary(&tenant).await;
    let (_, mut schedule) = next(&tenant, None, &primary, NOW);
    // Whatever the minute, and whoever publishes: what can be spent by the right clock can still be spent afterwards.
    for minute in 0..240 {
        let right = NOW.plus(Seconds::minutes(minute));
        let good = |schedule: &KeySchedule| -> Vec<_> {
            let keys = schedule.keys().iter().map(|key| *key.id());
            keys.filter(|id| schedule.redeems(id, right)).collect()
        };
        let before = good(&schedule);
        let due = Rotation::due(&tenant, Some(&schedule), right.plus(HOUR)).unwrap();
        schedule = due.apply(&tenant, Some(&schedule), &primary).unwrap();
        assert_eq!(good(&schedule), before, "minute {minute}");
    }
    assert!(schedule.keys().len() < 8);
}

const fn withdrawn(epoch: u64, serial: u32) -> WithdrawnKey {
    WithdrawnKey { epoch, serial }
}

#[tokio::test]
async fn an_emergency_is_a_serial() {
    let mut settings = base();
    let primary = primary(&tenant(&settings)).await;
    let (_, first) = next(&tenant(&settings), None, &primary, NOW);
    // Of this epoch and of the next one, which has two emergencies. What no epoch has had yet changes nothing.
    settings.withdrawn = vec![
        withdrawn(FIRST, 0),
        withdrawn(FIRST + 1, 1),
        withdrawn(FIRST + 1, 0),
        withdrawn(FIRST + 1, 0),
        withdrawn(FIRST + 2, u32::MAX),
        withdrawn(3, 0),
    ];
    let now = NOW.plus(Seconds::new(300));
    let (changes, second) = next(&tenant(&settings), Some(&first), &primary, now);
    let (soon, start) = (now.get() + 121, (FIRST + 1) * 3_600);
    let gone = |epoch, serial| Change::Withdraw { epoch, serial };
    let expected = [
        gone(FIRST, 0),
        add(FIRST, 1, soon),
        gone(FIRST + 1, 0),
        add(FIRST + 1, 1, start),
        gone(FIRST + 1, 1),
        add(FIRST + 1, 2, start),
    ];
    assert_eq!(changes, expected);
    let live = second.keys().iter().filter(|key| !key.is_withdrawn());
    let live: Vec<_> = live.map(|key| key.slot().serial()).collect();
    assert_eq!(live, [1, 2, 0]);

    // Too late in the epoch for another key: withdrawn, and no more.
    settings.withdrawn.push(withdrawn(FIRST, 1));
    let late = Seconds::new((FIRST + 1) * 3_600 - 100);
    let (changes, third) = next(&tenant(&settings), Some(&second), &primary, late);
    assert_eq!(changes[..1], [gone(FIRST, 1)]);
    let of_first = third
        .keys()
        .iter()
        .filter(|key| key.slot().epoch().number() == FIRST);
    assert!(of_first.clone().count() == 2 && of_first.clone().all(ScheduledKey::is_withdrawn));
}

#[tokio::test]
async fn a_renewed_key_is_withdrawn_by_its_own_serial() {
    let mut settings = base();
    settings.withdrawn = vec![withdrawn(FIRST, 0)];
    let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let (records, key): (&dyn Records, _) = (&records, &key);
    let (safe, one) = (Safe { records, key }, tenant(&settings));
    let lost = ledger().id();
    let drawn = Primary::draw(&mut rng(), safe, &one, lost).await;
    drawn.unwrap();
    let primary = Primary::find(safe, &one).await.unwrap();
    let (_, first) = next(&one, None, &primary, NOW);
    let both = Primary::renew(&mut rng(), safe, &one, ledger().id()).await;
    let both = both.unwrap();
    let renewed = renewed(&one, &first, &both, NOW).unwrap().unwrap();
    let serials = |schedule: &KeySchedule| -> Vec<_> {
        let live = schedule.keys().iter().filter(|key| !key.is_withdrawn());
        live.map(|key| key.slot().serial()).collect()
    };
    assert_eq!(
        (serials(&first), serials(&renewed)),
        (vec![1, 0, 0], vec![2, 1, 1])
    );

    // What settings have withdrawn before withdraws none of the renewed keys.
    let due = Rotation::due(&one, Some(&renewed), NOW);
    assert_eq!(due.unwrap().changes, []);
    // One that leaks afterwards is listed once, whatever the renewal has withdrawn.
    settings.withdrawn.push(withdrawn(FIRST + 1, 1));
    let start = (FIRST + 1) * 3_600;
    let expected = [
        Change::Withdraw {
            epoch: FIRST + 1,
            serial: 1,
        },
        add(FIRST + 1, 2, start),
    ];
    let (changes, last) = next(&tenant(&settings), Some(&renewed), &both.key, NOW);
    assert_eq!(
        (changes, serials(&last)),
        (expected.to_vec(), vec![2, 2, 1])
    );
}

#[tokio::test]
async fn a_schedule_keeps_its_plan() {
    let mut settings = base();
    let primary = primary(&tenant(&settings)).await;
    let (_, first) = next(&tenant(&settings), None, &primary, NOW);
    settings.epoch_seconds = 7_200;
    let other = Rotation::due(&tenant(&settings), Some(&first), NOW);
    assert_eq!(other.unwrap_err(), RotationError::OtherPlan);
    settings.origin = NOW.get() + 1;
    let early = Rotation::due(&tenant(&settings), None, NOW);
    assert_eq!(early.unwrap_err(), RotationError::NoEpoch);
}

#[tokio::test]
async fn exported_keys_are_those_of_their_epochs() {
    let mut settings = base();
    settings.keys = KeyForm::Exportable;
    let tenant = tenant(&settings);
    let primary = primary(&tenant).await;
    let (_, schedule) = next(&tenant, None, &primary, NOW);
    let elsewhere = RedeemedAt {
        ledger: ledger().id(),
        since: NOW,
    };
    let exported = primary.export(&schedule, &elsewhere).unwrap().to_bytes();
    let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let records: &dyn Records = &records;
    let safe = Safe { records, key: &key };
    let read = Exported::from_bytes(&exported, tenant.plan()).unwrap();
    for _ in 0..2 {
        let (rng, ledger) = (&mut rng(), elsewhere.ledger);
        let kept = read.keep(rng, safe, tenant.name(), ledger).await;
        kept.unwrap();
    }
    let found = Exported::find(safe, tenant.name(), elsewhere.ledger, &schedule)
        .await
        .unwrap();
    let ids: Vec<_> = found.iter().map(|key| *key.id()).collect();
    let listed: Vec<_> = schedule.keys().iter().map(|key| *key.id()).collect();
    assert_eq!(ids, listed);
    assert_eq!(
        Exported::ledger(safe, tenant.name()).await,
        Ok(elsewhere.ledger)
    );
    // Every cut is refused, and so is another ledger's.
    for length in 0..exported.len() {
        assert!(Exported::from_bytes(&exported[..length], tenant.plan()).is_err());
    }
    let other = RedeemedAt {
        ledger: ledger().id(),
        ..elsewhere
    };
    let other = primary.export(&schedule, &other).unwrap();
    let (rng, ledger) = (&mut rng(), elsewhere.ledger);
    let kept = other.keep(rng, safe, tenant.name(), ledger).await;
    assert_eq!(kept, Err(KeyError::OtherLedger));
    // Keys whose tokens may have been spent before do not go out.
    let second = schedule.keys()[1].slot().opens();
    let late = RedeemedAt {
        since: second,
        ..elsewhere
    };
    let late = primary.export(&schedule, &late).unwrap();
    assert_eq!(late.count(), schedule.keys().len() - 1);
    let compact = self::primary(&self::tenant(&base())).await;
    assert!(compact.export(&schedule, &elsewhere).is_err());
}

#[test]
fn settings_are_checked() {
    type Edit = fn(&mut TenantSettings);
    let edits: [(Edit, SettingsError); 11] = [
        (
            |wrong| wrong.name = "Weather".to_owned(),
            SettingsError::Name,
        ),
        (|wrong| wrong.name = "a".repeat(49), SettingsError::Name),
        (
            |wrong| wrong.use_case = Some("a b".to_owned()),
            SettingsError::UseCase,
        ),
        (
            |wrong| wrong.redeemer = String::new(),
            SettingsError::Redeemer,
        ),
        (|wrong| wrong.epoch_seconds = 0, SettingsError::Times),
        (
            |wrong| wrong.issue_overlap_seconds = 1_801,
            SettingsError::Times,
        ),
        (|wrong| wrong.uses = 65, SettingsError::Uses),
        (|wrong| wrong.quota = 0, SettingsError::Quota),
        (|wrong| wrong.budget_bits = 32, SettingsError::Budget),
        (|wrong| wrong.epochs_ahead = 0, SettingsError::Ahead),
        (
            |wrong| wrong.withdrawn = vec![withdrawn(1, 0); 257],
            SettingsError::Withdrawn,
        ),
    ];
    for (edit, error) in edits {
        let mut wrong = base();
        edit(&mut wrong);
        assert_eq!(Tenant::new(&wrong).unwrap_err(), error);
    }
}
