//! Wallets.

use std::time::Instant;

use milagro_base::{DecodeError, Seconds};
use milagro_voprf::tokens::client::{Token, Wallet, WalletError};
use milagro_voprf::tokens::schedule::Timetable;

use super::support::{DAY, GRACE, NOON, ORIGIN, Service, binding, rng, station};

/// A token as its bytes say it: under that key, with that nonce.
fn token(key: u8, nonce: u32) -> Token {
    let mut bytes = vec![1, 2, 0, 0];
    bytes.extend([key; 32]);
    bytes.extend([0; 28]);
    bytes.extend(nonce.to_be_bytes());
    bytes.push(64);
    bytes.extend([7; 64]);
    Token::from_bytes(&bytes).unwrap()
}

fn nonce(token: &Token) -> u32 {
    u32::from_be_bytes(token.nonce().to_bytes()[28..].try_into().unwrap())
}

#[test]
fn what_is_put_in_comes_out_once() {
    let mut wallet = Wallet::new();
    wallet
        .put((0..50).map(|nonce| token(1, nonce)).collect())
        .unwrap();
    wallet.put(vec![token(2, 7)]).unwrap();
    assert_eq!(wallet.len(), 51);
    let key = *token(1, 0).key_id();
    let mut taken: Vec<_> = (0..50)
        .map(|_| nonce(&wallet.take(&mut rng(), &key).unwrap()))
        .collect();
    assert!(wallet.take(&mut rng(), &key).is_none());
    assert!(!taken.is_sorted(), "with one chance in 50!");
    taken.sort_unstable();
    assert_eq!(taken, (0..50).collect::<Vec<_>>());
    assert_eq!(wallet.len(), 1);
}

#[test]
fn no_token_is_inside_twice_and_none_is_lost_by_a_refusal() {
    let mut wallet = Wallet::new();
    wallet.put(vec![token(1, 1), token(2, 1)]).unwrap();
    for offered in [
        vec![token(1, 2), token(1, 1)],
        vec![token(1, 2), token(1, 2)],
        vec![token(3, 1), token(2, 1)],
    ] {
        let refused = wallet.put(offered).unwrap_err();
        assert_eq!(refused.reason(), WalletError::Repeated);
        assert_eq!(refused.into_tokens().len(), 2);
        assert_eq!(wallet.len(), 2);
    }
    wallet.put(vec![token(1, 2), token(3, 1)]).unwrap();
    wallet.put(Vec::new()).unwrap();
    assert_eq!(wallet.len(), 4);
}

#[test]
fn what_is_left_of_a_token_is_put_back() {
    let service = Service::new(2, 1);
    let mut wallet = Wallet::new();
    wallet.put(service.tokens(3, NOON)).unwrap();
    let mut spent = 0;
    while let Some(token) = wallet.take_redeemable(&mut rng(), &service.schedule, NOON) {
        spent += 1;
        let rest = token.redeem(&binding(&station(), b"")).rest;
        wallet.put(rest.into_iter().collect()).unwrap();
    }
    assert_eq!(spent, 6);
}

#[test]
fn tokens_are_taken_and_forgotten_by_the_schedule() {
    let service = Service::new(1, 2);
    let mut wallet = Wallet::new();
    wallet.put(service.tokens(2, NOON)).unwrap();
    wallet.put(service.tokens(2, NOON.plus(DAY))).unwrap();
    wallet.put(vec![token(9, 1)]).unwrap();
    let first = *service.schedule.keys()[0].id();
    let grace = ORIGIN.plus(DAY);
    // A clock that is ahead by the leeway has not seen the end of tokens that are good.
    let end = grace.plus(GRACE).plus(Timetable::LEEWAY);
    let taken = wallet.take_redeemable(&mut rng(), &service.schedule, grace);
    assert_eq!(
        *taken.unwrap().key_id(),
        first,
        "the one that expires first"
    );
    wallet.forget_expired(&service.schedule, end.minus(Seconds::new(1)));
    assert_eq!(wallet.len(), 4);
    wallet.forget_expired(&service.schedule, end);
    assert_eq!(wallet.len(), 3);
    wallet.forget_expired(&service.schedule, Seconds::MAX);
    assert_eq!(wallet.len(), 1, "of a key that the schedule does not know");
}

#[test]
fn wallet_bytes_are_strict_and_say_nothing_of_the_order() {
    let tokens = || vec![token(1, 1), token(1, 2), token(2, 0)];
    let mut wallet = Wallet::new();
    wallet.put(tokens()).unwrap();
    let bytes = wallet.to_bytes();
    let mut reversed = Wallet::new();
    for token in tokens().into_iter().rev() {
        reversed.put(vec![token]).unwrap();
    }
    assert_eq!(reversed.to_bytes(), bytes);
    assert_eq!(Wallet::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for end in 0..bytes.len() {
        assert_eq!(
            Wallet::from_bytes(&bytes[..end]).err(),
            Some(DecodeError::Length),
            "{end}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Wallet::from_bytes(&longer).err(), Some(DecodeError::Length));
    let one = Token::MAX_LEN;
    let part = |place: usize| &bytes[5 + place * one..5 + (place + 1) * one];
    let of = |places: [usize; 3]| [&bytes[..5], &places.map(part).concat()].concat();
    assert!(Wallet::from_bytes(&of([0, 1, 2])).is_ok());
    for places in [[1, 0, 2], [0, 0, 2], [2, 0, 1], [0, 1, 1]] {
        let read = Wallet::from_bytes(&of(places)).err();
        assert_eq!(read, Some(DecodeError::Value), "{places:?}");
    }
    let mut many = bytes.to_vec();
    many[1..5].copy_from_slice(&65_537_u32.to_be_bytes());
    assert_eq!(Wallet::from_bytes(&many).err(), Some(DecodeError::Value));
}

#[test]
fn token_bytes_are_strict() {
    let bytes = token(1, 1).to_bytes();
    assert_eq!(bytes.len(), Token::MAX_LEN);
    assert_eq!(Token::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for end in 0..bytes.len() {
        assert_eq!(
            Token::from_bytes(&bytes[..end]).err(),
            Some(DecodeError::Length),
            "{end}"
        );
    }
    let longer = [&bytes[..], &[0]].concat();
    assert_eq!(Token::from_bytes(&longer).err(), Some(DecodeError::Length));
    for (at, value, error) in [
        (0, 2, DecodeError::Version),
        (1, 0, DecodeError::Value),
        (1, 65, DecodeError::Value),
        (2, 2, DecodeError::Value),
        (2, 64, DecodeError::Value),
        (3, 2, DecodeError::Value),
        (68, 33, DecodeError::Value),
        (68, 48, DecodeError::Length),
    ] {
        let mut bytes = bytes.to_vec();
        bytes[at] = value;
        assert_eq!(Token::from_bytes(&bytes).err(), Some(error), "{at}");
    }
}

/// A full wallet is filled, saved, loaded and emptied in a time that grows no faster than its size: a tenth
/// of it takes about a tenth.
#[test]
fn a_full_wallet_costs_what_its_tokens_cost() {
    let run = |tokens: u32| {
        let start = Instant::now();
        let mut wallet = Wallet::new();
        for first in (0..tokens).step_by(4_096) {
            let batch = first..tokens.min(first + 4_096);
            wallet
                .put(batch.map(|nonce| token(1, nonce)).collect())
                .unwrap();
        }
        let mut wallet = Wallet::from_bytes(&wallet.to_bytes()).unwrap();
        let key = *token(1, 0).key_id();
        while wallet.take(&mut rng(), &key).is_some() {}
        assert!(wallet.is_empty());
        start.elapsed()
    };
    // A square of its size is a hundred times as much each time; another process makes one run longer.
    let grows_slowly = |_| {
        let tenth = run(6_553);
        run(65_536) < 40 * tenth
    };
    assert!((0..3).any(grows_slowly));

    let mut full = Wallet::new();
    full.put((0..65_536).map(|nonce| token(1, nonce)).collect())
        .unwrap();
    assert_eq!(
        full.put(vec![token(2, 0)]).unwrap_err().reason(),
        WalletError::Full
    );
}
