use getrandom::SysRng;
use rand_core::UnwrapErr;

use super::Wallet;
use crate::tokens::schedule::{Epoch, KeySchedule, Timetable};
use crate::tokens::token::{FormatError, KeyId, Nonce, Token, TokenOutput, Uses};

const ENTRY: usize = 5;

fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

fn token(key: KeyId, nonce: u8) -> Token {
    let output = TokenOutput::from_bytes(&[nonce; 64]).unwrap();
    Token::new(key, Nonce::from_bytes(&[nonce; 32]), output, Uses::ONE)
}

fn id(byte: u8) -> KeyId {
    KeyId::from_bytes(&[byte; 32])
}

fn wallet(tokens: &[(u8, u8)]) -> Wallet {
    let mut wallet = Wallet::new();
    for (key, nonce) in tokens {
        wallet.insert(token(id(*key), *nonce)).unwrap();
    }
    wallet
}

#[test]
fn each_token_is_taken_once() {
    let mut wallet = wallet(&[(1, 5), (1, 3), (2, 4), (1, 4)]);
    let mut taken = Vec::new();
    while let Some(token) = wallet.take(&mut rng(), &id(1)) {
        taken.push(token.nonce().to_bytes()[0]);
    }
    taken.sort_unstable();
    assert_eq!((taken, wallet.len()), (vec![3, 4, 5], 1));
    assert!(wallet.take(&mut rng(), &id(3)).is_none());
    assert!(wallet.take(&mut rng(), &id(2)).is_some() && wallet.is_empty());
}

/// In ascending or descending order of nonces, any two requests that lie close together would be one client's.
#[test]
fn nonces_are_spent_in_no_order() {
    let all: Vec<_> = (0..100).map(|nonce| (1, nonce)).collect();
    let mut wallet = wallet(&all);
    let mut taken = Vec::new();
    while let Some(token) = wallet.take(&mut rng(), &id(1)) {
        taken.push(token.nonce().to_bytes()[0]);
    }
    // About 50 rises in 99 steps of a random order; fewer than 20 or more than 79 once in 10^20 runs.
    let rises = taken.windows(2).filter(|pair| pair[0] < pair[1]).count();
    assert!((20..80).contains(&rises), "{taken:?}");
}

#[test]
fn a_nonce_is_held_once_per_key() {
    let mut wallet = wallet(&[(1, 1)]);
    assert_eq!(
        wallet.insert(token(id(1), 1)),
        Err(FormatError::NotCanonical)
    );
    assert_eq!(wallet.insert(token(id(2), 1)), Ok(()));
    assert_eq!(wallet.len(), 2);
}

#[test]
fn an_empty_entry_is_never_left_behind() {
    let mut wallet = wallet(&[(1, 1)]);
    drop(wallet.take(&mut rng(), &id(1)));
    assert!(wallet.is_empty());
    assert_eq!(*wallet.to_bytes(), *Wallet::new().to_bytes());
}

#[test]
fn bytes_come_back_whatever_the_order_of_insertion() {
    let bytes = wallet(&[(1, 1), (1, 2), (2, 0), (2, 9)]).to_bytes();
    assert_eq!(wallet(&[(2, 9), (1, 2), (2, 0), (1, 1)]).to_bytes(), bytes);
    assert_eq!(Wallet::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    assert_eq!(bytes.len(), ENTRY + 4 * Token::MAX_LEN);
}

#[test]
fn bytes_of_an_empty_wallet_are_frozen() {
    assert_eq!(*Wallet::new().to_bytes(), [1, 0, 0, 0, 0]);
    assert!(Wallet::from_bytes(&[1, 0, 0, 0, 0]).unwrap().is_empty());
}

#[test]
fn every_truncation_and_extension_is_refused() {
    let bytes = wallet(&[(1, 1), (2, 2)]).to_bytes();
    for end in 0..bytes.len() {
        assert_eq!(
            Wallet::from_bytes(&bytes[..end]).err(),
            Some(FormatError::Truncated),
            "{end}"
        );
    }
    for extra in 1..200 {
        let longer = [&bytes[..], &vec![0; extra]].concat();
        assert_eq!(
            Wallet::from_bytes(&longer).err(),
            Some(FormatError::TrailingBytes),
            "{extra}"
        );
    }
}

#[test]
fn counts_and_order_are_strict() {
    let (one, two) = (token(id(1), 1).to_bytes(), token(id(1), 2).to_bytes());
    let encode =
        |count: u32, tokens: &[&[u8]]| [&[1], &count.to_be_bytes()[..], &tokens.concat()].concat();
    for (name, bytes, error) in [
        (
            "version",
            vec![2, 0, 0, 0, 0],
            FormatError::UnknownVersion(2),
        ),
        (
            "descending",
            encode(2, &[&two, &one]),
            FormatError::NotCanonical,
        ),
        ("twice", encode(2, &[&one, &one]), FormatError::NotCanonical),
        (
            "more declared than there",
            encode(3, &[&one, &two]),
            FormatError::Truncated,
        ),
        (
            "fewer declared than there",
            encode(1, &[&one, &two]),
            FormatError::TrailingBytes,
        ),
        (
            "as many as allowed, none there",
            encode(65_536, &[]),
            FormatError::Truncated,
        ),
        (
            "more than allowed",
            encode(65_537, &[]),
            FormatError::TooMany,
        ),
        (
            "far more than allowed",
            encode(u32::MAX, &[]),
            FormatError::TooMany,
        ),
        (
            "bad token",
            encode(1, &[&[9; 200]]),
            FormatError::UnknownVersion(9),
        ),
    ] {
        assert_eq!(Wallet::from_bytes(&bytes).err(), Some(error), "{name}");
    }
}

#[test]
fn the_wallet_is_bounded() {
    let mut wallet = Wallet::new();
    for n in 0..=u32::try_from(Wallet::MAX_TOKENS).unwrap() {
        let mut nonce = [0; 32];
        nonce[..4].copy_from_slice(&n.to_be_bytes());
        let output = TokenOutput::from_bytes(&[0; 32]).unwrap();
        let key = id(u8::try_from(n % 200).unwrap());
        let inserted = wallet.insert(Token::new(
            key,
            Nonce::from_bytes(&nonce),
            output,
            Uses::ONE,
        ));
        let full = usize::try_from(n).unwrap() == Wallet::MAX_TOKENS;
        assert_eq!(
            inserted,
            if full {
                Err(FormatError::TooMany)
            } else {
                Ok(())
            }
        );
    }
}

#[test]
fn expired_tokens_are_forgotten_and_the_oldest_open_one_is_taken_first() {
    let timetable = Timetable::new(0, 100).unwrap().with_overlap(0, 50).unwrap();
    let mut schedule = KeySchedule::new("test", "weather", timetable, Uses::ONE).unwrap();
    let [first, second] = [0, 1].map(|e| {
        schedule
            .push(Epoch::new(e), &[b'k', u8::try_from(e).unwrap()])
            .unwrap()
    });
    let foreign = id(9);
    let mut wallet = Wallet::new();
    for key in [first, second, foreign] {
        wallet.insert(token(key, 1)).unwrap();
        wallet.insert(token(key, 2)).unwrap();
    }
    assert_eq!(
        wallet
            .take_redeemable(&mut rng(), &schedule, 120)
            .map(|token| *token.key_id()),
        Some(first)
    );
    wallet.forget_expired(&schedule, 149);
    assert_eq!(wallet.len(), 5);
    wallet.forget_expired(&schedule, 150);
    assert_eq!(
        wallet.len(),
        4,
        "the first key is over, the foreign one is unknown here"
    );
    assert_eq!(
        wallet
            .take_redeemable(&mut rng(), &schedule, 150)
            .map(|token| *token.key_id()),
        Some(second)
    );
    assert!(wallet.take_redeemable(&mut rng(), &schedule, 99).is_none());
}
