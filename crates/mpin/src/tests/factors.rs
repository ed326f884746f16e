//! PINs and other factors as typed, and tokens as stored.

use super::fixture::{World, alice, factors, pin};
use crate::client::error::FactorError;
use crate::client::factor::{Factors, PassphraseParams};
use crate::client::pin::{Pin, PinLength};
use crate::client::token::Token;
use milagro_base::DecodeError;

#[test]
fn pins_have_exactly_the_digits_asked_for() {
    let four = PinLength::FOUR;
    for good in ["0000", "0042", "9999"] {
        assert!(Pin::new(good, four).is_ok());
    }
    for short_or_long in ["", "1", "123", "12345", "00000042"] {
        assert_eq!(
            Pin::new(short_or_long, four).unwrap_err(),
            FactorError::DigitCount
        );
    }
    for no_digits in ["12a4", "-123", "+123", "12 4", "１２３４", "12\x004"] {
        assert_eq!(
            Pin::new(no_digits, four).unwrap_err(),
            FactorError::NotADigit
        );
    }
    for length in [0, 3, 7, 255] {
        assert_eq!(PinLength::new(length).unwrap_err(), FactorError::PinLength);
    }
    assert_eq!(pin("0042").value(), 42);
    assert_eq!(pin("999999").value(), 999_999);
    assert_eq!(
        Pin::new("42", PinLength::FOUR).unwrap_err(),
        FactorError::DigitCount
    );
}

#[test]
fn factors_have_names_of_their_own() {
    let params = PassphraseParams::new(64, 1, 1, [0; 16]).unwrap();
    let base = || factors("1234").with_bytes("a", b"x").unwrap();
    assert_eq!(
        base().with_bytes("a", b"y").unwrap_err(),
        FactorError::Duplicate
    );
    assert_eq!(
        base().with_passphrase("a", "y", params).unwrap_err(),
        FactorError::Duplicate
    );
    assert_eq!(base().with_bytes("", b"y").unwrap_err(), FactorError::Name);
    assert_eq!(
        base().with_bytes(&"n".repeat(256), b"y").unwrap_err(),
        FactorError::Name
    );
    let many = (0..15).try_fold(factors("1234"), |all, i| {
        all.with_bytes(&i.to_string(), b"")
    });
    assert_eq!(
        many.unwrap().with_bytes("one more", b"").unwrap_err(),
        FactorError::TooMany
    );
}

#[test]
fn passphrase_costs_are_bounded() {
    let salt = [0; 16];
    let bad = [
        (0, 1, 1),
        (7, 1, 1),
        (1 << 21, 1, 1),
        (64, 0, 1),
        (64, 65, 1),
        (64, 1, 0),
        (256, 1, 17),
    ];
    for (memory, passes, lanes) in bad {
        let result = PassphraseParams::new(memory, passes, lanes, salt);
        assert_eq!(result.unwrap_err(), FactorError::Passphrase);
    }
    assert!(PassphraseParams::new(8, 1, 1, salt).is_ok());
}

#[test]
fn the_kinds_of_factors_must_fit_the_token() {
    let world = World::without_permits();
    let token = world.token(
        &alice(),
        &factors("1234").with_bytes("device", b"x").unwrap(),
    );
    let misfits = [
        factors("1234"),
        factors("12345").with_bytes("device", b"x").unwrap(),
        factors("1234").with_bytes("devicf", b"x").unwrap(),
        Factors::without_pin().with_bytes("device", b"x").unwrap(),
        factors("1234")
            .with_bytes("device", b"x")
            .unwrap()
            .with_bytes("e", b"")
            .unwrap(),
    ];
    for misfit in misfits {
        assert_eq!(token.unlock(&misfit).unwrap_err(), FactorError::Mismatch);
    }
}

#[test]
fn tokens_decode_to_themselves_and_nothing_else() {
    let world = World::without_permits();
    let params = PassphraseParams::recommended([9; 16]);
    let all = [
        factors("1234"),
        Factors::without_pin().with_bytes("device", b"x").unwrap(),
        factors("123456")
            .with_bytes("zz", b"x")
            .unwrap()
            .with_bytes("aa", b"y")
            .unwrap(),
    ];
    for factors in all {
        let token = world.token(&alice(), &factors);
        let bytes = token.to_bytes();
        assert_eq!(*Token::from_bytes(&bytes).unwrap().to_bytes(), *bytes);
        for length in 0..bytes.len() {
            assert_eq!(
                Token::from_bytes(&bytes[..length]).unwrap_err(),
                DecodeError::Length
            );
        }
        let mut long = bytes.to_vec();
        long.push(0);
        assert_eq!(Token::from_bytes(&long).unwrap_err(), DecodeError::Length);
        for version in [0, 2, 255] {
            long[0] = version;
            assert_eq!(Token::from_bytes(&long).unwrap_err(), DecodeError::Version);
        }
    }
    // A passphrase token round-trips without hashing the passphrase.
    let mut bytes = world.token(&alice(), &factors("1234")).to_bytes().to_vec();
    let specs = bytes.len() - 48 - 3;
    let spec: Vec<u8> = [
        &[1, 2, 0, 1, b'p'][..],
        &65_536_u32.to_be_bytes(),
        &3_u32.to_be_bytes(),
    ]
    .concat();
    let spec = [&spec[..], &4_u32.to_be_bytes(), &[9; 16]].concat();
    bytes.splice(specs..specs + 3, spec);
    let token = Token::from_bytes(&bytes).unwrap();
    assert_eq!(*token.to_bytes(), bytes);
    assert_eq!(
        params,
        PassphraseParams::new(65_536, 3, 4, [9; 16]).unwrap()
    );
}

#[test]
fn stored_factor_lists_are_checked() {
    let world = World::without_permits();
    let good = world.token(&alice(), &factors("1234")).to_bytes().to_vec();
    let at = good.len() - 48 - 3;
    assert_eq!(good[at..at + 3], [1, 1, 4]);
    let lists: [&[u8]; 9] = [
        &[1, 1, 3],                         // three digits
        &[1, 9, 4],                         // unknown kind, and then a cut name
        &[17, 1, 4],                        // more factors than any token has
        &[2, 1, 4, 1, 4],                   // the PIN twice
        &[2, 3, 0, 1, b'b', 3, 0, 1, b'a'], // not in order
        &[2, 3, 0, 1, b'a', 3, 0, 1, b'a'], // one name twice
        &[1, 3, 0, 0],                      // empty name
        &[1, 3, 0, 1, 0xff],                // no UTF-8
        &[
            1, 2, 0, 1, b'p', 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0,
            0, 0, 0, 0, 0, 0, 0, 0, 0,
        ], // 4 TiB
    ];
    for list in lists {
        let mut bytes = good.clone();
        bytes.splice(at..at + 3, list.iter().copied());
        let error = Token::from_bytes(&bytes).unwrap_err();
        assert!(
            matches!(error, DecodeError::Value | DecodeError::Length),
            "{list:?} {error:?}"
        );
    }
}
