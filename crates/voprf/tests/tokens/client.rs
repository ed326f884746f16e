//! What a client checks, and what it keeps.

use milagro_base::{DecodeError, Seconds};
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Drawing, PendingTokens, TokenKey, Wallet};
use milagro_voprf::tokens::issuer::{IssueRefusal, Issuer, QueryBudget};
use milagro_voprf::{Error, MAX_BATCH, Ristretto255};

use super::support::{NOON, Service, draw, ledger, quota, rng};

type Pending = PendingTokens<Ristretto255>;

fn issuer(service: &Service) -> Issuer {
    service.issuer(quota(100), QueryBudget::new(1_000))
}

fn answer(service: &Service, request: &[u8]) -> Result<TokenResponse, IssueRefusal> {
    draw(&issuer(service), &ledger(), b"ann", request, NOON)
}

/// What came of an answer, and what waits on.
fn refused(pending: Pending, response: &TokenResponse) -> (Error, Pending) {
    let unfinished = pending.finish(response).unwrap_err();
    (unfinished.error(), unfinished.into_pending())
}

#[test]
fn altered_answers_are_refused_and_the_right_one_is_taken_after_them() {
    let service = Service::new(1, 1);
    let Drawing {
        request,
        mut pending,
    } = service.key(NOON).draw(&mut rng(), 3).unwrap();
    let good = answer(&service, &request.to_bytes()).unwrap().to_bytes();
    let other = service
        .key(NOON)
        .draw(&mut rng(), 3)
        .unwrap()
        .request
        .to_bytes();
    let other = answer(&service, &other).unwrap().to_bytes();
    let element = |bytes: &[u8], place: usize| bytes[65 + 32 * place..97 + 32 * place].to_vec();
    let of = |head: &[u8], places: [usize; 3]| {
        let elements = places.map(|place| element(&good, place)).concat();
        [head, &elements].concat()
    };
    for (name, bytes) in [
        ("swapped", of(&good[..65], [1, 0, 2])),
        ("repeated", of(&good[..65], [1, 1, 2])),
        ("proof of another answer", of(&other[..65], [0, 1, 2])),
        ("another answer", other.clone()),
    ] {
        let response = TokenResponse::from_bytes(&bytes, 3).unwrap();
        let (error, waiting) = refused(pending, &response);
        assert_eq!(error, Error::ProofRejected, "{name}");
        pending = waiting;
    }
    for (count, bytes) in [
        (2, good[..65 + 64].to_vec()),
        (4, [&good[..], &element(&good, 0)].concat()),
    ] {
        let response = TokenResponse::from_bytes(&bytes, count).unwrap();
        let (error, waiting) = refused(pending, &response);
        assert_eq!(error, Error::LengthMismatch, "{count}");
        pending = waiting;
    }
    let good = TokenResponse::from_bytes(&good, 3).unwrap();
    assert_eq!(pending.finish(&good).unwrap().len(), 3);
}

/// A key for one user, with a proof that is good for it.
#[test]
fn a_key_made_for_one_user_is_refused() {
    let (service, marking) = (Service::new(1, 1), Service::new(1, 1));
    let Drawing { request, pending } = service.key(NOON).draw(&mut rng(), 3).unwrap();
    let id = marking.schedule.keys()[0].id().to_bytes();
    let request = [&[1], &id[..], &request.to_bytes()[33..]].concat();
    let response = answer(&marking, &request).unwrap();
    assert_eq!(refused(pending, &response).0, Error::ProofRejected);
}

#[test]
fn tokens_are_distinct_and_have_the_plans_uses() {
    let service = Service::new(7, 1);
    let tokens = service.tokens(5, NOON);
    let mut nonces: Vec<_> = tokens
        .iter()
        .map(milagro_voprf::tokens::client::Token::nonce)
        .collect();
    nonces.sort();
    nonces.dedup();
    assert_eq!(nonces.len(), 5);
    assert!(
        tokens
            .iter()
            .all(|token| token.uses_left() == 7 && !token.has_key())
    );
}

#[test]
fn batches_have_their_bounds() {
    let key = Service::new(1, 1).key(NOON);
    assert_eq!(key.draw(&mut rng(), 0).err(), Some(Error::EmptyBatch));
    for count in [MAX_BATCH + 1, usize::MAX] {
        assert_eq!(
            key.draw(&mut rng(), count).err(),
            Some(Error::BatchTooLarge)
        );
        assert_eq!(
            key.draw_with_keys(&mut rng(), count).err(),
            Some(Error::BatchTooLarge)
        );
    }
}

/// Saved before the request is sent, loaded after a restart, sent again, answered.
#[test]
fn what_waits_is_saved_and_loaded() {
    let service = Service::new(2, 1);
    let key = service.key(NOON);
    let drawings = [
        key.draw(&mut rng(), 4).unwrap(),
        key.draw_with_keys(&mut rng(), 4).unwrap(),
    ];
    for Drawing { request, pending } in drawings {
        let saved = pending.to_bytes();
        assert_eq!(saved.len(), 38 + 4 * 64);
        drop(pending);
        let pending = Pending::from_bytes(&saved, &service.pinned()).unwrap();
        assert_eq!(*pending.key_id(), *key.id());
        assert_eq!((pending.request(), pending.count()), (request, 4));
        assert_eq!(pending.to_bytes(), saved);
        let response = answer(&service, &pending.request().to_bytes()).unwrap();
        let mut wallet = Wallet::new();
        wallet.put(pending.finish(&response).unwrap()).unwrap();
        assert_eq!(wallet.len(), 4);
    }
}

#[test]
fn what_waits_can_be_loaded_when_its_key_issues_no_more() {
    let service = Service::new(1, 2);
    let Drawing { request, pending } = service.key(NOON).draw(&mut rng(), 1).unwrap();
    let response = answer(&service, &request.to_bytes()).unwrap();
    let saved = pending.to_bytes();
    let key: TokenKey = service.key(NOON.plus(Seconds::days(1)));
    assert_ne!(key.id(), request.key_id());
    let pending = Pending::from_bytes(&saved, &service.pinned()).unwrap();
    assert_eq!(pending.finish(&response).unwrap().len(), 1);
}

#[test]
fn bytes_of_what_waits_are_strict() {
    let service = Service::new(1, 1);
    let pinned = service.pinned();
    let saved = service
        .key(NOON)
        .draw(&mut rng(), 2)
        .unwrap()
        .pending
        .to_bytes();
    let read = |bytes: &[u8]| Pending::from_bytes(bytes, &pinned).map(|read| read.to_bytes());
    for end in 0..saved.len() {
        assert_eq!(read(&saved[..end]), Err(DecodeError::Length), "{end}");
    }
    assert_eq!(read(&[&saved[..], &[0]].concat()), Err(DecodeError::Length));
    let blind = 38 + 32;
    for (at, value, error) in [
        (0, 2, DecodeError::Version),
        (1, saved[1] ^ 1, DecodeError::Value),
        (33, 2, DecodeError::Value),
        (34, 1, DecodeError::Value),
        (blind + 31, 0xff, DecodeError::ScalarOutOfRange),
    ] {
        let mut bytes = saved.to_vec();
        bytes[at] = value;
        assert_eq!(read(&bytes), Err(error), "{at}");
    }
    let mut zero = saved.to_vec();
    zero[blind..blind + 32].fill(0);
    assert_eq!(read(&zero), Err(DecodeError::ZeroScalar));
    let mut none = saved[..38].to_vec();
    none[37] = 0;
    assert_eq!(read(&none), Err(DecodeError::Value));
    assert!(Pending::from_bytes(&saved, &Service::new(1, 1).pinned()).is_err());
}
