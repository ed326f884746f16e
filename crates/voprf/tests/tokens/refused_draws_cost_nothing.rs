//! A draw that is refused, by budget or quota, takes nothing from anybody.

use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget, Quota};

use super::support::{NOON, Service, draw, ledger, quota, rng};

fn request(service: &Service, count: usize) -> Vec<u8> {
    let drawing = service.key(NOON).draw(&mut rng(), count).unwrap();
    drawing.request.to_bytes()
}

#[test]
fn a_budget_that_refuses_leaves_the_quota_alone() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let poor = service.issuer(quota(100), QueryBudget::new(5));
    let asked = request(&service, 60);
    for _ in 0..3 {
        let refused = draw(&poor, &ledger, b"ann", &asked, NOON);
        assert_eq!(refused.err(), Some(IssueRefusal::Budget));
    }
    // The operator grants a larger budget: ann has drawn nothing today, and may draw 100.
    let rich = service.issuer(quota(100), QueryBudget::new(1_000));
    assert!(draw(&rich, &ledger, b"ann", &asked, NOON).is_ok());
    assert!(draw(&rich, &ledger, b"ann", &request(&service, 40), NOON).is_ok());
    let over = draw(&rich, &ledger, b"ann", &request(&service, 1), NOON);
    assert_eq!(over.err(), Some(IssueRefusal::Quota));
}

#[test]
fn a_quota_that_refuses_leaves_the_budget_alone() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let block = NonZeroU32::new(10).unwrap();
    let issuer = service.issuer(quota(5), QueryBudget::new(10).in_blocks_of(block));
    assert!(draw(&issuer, &ledger, b"ann", &request(&service, 5), NOON).is_ok());
    for _ in 0..50 {
        let refused = draw(&issuer, &ledger, b"ann", &request(&service, 5), NOON);
        assert_eq!(refused.err(), Some(IssueRefusal::Quota));
    }
    assert!(draw(&issuer, &ledger, b"bob", &request(&service, 5), NOON).is_ok());
    let empty = draw(&issuer, &ledger, b"cid", &request(&service, 1), NOON);
    assert_eq!(empty.err(), Some(IssueRefusal::Budget));
}

#[test]
fn asking_again_for_the_same_uses_no_budget_up() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuer = service.issuer(quota(5), QueryBudget::new(10));
    let asked = request(&service, 5);
    let first = draw(&issuer, &ledger, b"ann", &asked, NOON).unwrap();
    for _ in 0..50 {
        assert_eq!(
            draw(&issuer, &ledger, b"ann", &asked, NOON),
            Ok(first.clone())
        );
    }
    assert!(draw(&issuer, &ledger, b"bob", &request(&service, 5), NOON).is_ok());
}

/// A server that does not remember that it has answered takes the evaluations from the budget again: never
/// fewer are counted than were made.
#[test]
fn another_server_pays_again_for_the_same() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let block = NonZeroU32::new(5).unwrap();
    let issuer = || service.issuer(quota(5), QueryBudget::new(10).in_blocks_of(block));
    let asked = request(&service, 5);
    let first = draw(&issuer(), &ledger, b"ann", &asked, NOON).unwrap();
    assert_eq!(draw(&issuer(), &ledger, b"ann", &asked, NOON), Ok(first));
    let empty = draw(&issuer(), &ledger, b"ann", &asked, NOON);
    assert_eq!(empty.err(), Some(IssueRefusal::Budget));
}

/// Somebody repeats a request at servers that do not remember it, which takes evaluations from the budget each
/// time: often enough for every network, and not for ever.
#[test]
fn repeats_use_up_a_bounded_part_of_the_budget() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let block = NonZeroU32::new(5).unwrap();
    let budget = QueryBudget::new(105).in_blocks_of(block);
    let issuers = [(); 20].map(|()| service.issuer(quota(5), budget));
    let asked = request(&service, 5);
    for (place, issuer) in (0..).zip(&issuers) {
        let answer = draw(issuer, &ledger, b"mallory", &asked, NOON).map(drop);
        let expected = if place < Quota::ANSWERS {
            Ok(())
        } else {
            Err(IssueRefusal::Quota)
        };
        assert_eq!(answer, expected, "{place}");
    }
    // Who was refused has taken nothing, and a server that remembers a request goes on answering it with what it
    // sets aside each time.
    let last = issuers.last().unwrap();
    assert!(draw(last, &ledger, b"ann", &request(&service, 5), NOON).is_ok());
    for _ in 0..60 {
        assert!(draw(&issuers[0], &ledger, b"mallory", &asked, NOON).is_ok());
    }
}

/// Somebody repeats a request at a server that remembers it, which costs nothing but the server's time: not for
/// ever either.
#[test]
fn a_remembered_request_is_answered_a_bounded_number_of_times() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuer = service.issuer(quota(5), QueryBudget::new(1_000));
    let asked = request(&service, 5);
    let first = draw(&issuer, &ledger, b"mallory", &asked, NOON).unwrap();
    for _ in 1..Quota::REPEATS + Quota::ANSWERS {
        let again = draw(&issuer, &ledger, b"mallory", &asked, NOON);
        assert_eq!(again.as_ref(), Ok(&first));
    }
    for _ in 0..3 {
        let refused = draw(&issuer, &ledger, b"mallory", &asked, NOON);
        assert_eq!(refused.err(), Some(IssueRefusal::Quota));
    }
    // It was for this request alone.
    assert!(draw(&issuer, &ledger, b"ann", &request(&service, 5), NOON).is_ok());
}

/// Whatever a user's repeats have come to, a quota that refuses takes nothing.
#[test]
fn a_quota_that_refuses_leaves_the_answers_alone() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let block = NonZeroU32::new(5).unwrap();
    let budget = QueryBudget::new(1_000).in_blocks_of(block);
    let issuer = service.issuer(quota(5), budget);
    let asked = request(&service, 5);
    assert!(draw(&issuer, &ledger, b"ann", &asked, NOON).is_ok());
    for _ in 0..100 {
        let refused = draw(&issuer, &ledger, b"ann", &request(&service, 5), NOON);
        assert_eq!(refused.err(), Some(IssueRefusal::Quota));
    }
    let other = service.issuer(quota(5), budget);
    assert!(draw(&other, &ledger, b"ann", &asked, NOON).is_ok());
}

/// The window is by the server's clock: the same request in the next one is answered the same and counts there,
/// as any other would.
#[test]
fn the_same_request_in_the_next_window_is_charged_there() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let hourly = Quota::new(5, Seconds::hours(1)).unwrap();
    let issuer = service.issuer(hourly, QueryBudget::new(1_000));
    let (asked, later) = (request(&service, 5), NOON.plus(Seconds::hours(1)));
    let first = draw(&issuer, &ledger, b"ann", &asked, NOON).unwrap();
    assert_eq!(draw(&issuer, &ledger, b"ann", &asked, later), Ok(first));
    let over = draw(&issuer, &ledger, b"ann", &request(&service, 1), later);
    assert_eq!(over.err(), Some(IssueRefusal::Quota));
}
