//! What costs nothing is checked before what costs something.

use core::time::Duration;
use std::time::Instant;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_COMPRESSED;
use milagro_base::DecodeError;
use milagro_voprf::attributes::NaorReingoldProof;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::issuer::{IssueRefusal, QueryBudget, UncheckedRequest};
use milagro_voprf::tokens::schedule::{KeySchedule, ScheduleDigest};
use milagro_voprf::{Blinded, Ristretto255};
use sha2::{Digest as _, Sha256};

use super::support::{DAY, NOON, Service, draw, ledger, quota, rng};

/// One MiB of bytes that are no elements, behind a header.
fn long(key: &[u8]) -> Vec<u8> {
    [&[1], key, &vec![0xff; 1 << 20]].concat()
}

/// The shortest of many runs, one that no other process has interrupted.
fn shortest<O>(run: impl Fn() -> O) -> Duration {
    let time = |_| {
        let start = Instant::now();
        let _result = core::hint::black_box(run());
        start.elapsed()
    };
    (0..50).map(time).min().unwrap()
}

/// A hundredth of the time that it takes, here and now, to decode as many elements as fit into that many bytes.
fn hundredth(bytes: usize) -> Duration {
    let one = RISTRETTO_BASEPOINT_COMPRESSED.to_bytes();
    let decode = || Blinded::<Ristretto255>::from_bytes(&one).unwrap();
    shortest(decode) * u32::try_from(bytes / one.len()).unwrap() / 100
}

/// The absolute bound is one for code that is optimised.
#[test]
fn one_mebibyte_against_a_maximum_of_100_is_refused_under_50_microseconds() {
    let bound = if cfg!(debug_assertions) {
        hundredth(1 << 20)
    } else {
        Duration::from_micros(50)
    };
    let request = long(&[7; 32]);
    let read = || UncheckedRequest::<Ristretto255>::from_bytes(&request, 100);
    assert_eq!(read(), Err(DecodeError::Value));
    assert!(shortest(read) < bound);

    let response = long(&[7; 64]);
    let read = || TokenResponse::<Ristretto255>::from_bytes(&response, 100);
    assert_eq!(read(), Err(DecodeError::Length));
    assert!(shortest(read) < bound);
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
        assert!(shortest(read) < hundredth(bytes.len()), "{keys}");
    }
}

/// What is longer than any schedule is not even hashed.
#[test]
fn a_schedule_is_no_longer_than_schedules_are() {
    let long = vec![1; 64 << 20];
    let digest = ScheduleDigest::from_bytes(&[7; 32]);
    let read = || KeySchedule::pinned(&long, &digest);
    assert!(read().is_err());
    let mebibyte = &long[..1 << 20];
    let hashing = shortest(|| Sha256::digest(mebibyte)) * 64;
    assert!(shortest(read) < hashing / 100);
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
        assert!(shortest(lease) < hundredth(bytes.len()), "{name}");
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
