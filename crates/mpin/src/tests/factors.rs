//! PINs and other factors as typed.

use super::fixture::{factors, pin};
use crate::client::error::FactorError;
use crate::client::passphrase::PassphraseParams;
use crate::client::pin::{Pin, PinLength};

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
