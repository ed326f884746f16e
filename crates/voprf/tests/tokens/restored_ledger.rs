//! A ledger that is restored from a copy: what was spent since is not spent again, what was evaluated since is
//! not evaluated again, and a key that opens afterwards counts.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{LocalLedger as _, rules};
use milagro_voprf::tokens::issuer::{IssueRefusal, Issuer, QueryBudget};
use milagro_voprf::tokens::keys::{KeyRing, TokenPrimary, TokenSecretKey};

use super::support::{
    NOON, Outcome, PAYLOAD, Service, draw, ledger, plan, quota, redeem, redemption, rng, slots,
    spend,
};

const SECOND: Seconds = Seconds::new(1);
/// When the ledger is restored from a copy of [`NOON`].
const RESTORED: Seconds = NOON.plus(Seconds::minutes(10));

fn restored(copied: &MemoryLedger) -> MemoryLedger {
    MemoryLedger::restore(&mut rng(), copied.snapshot(), RESTORED)
}

/// The service after its first epoch's key was replaced by this one.
fn replaced(service: &Service, key: impl Into<TokenSecretKey>) -> Service {
    let key = key.into();
    let mut draft = service.schedule.revise();
    draft.replace(&key).unwrap();
    let mut keys = KeyRing::new();
    keys.insert(key);
    Service {
        schedule: draft.publish(),
        keys: Arc::new(keys),
    }
}

fn derived(primary: &TokenPrimary) -> Service {
    let plan = plan(1);
    let key = primary.derive(&plan, slots(&plan, 1)[0]).unwrap();
    let mut draft = milagro_voprf::tokens::schedule::Draft::new(plan);
    draft.add(&key).unwrap();
    let mut keys = KeyRing::new();
    keys.insert(key);
    Service {
        schedule: draft.publish(),
        keys: Arc::new(keys),
    }
}

#[test]
fn nothing_is_sold_twice() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let redeemer = service.redeemer();
    let copied =
        MemoryLedger::restore(&mut rng(), ledger.snapshot(), NOON.minus(Seconds::hours(1)));
    let requests: Vec<_> = service
        .tokens(2, NOON)
        .into_iter()
        .map(|token| spend(token, PAYLOAD))
        .collect();
    let [spent, kept] = [0, 1].map(|place| redemption(&requests[place], PAYLOAD));
    assert_eq!(redeem(&redeemer, &ledger, &spent, NOON), Outcome::First);
    let restored = restored(&copied);
    // It has another name. Whoever goes on as before is refused, and whoever takes the new name finds nothing to
    // sell.
    for redemption in [&spent, &kept] {
        let outcome = redeem(&redeemer, &restored, redemption, RESTORED);
        assert_eq!(outcome, Outcome::Elsewhere);
    }
    let redeemer = service.redeemer_on(restored.id());
    for redemption in [&spent, &kept] {
        for now in [NOON, RESTORED, RESTORED.plus(Seconds::hours(12))] {
            let outcome = redeem(&redeemer, &restored, redemption, now);
            assert_eq!(outcome, Outcome::Over, "{now}");
        }
    }
}

/// The life of a redemption begins with the key's opening less the leeway: that must be after the birth.
#[test]
fn a_key_that_opens_afterwards_counts() {
    use milagro_voprf::tokens::keys::PortableKey;

    let before = Service::new(1, 1);
    let plan = before.schedule.plan();
    let restored = restored(&ledger());
    let first = rules::birth(RESTORED).plus(plan.timetable().leeway());
    for (opens, expected) in [(first, Outcome::Over), (first.plus(SECOND), Outcome::First)] {
        let slot = before.schedule.keys()[0].slot().replaced(opens).unwrap();
        let after = replaced(
            &before,
            <PortableKey>::generate(&mut rng(), plan, slot).unwrap(),
        );
        let token = after.tokens(1, opens).remove(0);
        let request = spend(token, PAYLOAD);
        let redemption = redemption(&request, PAYLOAD);
        let outcome = redeem(
            &after.redeemer_on(restored.id()),
            &restored,
            &redemption,
            opens,
        );
        assert_eq!(outcome, expected, "{opens}");
    }
}

/// Nobody knows how much of a budget was used since. What comes next has another primary key.
#[test]
fn budgets_are_used_up() {
    let [old, new] = [(); 2].map(|()| <TokenPrimary>::generate(&mut rng()));
    let (before, ledger) = (derived(&old), ledger());
    let issuer = |service: &Service, ledger: &MemoryLedger| -> Issuer {
        service.issuer_on(ledger.id(), quota(10), QueryBudget::new(1_000))
    };
    let asked = |service: &Service, now| {
        let drawing = service.key(now).draw(&mut rng(), 1).unwrap();
        drawing.request.to_bytes()
    };
    let request = asked(&before, NOON);
    assert!(draw(&issuer(&before, &ledger), &ledger, b"ann", &request, NOON).is_ok());

    let restored = restored(&ledger);
    let later = RESTORED.plus(Seconds::hours(1));
    let slot = before.schedule.keys()[0].slot().replaced(later).unwrap();
    let plan = before.schedule.plan();
    let same = replaced(&before, old.derive(plan, slot).unwrap());
    let other = replaced(&before, new.derive(plan, slot).unwrap());
    for (service, expected) in [
        (&before, Some(IssueRefusal::Budget)),
        (&same, Some(IssueRefusal::Budget)),
        (&other, None),
    ] {
        let request = asked(service, later);
        let answer = draw(
            &issuer(service, &restored),
            &restored,
            b"ann",
            &request,
            later,
        );
        assert_eq!(answer.err(), expected);
    }
}
