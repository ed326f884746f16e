//! Replies that get lost, of the ledger and of the servers, before and after the charge: the same is asked
//! again, and nobody gets a token or a service for nothing.

use milagro_ledger::Refused;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::Drawing;
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget, UncheckedRequest};

use super::support::flaky::{Flaky, Loss};
use super::support::{
    NOON, Outcome, PAYLOAD, Service, draw, granted, ledger, outcome, quota, redeem, redemption,
    rng, spend,
};

fn budget() -> QueryBudget {
    QueryBudget::new(100_000)
}

/// The ledger's answer to the charge of an issue is lost, the same charge is asked again, and it is one
/// charge.
#[test]
fn issue_when_the_ledger_does_not_answer() {
    let service = Service::new(1, 1);
    for loss in [Loss::Request, Loss::Reply] {
        let (issuer, ledger) = (service.issuer(quota(10), budget()), Flaky::new(ledger()));
        let Drawing { request, pending } = service.key(NOON).draw(&mut rng(), 6).unwrap();
        let request = UncheckedRequest::from_bytes(&request.to_bytes(), 10).unwrap();
        let leased = issuer.lease_local(&mut rng(), &ledger, &request, NOON);

        ledger.lose(loss);
        let unspent = issuer.check(b"ann", leased.unwrap(), NOON).unwrap();
        let Err(Refused::Unknown(unspent)) = unspent.spend_local(&ledger, NOON) else {
            panic!("{loss:?}: nobody knows what became of it");
        };
        let spent = unspent.spend_local(&ledger, NOON);
        let again = matches!(spent, Err(Refused::Again(_)));
        assert_eq!(again, matches!(loss, Loss::Reply), "{loss:?}");
        let response = issuer.answer(granted(spent).unwrap()).unwrap();
        assert_eq!(pending.finish(&response).unwrap().len(), 6);

        let more = |count| {
            let request = service.key(NOON).draw(&mut rng(), count).unwrap().request;
            draw(&issuer, &ledger, b"ann", &request.to_bytes(), NOON).err()
        };
        assert_eq!(
            more(5),
            Some(IssueRefusal::Quota),
            "{loss:?}: six of ten are gone"
        );
        assert_eq!(more(4), None, "{loss:?}: and no more than six");
    }
}

/// The issuer's answer is lost. The client, which has restarted since, asks another server for the same.
#[test]
fn issue_when_the_client_does_not_hear_the_answer() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let [one, other] = [(); 2].map(|()| service.issuer(quota(10), budget()));
    let Drawing { request, pending } = service.key(NOON).draw(&mut rng(), 6).unwrap();
    let saved = pending.to_bytes();
    let lost = draw(&one, &ledger, b"ann", &request.to_bytes(), NOON).unwrap();
    drop(pending);

    let pending =
        milagro_voprf::tokens::client::PendingTokens::from_bytes(&saved, &service.pinned())
            .unwrap();
    assert_eq!(pending.request(), request);
    let answer = draw(&other, &ledger, b"ann", &pending.request().to_bytes(), NOON).unwrap();
    assert_eq!(answer.to_bytes(), lost.to_bytes(), "byte by byte");
    let answer = TokenResponse::from_bytes(&answer.to_bytes(), 6).unwrap();
    assert_eq!(pending.finish(&answer).unwrap().len(), 6);

    let request = service
        .key(NOON)
        .draw(&mut rng(), 5)
        .unwrap()
        .request
        .to_bytes();
    let over = draw(&one, &ledger, b"ann", &request, NOON);
    assert_eq!(over.err(), Some(IssueRefusal::Quota));
    let request = service
        .key(NOON)
        .draw(&mut rng(), 4)
        .unwrap()
        .request
        .to_bytes();
    assert!(draw(&one, &ledger, b"ann", &request, NOON).is_ok());
}

/// Bytes that somebody else sends as his own are charged to him, and say nothing to him: he has no blinds.
#[test]
fn issue_to_somebody_who_sends_another_users_request() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuer = service.issuer(quota(10), budget());
    let request = service
        .key(NOON)
        .draw(&mut rng(), 6)
        .unwrap()
        .request
        .to_bytes();
    let anns = draw(&issuer, &ledger, b"ann", &request, NOON).unwrap();
    let bobs = draw(&issuer, &ledger, b"bob", &request, NOON).unwrap();
    assert_eq!(anns, bobs);
    let five = service
        .key(NOON)
        .draw(&mut rng(), 5)
        .unwrap()
        .request
        .to_bytes();
    for user in [&b"ann"[..], b"bob"] {
        let over = draw(&issuer, &ledger, user, &five, NOON);
        assert_eq!(over.err(), Some(IssueRefusal::Quota));
    }
}

/// A handler dies between charge and answer: the user asks again and is answered; the evaluations are counted
/// once more, never less than once.
#[test]
fn issue_when_a_server_dies_after_the_charge() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let [dead, other] = [(); 2].map(|()| service.issuer(quota(10), budget()));
    let Drawing { request, pending } = service.key(NOON).draw(&mut rng(), 6).unwrap();
    let bytes = request.to_bytes();
    let unchecked = UncheckedRequest::from_bytes(&bytes, 10).unwrap();
    let leased = dead.lease_local(&mut rng(), &ledger, &unchecked, NOON);
    let unspent = dead.check(b"ann", leased.unwrap(), NOON).unwrap();
    drop((unspent.spend_local(&ledger, NOON), dead));
    let answer = draw(&other, &ledger, b"ann", &bytes, NOON).unwrap();
    assert_eq!(pending.finish(&answer).unwrap().len(), 6);
}

/// The ledger's answer to a redemption is lost. Before the charge, asking again is a first time; after it, it
/// is told apart: the redeemer cannot know whether it was itself or its client who asked before.
#[test]
fn redeem_when_the_ledger_does_not_answer() {
    let service = Service::new(1, 1);
    for (loss, expected) in [
        (Loss::Request, Outcome::First),
        (Loss::Reply, Outcome::Again),
    ] {
        let (redeemer, ledger) = (service.redeemer(), Flaky::new(ledger()));
        let request = spend(service.token(), PAYLOAD);
        let unspent = redeemer
            .check(&redemption(&request, PAYLOAD), NOON)
            .unwrap();
        ledger.lose(loss);
        let Err(Refused::Unknown(unspent)) = unspent.spend_local(&ledger, NOON) else {
            panic!("{loss:?}: nobody knows what became of it");
        };
        assert_eq!(
            outcome(&unspent.spend_local(&ledger, NOON)),
            expected,
            "{loss:?}"
        );
        let again = redeem(&redeemer, &ledger, &redemption(&request, PAYLOAD), NOON);
        assert_eq!(again, Outcome::Again);
    }
}

#[test]
fn redeem_when_the_client_does_not_hear_the_answer() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let [one, other] = [(); 2].map(|()| service.redeemer());
    let request = spend(service.token(), PAYLOAD);
    let redemption = redemption(&request, PAYLOAD);
    assert_eq!(redeem(&one, &ledger, &redemption, NOON), Outcome::First);
    for redeemer in [&one, &other, &one] {
        assert_eq!(redeem(redeemer, &ledger, &redemption, NOON), Outcome::Again);
    }
}

/// Work that cannot be done gives the use back, as long as nobody was told that it is spent.
#[test]
fn redeem_and_give_back() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let redeemer = service.redeemer();
    let token = service.token();
    let copy = milagro_voprf::tokens::client::Token::from_bytes(&token.to_bytes()).unwrap();
    let (rain, snow) = (spend(token, b"rain"), spend(copy, b"snow"));
    let (rain, snow) = (redemption(&rain, b"rain"), redemption(&snow, b"snow"));

    let first = redeemer
        .check(&rain, NOON)
        .unwrap()
        .spend_local(&ledger, NOON);
    first.unwrap().give_back_local(&ledger);
    assert_eq!(redeem(&redeemer, &ledger, &snow, NOON), Outcome::First);
    assert_eq!(redeem(&redeemer, &ledger, &rain, NOON), Outcome::Exhausted);
}

/// Two replicas get one redemption. The second is told `Again`, says yes to its client, and the first, whose
/// work fails now, gives back: too late, or the client would have its yes and its token.
#[test]
fn no_refund_race_gives_a_token_for_nothing() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let [one, other] = [(); 2].map(|()| service.redeemer());
    let token = service.token();
    let copy = milagro_voprf::tokens::client::Token::from_bytes(&token.to_bytes()).unwrap();
    let (rain, snow) = (spend(token, b"rain"), spend(copy, b"snow"));
    let (rain, snow) = (redemption(&rain, b"rain"), redemption(&snow, b"snow"));

    let first = one
        .check(&rain, NOON)
        .unwrap()
        .spend_local(&ledger, NOON)
        .unwrap();
    let again = other.check(&rain, NOON).unwrap().spend_local(&ledger, NOON);
    let Err(Refused::Again(again)) = again else {
        panic!("told apart");
    };
    first.give_back_local(&ledger);
    assert_eq!(redeem(&one, &ledger, &snow, NOON), Outcome::Exhausted);
    again.give_back_local(&ledger);
    assert_eq!(redeem(&one, &ledger, &snow, NOON), Outcome::Exhausted);
    assert_eq!(redeem(&other, &ledger, &rain, NOON), Outcome::Again);
}

/// The same with an issue: the answer that the second replica gave stays paid for.
#[test]
fn no_refund_race_gives_tokens_for_nothing() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let [one, other] = [(); 2].map(|()| service.issuer(quota(6), budget()));
    let request = service
        .key(NOON)
        .draw(&mut rng(), 6)
        .unwrap()
        .request
        .to_bytes();
    let unchecked = UncheckedRequest::from_bytes(&request, 10).unwrap();
    let leased = one.lease_local(&mut rng(), &ledger, &unchecked, NOON);
    let unspent = one.check(b"ann", leased.unwrap(), NOON).unwrap();
    let first = unspent.spend_local(&ledger, NOON).unwrap();
    assert!(draw(&other, &ledger, b"ann", &request, NOON).is_ok());
    first.give_back_local(&ledger);
    let one_more = service
        .key(NOON)
        .draw(&mut rng(), 1)
        .unwrap()
        .request
        .to_bytes();
    let over = draw(&one, &ledger, b"ann", &one_more, NOON);
    assert_eq!(over.err(), Some(IssueRefusal::Quota));
}
