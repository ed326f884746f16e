//! Ledgers that were mistaken for one another: nothing is counted on the wrong one, and nothing is had for what
//! another one counted.

use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{InPlace, LocalLedger as _, Refused, Unspent};
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget, UncheckedRequest};

use super::support::{
    DAY, NOON, ORIGIN, Outcome, PAYLOAD, Service, bare, granted, outcome, quota, redeem,
    redemption, rng, spend,
};

/// Two ledgers with names of their own.
fn ledgers() -> [MemoryLedger; 2] {
    [(); 2].map(|()| MemoryLedger::init(&mut rng(), 1_000, ORIGIN.minus(DAY)))
}

fn budget() -> QueryBudget {
    QueryBudget::new(100)
}

/// A replica that is pointed at a ledger of its own would sell each use once more.
#[test]
fn a_use_is_sold_on_one_ledger_alone() {
    let service = Service::new(1, 1);
    let [own, other] = ledgers();
    let redeemer = service.redeemer_on(own.id());
    assert_eq!(redeemer.ledger(), own.id());
    let request = spend(service.token(), PAYLOAD);
    let redemption = redemption(&request, PAYLOAD);
    for _ in 0..2 {
        let elsewhere = redeem(&redeemer, &other, &redemption, NOON);
        assert_eq!(elsewhere, Outcome::Elsewhere);
    }
    assert!(other.is_empty());
    assert_eq!(redeem(&redeemer, &own, &redemption, NOON), Outcome::First);
    assert_eq!(
        redeem(&redeemer, &other, &redemption, NOON),
        Outcome::Elsewhere
    );

    // What comes back from the wrong one is spent on the right one.
    let unspent = redeemer.check(&redemption, NOON).unwrap();
    let Err(Refused::Elsewhere(unspent)) = unspent.spend_local(&other, NOON) else {
        panic!("not counted there");
    };
    assert_eq!(outcome(&unspent.spend_local(&own, NOON)), Outcome::Again);
}

#[test]
fn a_bare_use_too_and_a_batch() {
    let service = Service::new(1, 1);
    let [own, other] = ledgers();
    let redeemer = service.redeemer_on(own.id());
    let mut tokens = service.tokens(3, NOON);
    let shown = tokens.pop().unwrap().redeem_bare().unwrap().request;
    let unspent = redeemer.check_bare(&bare(&shown), NOON).unwrap();
    let elsewhere = unspent.spend_local(&other, NOON);
    assert_eq!(outcome(&elsewhere), Outcome::Elsewhere);

    let requests: Vec<_> = tokens
        .into_iter()
        .map(|token| spend(token, PAYLOAD))
        .collect();
    let redemptions: Vec<_> = requests
        .iter()
        .map(|request| redemption(request, PAYLOAD))
        .collect();
    for (ledger, expected) in [(&other, Outcome::Elsewhere), (&own, Outcome::First)] {
        let checked = redeemer.check_all(&redemptions, NOON);
        let unspent = checked.into_iter().map(Result::unwrap).collect();
        let spent = Unspent::spend_all_local(unspent, ledger, NOON);
        let outcomes: Vec<_> = spent.iter().map(outcome).collect();
        assert_eq!(outcomes, [expected; 2]);
    }
    assert!(other.is_empty());
}

/// Neither a budget nor a quota is drawn on twice.
#[test]
fn tokens_are_drawn_on_one_ledger_alone() {
    let service = Service::new(1, 1);
    let [own, other] = ledgers();
    let issuer = service.issuer_on(own.id(), quota(10), budget());
    assert_eq!(issuer.ledger(), own.id());
    let request = service.key(NOON).draw(&mut rng(), 10).unwrap().request;
    let request = UncheckedRequest::from_bytes(&request.to_bytes(), 10).unwrap();

    let leased = issuer.lease_local(&mut rng(), &other, &request, NOON);
    assert_eq!(leased.err(), Some(IssueRefusal::OtherLedger));
    let waiting = InPlace(other);
    let mut leased = Box::pin(issuer.lease(&mut rng(), &waiting, &request, NOON));
    let polled = leased.as_mut().poll(&mut core::task::Context::from_waker(
        core::task::Waker::noop(),
    ));
    let core::task::Poll::Ready(Err(refusal)) = polled else {
        panic!("nobody is asked");
    };
    assert_eq!(refusal, IssueRefusal::OtherLedger);
    drop(leased);
    let InPlace(other) = waiting;

    let leased = issuer.lease_local(&mut rng(), &own, &request, NOON);
    let unspent = issuer.check(b"ann", leased.unwrap(), NOON).unwrap();
    let refused = unspent.spend_local(&other, NOON);
    assert_eq!(
        granted(refused).map(drop).err(),
        Some(IssueRefusal::OtherLedger)
    );
    assert!(other.is_empty());
}

/// Two issuers of one process: what was leased or paid on the ledger of one is no good for the other.
#[test]
fn an_issuer_answers_for_its_own_ledger_alone() {
    let service = Service::new(1, 1);
    let [own, other] = ledgers();
    let [mine, theirs] =
        [&own, &other].map(|ledger| service.issuer_on(ledger.id(), quota(10), budget()));
    let request = service.key(NOON).draw(&mut rng(), 10).unwrap().request;
    let request = UncheckedRequest::from_bytes(&request.to_bytes(), 10).unwrap();
    let lease = || mine.lease_local(&mut rng(), &own, &request, NOON).unwrap();
    let refused = theirs.check(b"ann", lease(), NOON);
    assert_eq!(refused.err(), Some(IssueRefusal::OtherLedger));

    let unspent = mine.check(b"ann", lease(), NOON).unwrap();
    let paid = granted(unspent.spend_local(&own, NOON)).unwrap();
    assert_eq!(theirs.answer(paid).err(), Some(IssueRefusal::OtherLedger));
    assert!(other.is_empty());
}
