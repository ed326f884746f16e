//! Clocks that differ by half a minute, at both ends of both windows.

use milagro_base::Seconds;
use milagro_ledger::LocalLedger as _;
use milagro_voprf::tokens::client::TokenKey;
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget};
use milagro_voprf::tokens::keys::{KeyRing, PortableKey};
use milagro_voprf::tokens::redeemer::Refusal;
use milagro_voprf::tokens::schedule::{Draft, Epoch, Plan, Uses};

use super::support::{
    DAY, GRACE, ORIGIN, OVERLAP, Outcome, PAYLOAD, Service, days, draw, ledger, quota, redeem,
    redemption, rng, slots, spend,
};

const SKEW: Seconds = Seconds::new(30);
const SECOND: Seconds = Seconds::new(1);

/// Two epochs, with a leeway of half a minute.
fn service() -> Service {
    let days = days().with_leeway(SKEW).unwrap();
    let plan = Plan::new::<milagro_voprf::Ristretto255>("weather", days, Uses::ONE).unwrap();
    let (mut draft, mut keys) = (Draft::new(plan.clone()), KeyRing::new());
    for slot in slots(&plan, 2) {
        let key = <PortableKey>::generate(&mut rng(), &plan, slot).unwrap();
        draft.add(&key).unwrap();
        keys.insert(key);
    }
    Service {
        schedule: draft.publish(),
        keys: keys.into(),
    }
}

#[test]
fn an_issuer_that_is_half_a_minute_off_answers_and_not_one_second_more() {
    let service = service();
    let issuer = service.issuer(quota(100), QueryBudget::new(1_000));
    let key = service.schedule.keys()[1].id();
    let key = TokenKey::<milagro_voprf::Ristretto255>::by_id(&service.pinned(), key).unwrap();
    let (start, end) = (ORIGIN.plus(DAY), ORIGIN.plus(DAY).plus(DAY).plus(OVERLAP));
    for (now, expected) in [
        (start.minus(SKEW).minus(SECOND), Some(IssueRefusal::Closed)),
        (start.minus(SKEW), None),
        (start, None),
        (end, None),
        (end.plus(SKEW).minus(SECOND), None),
        (end.plus(SKEW), Some(IssueRefusal::Closed)),
        (Seconds::ZERO, Some(IssueRefusal::Closed)),
        (Seconds::MAX, Some(IssueRefusal::Closed)),
    ] {
        let request = key.draw(&mut rng(), 1).unwrap().request.to_bytes();
        let answer = draw(&issuer, &ledger(), b"ann", &request, now);
        assert_eq!(answer.err(), expected, "{now}");
    }
}

#[test]
fn a_redeemer_that_is_half_a_minute_off_accepts_and_not_one_second_more() {
    let service = service();
    let (start, end) = (ORIGIN.plus(DAY), ORIGIN.plus(DAY).plus(DAY).plus(GRACE));
    let tokens = service.tokens(6, start);
    for (token, (now, expected)) in tokens.into_iter().zip([
        (
            start.minus(SKEW).minus(SECOND),
            Outcome::Refused(Refusal::TooEarly),
        ),
        (start.minus(SKEW), Outcome::First),
        (end, Outcome::First),
        (end.plus(SKEW).minus(SECOND), Outcome::First),
        (end.plus(SKEW), Outcome::Refused(Refusal::Expired)),
        (Seconds::MAX, Outcome::Refused(Refusal::Expired)),
    ]) {
        let (request, ledger) = (spend(token, PAYLOAD), ledger());
        let redemption = redemption(&request, PAYLOAD);
        assert_eq!(
            redeem(&service.redeemer(), &ledger, &redemption, now),
            expected,
            "{now}"
        );
        let again = match expected {
            Outcome::First => Outcome::Again,
            other => other,
        };
        assert_eq!(
            redeem(&service.redeemer(), &ledger, &redemption, now),
            again,
            "{now}"
        );
    }
}

/// A client draws and spends whatever its clock says, and each server's clock is up to half a minute before
/// or after.
#[test]
fn every_pair_of_clocks_half_a_minute_apart_works_at_every_edge() {
    let service = service();
    let issuer = service.issuer(quota(10_000), QueryBudget::new(10_000));
    let ledger = ledger();
    let edge = ORIGIN.plus(DAY);
    let differences = [0_u64, 15, 30, 31, 45, 60];
    let clients = differences.map(|before| edge.plus(SKEW).minus(Seconds::new(before)));
    for client in clients {
        let key: TokenKey = TokenKey::from_schedule(&service.pinned(), client).unwrap();
        for server in [client.minus(SKEW), client, client.plus(SKEW)] {
            let drawing = key.draw(&mut rng(), 1).unwrap();
            let request = drawing.request.to_bytes();
            let answer = draw(&issuer, &ledger, b"ann", &request, server);
            let token = drawing.pending.finish(&answer.unwrap()).unwrap().remove(0);
            let request = spend(token, PAYLOAD);
            for redeemer in [client.minus(SKEW), client.plus(SKEW)] {
                let outcome = redeem(
                    &service.redeemer(),
                    &ledger,
                    &redemption(&request, PAYLOAD),
                    redeemer,
                );
                let good = matches!(outcome, Outcome::First | Outcome::Again);
                assert!(good, "{client}, {server}, {redeemer}: {outcome:?}");
            }
        }
    }
}

/// The leeway that nobody has to ask for: clocks that differ by five seconds.
#[test]
fn a_few_seconds_are_allowed_by_default() {
    let service = Service::new(1, 2);
    let issuer = service.issuer(quota(100), QueryBudget::new(1_000));
    let edge = ORIGIN.plus(DAY);
    let at = |offset: i64| Seconds::new(edge.get().checked_add_signed(offset).unwrap());
    for (client, server) in [(-6, -1), (-1, 4), (4, -1), (0, -1)] {
        let request = service
            .key(at(client))
            .draw(&mut rng(), 1)
            .unwrap()
            .request
            .to_bytes();
        let answer = draw(&issuer, &ledger(), b"ann", &request, at(server)).map(drop);
        assert_eq!(
            answer,
            Ok(()),
            "client at edge{client:+}, issuer at edge{server:+}"
        );
    }
}

#[test]
fn a_key_that_opens_inside_its_epoch_does_not_count_before() {
    let plan = super::support::plan(1);
    let noon = super::support::NOON;
    let slot = plan.slot(Epoch::new(0)).unwrap();
    for opens in [ORIGIN.minus(SECOND), ORIGIN.plus(DAY)] {
        assert!(<PortableKey>::generate(&mut rng(), &plan, slot.opening(opens)).is_err());
    }
    let key = <PortableKey>::generate(&mut rng(), &plan, slot.opening(noon)).unwrap();
    let (mut draft, mut keys) = (Draft::new(plan), KeyRing::new());
    draft.add(&key).unwrap();
    keys.insert(key);
    let service = Service {
        schedule: draft.publish(),
        keys: keys.into(),
    };
    let early = TokenKey::<milagro_voprf::Ristretto255>::from_schedule(
        &service.pinned(),
        noon.minus(SECOND),
    );
    assert!(early.is_err());
    // A ledger that is born inside the epoch, before the key opens, counts it; one that is born later does
    // not.
    for (birth, expected) in [
        (noon.minus(Seconds::hours(1)), Outcome::First),
        (noon, Outcome::Over),
        (noon.plus(Seconds::hours(1)), Outcome::Over),
    ] {
        let ledger = milagro_ledger::memory::MemoryLedger::init(&mut rng(), 10, birth);
        let request = spend(service.token(), PAYLOAD);
        let outcome = redeem(
            &service.redeemer_on(ledger.id()),
            &ledger,
            &redemption(&request, PAYLOAD),
            noon,
        );
        assert_eq!(outcome, expected, "{birth}");
    }
}
