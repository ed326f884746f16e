//! What costs nothing is checked before what costs something.

use core::time::Duration;
use std::time::Instant;

use milagro_base::DecodeError;
use milagro_voprf::Ristretto255;
use milagro_voprf::attributes::NaorReingoldProof;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget, UncheckedRequest};
use milagro_voprf::tokens::schedule::{KeySchedule, ScheduleDigest};

use super::support::{DAY, NOON, Service, draw, ledger, quota, rng};

/// One MiB of bytes that are no elements, behind a header.
fn long(key: &[u8]) -> Vec<u8> {
    [&[1], key, &vec![0xff; 1 << 20]].concat()
}

/// The shortest of many runs, which no other process has interrupted.
fn shortest<O>(run: impl Fn() -> O) -> Duration {
    let time = |_| {
        let start = Instant::now();
        let _result = core::hint::black_box(run());
        start.elapsed()
    };
    (0..50).map(time).min().unwrap()
}

#[test]
fn one_mebibyte_against_a_maximum_of_100_is_refused_under_50_microseconds() {
    let request = long(&[7; 32]);
    let read = || UncheckedRequest::<Ristretto255>::from_bytes(&request, 100);
    assert_eq!(read(), Err(DecodeError::Value));
    assert!(shortest(read) < Duration::from_micros(50));

    let response = long(&[7; 64]);
    let read = || TokenResponse::<Ristretto255>::from_bytes(&response, 100);
    assert_eq!(read(), Err(DecodeError::Length));
    assert!(shortest(read) < Duration::from_micros(50));
}

/// A proof that a client gets with a schedule: the keys are counted, and all lengths are right, before an
/// element is decoded.
#[test]
fn a_proof_for_other_keys_is_refused_by_its_lengths() {
    let chain = [&[1, 0][..], &vec![0xff; 256 * 32]].concat();
    let two_mebibytes = [&[1, 0][..], &chain.repeat(256), &[0; 33]].concat();
    for (bytes, keys, expected) in [
        (&two_mebibytes, 30, DecodeError::Value),
        (&two_mebibytes, 256, DecodeError::Length),
    ] {
        let read = || NaorReingoldProof::<Ristretto255>::from_bytes(bytes, keys);
        assert_eq!(read().map(drop), Err(expected), "{keys}");
        assert!(shortest(read) < Duration::from_micros(50), "{keys}");
    }
}

/// What is longer than any schedule is not even hashed.
#[test]
fn a_schedule_is_no_longer_than_schedules_are() {
    let long = vec![1; 64 << 20];
    let digest = ScheduleDigest::from_bytes(&[7; 32]);
    let read = || KeySchedule::pinned(&long, &digest);
    assert!(read().is_err());
    assert!(shortest(read) < Duration::from_micros(50));
}

/// Ten thousand elements, which nobody decodes for whoever asks under a key that does not issue.
#[test]
fn the_key_is_looked_up_before_an_element_is_decoded() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuer = service.issuer(quota(20_000), QueryBudget::new(100_000));
    let key = service.schedule.keys()[0].id().to_bytes();
    for (name, key, now, expected) in [
        ("unknown", [7; 32], NOON, IssueRefusal::UnknownKey),
        ("closed", key, NOON.plus(DAY), IssueRefusal::Closed),
    ] {
        let bytes = [&[1], &key[..], &vec![0xff; 10_000 * 32]].concat();
        let request = UncheckedRequest::from_bytes(&bytes, issuer.maximum()).unwrap();
        let lease = || issuer.lease_local(&mut rng(), &ledger, &request, now);
        assert_eq!(lease().err(), Some(expected), "{name}");
        assert!(shortest(lease) < Duration::from_micros(50), "{name}");
    }
}

/// Whoever sends what is no element has paid for it like for tokens.
#[test]
fn elements_are_decoded_when_they_are_paid_for() {
    let (service, ledger) = (Service::new(1, 1), ledger());
    let issuer = service.issuer(quota(10), QueryBudget::new(100));
    let good = service
        .key(NOON)
        .draw(&mut rng(), 2)
        .unwrap()
        .request
        .to_bytes();
    for (place, byte, reason) in [
        (33 + 31, 0xff, DecodeError::Encoding),
        (33 + 63, 0xff, DecodeError::Encoding),
    ] {
        let mut bad = good.clone();
        bad[place] = byte;
        let answer = draw(&issuer, &ledger, b"ann", &bad, NOON);
        assert_eq!(answer.err(), Some(IssueRefusal::Elements(reason)));
    }
    let mut identity = good.clone();
    identity[33..65].fill(0);
    let answer = draw(&issuer, &ledger, b"ann", &identity, NOON);
    assert_eq!(
        answer.err(),
        Some(IssueRefusal::Elements(DecodeError::Identity))
    );
    let six = service
        .key(NOON)
        .draw(&mut rng(), 5)
        .unwrap()
        .request
        .to_bytes();
    let over = draw(&issuer, &ledger, b"ann", &six, NOON);
    assert_eq!(over.err(), Some(IssueRefusal::Quota), "six of ten are gone");
    assert!(draw(&issuer, &ledger, b"ann", &good, NOON).is_ok());
}

#[test]
fn lengths_are_exact() {
    type Request = UncheckedRequest<Ristretto255>;
    let bytes = |elements: usize| [&[1], &[7; 32][..], &vec![9; elements]].concat();
    for (elements, maximum, expected) in [
        (0, 100, Err(DecodeError::Length)),
        (31, 100, Err(DecodeError::Length)),
        (33, 100, Err(DecodeError::Length)),
        (32, 0, Err(DecodeError::Value)),
        (32, 1, Ok(1)),
        (3_200, 100, Ok(100)),
        (3_232, 100, Err(DecodeError::Value)),
        (16_384 * 32, u32::MAX, Ok(16_384)),
        (16_385 * 32, u32::MAX, Err(DecodeError::Value)),
    ] {
        let read = Request::from_bytes(&bytes(elements), maximum);
        assert_eq!(read.map(|request| request.count()), expected, "{elements}");
    }
    for cut in 0..33 {
        assert_eq!(
            Request::from_bytes(&bytes(32)[..cut], 1),
            Err(DecodeError::Length)
        );
    }
    let mut other = bytes(32);
    other[0] = 2;
    assert_eq!(Request::from_bytes(&other, 1), Err(DecodeError::Version));
}
