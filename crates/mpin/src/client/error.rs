//! What can go wrong on the way to a login.

use core::fmt;

/// Why factors cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FactorError {
    /// A PIN with a character that is no decimal digit.
    NotADigit,
    /// A PIN with more or fewer digits than the application asks for.
    DigitCount,
    /// A PIN length outside 4 to 6.
    PinLength,
    /// A name that is empty or longer than 255 bytes.
    Name,
    /// A second factor of the same name.
    Duplicate,
    /// More than 16 factors.
    TooMany,
    /// argon2id parameters outside the allowed range.
    PassphraseParams,
    /// A passphrase that is empty or longer than 4,096 bytes.
    PassphraseLength,
    /// A passphrase with a character that RFC 8265 does not allow in one.
    PassphraseCharacter,
    /// The factors are not those that the token was made with (by kind and name, never by value).
    Mismatch,
    /// A secret of an identity with a device key that is not bound to that key yet.
    NotBound,
}

impl fmt::Display for FactorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotADigit => "PIN holds a character that is not a digit",
            Self::DigitCount => "PIN has the wrong number of digits",
            Self::PinLength => "PINs have 4 to 6 digits",
            Self::Name => "factor names have 1 to 255 bytes",
            Self::Duplicate => "factor given twice",
            Self::TooMany => "more than 16 factors",
            Self::PassphraseParams => "costs of a passphrase are outside the bounds",
            Self::PassphraseLength => "passphrases have 1 to 4,096 bytes",
            Self::PassphraseCharacter => "passphrase holds a character that is not allowed",
            Self::Mismatch => "not the kinds of factors that the token was made with",
            Self::NotBound => "secret is not bound to its device key",
        })
    }
}

impl core::error::Error for FactorError {}

/// A permit, a label or a device key that does not belong to this secret's identity, or a device key that is
/// missing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecretMismatch;

impl fmt::Display for SecretMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("permit or device key does not belong to this identity")
    }
}

impl core::error::Error for SecretMismatch {}
