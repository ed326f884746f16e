//! What an issuer refuses, and that it can be asked through a ledger that is waited for.

use alloc::sync::Arc;
use core::task::{Context, Poll, Waker};

use milagro_base::DecodeError;
use milagro_ledger::InPlace;
use milagro_voprf::suite::P256;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::issuer::{IssueRefusal, Issuer, QueryBudget, Quota, UncheckedRequest};
use milagro_voprf::tokens::keys::KeyRing;
use milagro_voprf::tokens::schedule::{Draft, Plan, Uses};

use super::support::{DAY, LEDGER, NOON, Service, days, draw, granted, ledger, quota, rng};

type Read = Result<TokenResponse, DecodeError>;

#[test]
fn keys_that_are_not_listed_open_or_there_are_refused() {
    let (service, ledger) = (Service::new(1, 2), ledger());
    let budget = QueryBudget::new(1_000);
    let issuer = service.issuer(quota(10), budget);
    let asked = |count| {
        service
            .key(NOON)
            .draw(&mut rng(), count)
            .unwrap()
            .request
            .to_bytes()
    };
    let empty = Arc::new(KeyRing::new());
    let keyless = Issuer::new(service.schedule.clone(), empty, quota(10), budget, LEDGER).unwrap();
    let one = UncheckedRequest::from_bytes(&asked(1), 1).unwrap();
    let lease = |issuer: &Issuer, request: &UncheckedRequest, now| {
        let leased = issuer.lease_local(&mut rng(), &ledger, request, now);
        leased.map(drop)
    };
    let missing = Err(IssueRefusal::KeyMissing);
    assert_eq!(lease(&keyless, &one, NOON), missing);
    let closed = Err(IssueRefusal::Closed);
    assert_eq!(lease(&issuer, &one, NOON.plus(DAY)), closed);
    let other = Service::new(1, 1).issuer(quota(10), budget);
    assert_eq!(lease(&other, &one, NOON), Err(IssueRefusal::UnknownKey));
    let many = UncheckedRequest::from_bytes(&asked(11), u32::MAX).unwrap();
    assert_eq!(lease(&issuer, &many, NOON), Err(IssueRefusal::TooMany));

    // What was leased in time is not answered when the key has closed.
    let leased = issuer.lease_local(&mut rng(), &ledger, &one, NOON).unwrap();
    let late = issuer.check(b"ann", leased, NOON.plus(DAY));
    assert_eq!(late.err(), Some(IssueRefusal::Closed));
    assert_eq!(
        draw(&issuer, &ledger, b"ann", &asked(11), NOON).err(),
        Some(IssueRefusal::TooMany)
    );
    assert!(draw(&issuer, &ledger, b"ann", &asked(10), NOON).is_ok());
}

#[test]
fn a_schedule_of_another_suite_is_refused() {
    let plan = Plan::new::<P256>("weather", days(), Uses::ONE).unwrap();
    let schedule = Draft::new(plan).publish();
    let keys = Arc::new(<KeyRing>::new());
    assert!(Issuer::new(schedule, keys, quota(1), QueryBudget::new(1), LEDGER).is_err());
}

#[test]
fn limits_have_their_bounds() {
    use milagro_base::Seconds;

    assert!(Quota::new(0, DAY).is_err());
    assert!(Quota::new(1, Seconds::ZERO).is_err());
    assert!(QueryBudget::for_loss(32).is_err());
    assert_eq!(QueryBudget::for_loss(16), Ok(QueryBudget::new(1 << 32)));
    assert_eq!(QueryBudget::for_loss(31), Ok(QueryBudget::new(1 << 62)));
}

/// A handler's way: `Arc<dyn Ledger>`, futures that may be sent to other threads.
#[test]
fn issues_through_a_ledger_that_is_waited_for() {
    fn sent<F: Future + Send>(future: F) -> F::Output {
        let mut future = Box::pin(future);
        match future
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()))
        {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("this ledger answers at once"),
        }
    }

    let service = Service::new(1, 1);
    let ledger: Arc<dyn milagro_ledger::Ledger> = Arc::new(InPlace(ledger()));
    let issuer = service.issuer(quota(10), QueryBudget::new(100));
    let drawing = service.key(NOON).draw(&mut rng(), 10).unwrap();
    let request = UncheckedRequest::from_bytes(&drawing.request.to_bytes(), 10).unwrap();
    let response: TokenResponse = sent(async {
        let leased = issuer.lease(&mut rng(), &*ledger, &request, NOON).await;
        let unspent = issuer.check(b"ann", leased.unwrap(), NOON).unwrap();
        issuer
            .answer(granted(unspent.spend(&*ledger, NOON).await).unwrap())
            .unwrap()
    });
    assert_eq!(drawing.pending.finish(&response).unwrap().len(), 10);
}

#[test]
fn response_bytes_are_strict() {
    let service = Service::new(1, 1);
    let issuer = service.issuer(quota(10), QueryBudget::new(100));
    let request = service
        .key(NOON)
        .draw(&mut rng(), 2)
        .unwrap()
        .request
        .to_bytes();
    let response = draw(&issuer, &ledger(), b"ann", &request, NOON).unwrap();
    let bytes = response.to_bytes();
    assert_eq!(bytes.len(), 65 + 64);
    assert_eq!(TokenResponse::from_bytes(&bytes, 2), Ok(response));
    let read = |bytes: &[u8]| -> Read { TokenResponse::from_bytes(bytes, 2) };
    for end in 0..bytes.len() {
        assert_eq!(read(&bytes[..end]), Err(DecodeError::Length), "{end}");
    }
    assert_eq!(read(&[&bytes[..], &[0]].concat()), Err(DecodeError::Length));
    for (range, value, error) in [
        (0..1, 2, DecodeError::Version),
        (1..65, 0xff, DecodeError::ScalarOutOfRange),
        (65..97, 0xff, DecodeError::Encoding),
        (97..129, 0, DecodeError::Identity),
    ] {
        let mut other = bytes.clone();
        other[range].fill(value);
        assert_eq!(read(&other), Err(error));
    }
}
