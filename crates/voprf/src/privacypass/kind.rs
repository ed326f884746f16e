//! Token types (RFC 9577, section 6.2; RFC 9578, section 8.2), as numbers and as suites.

use core::fmt;

use crate::suite::group::Suite;
use crate::suite::nist::P384;
use crate::suite::ristretto::Ristretto255;

/// The number of a token type, known or not.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct TokenType(u16);

impl TokenType {
    /// 0x0001, VOPRF(P-384, SHA-384): RFC 9578, section 5.
    pub const P384: Self = Self(0x0001);
    /// 0x0002, blind RSA of 2048 bits: RFC 9578, section 6. This crate has no such tokens.
    pub const BLIND_RSA: Self = Self(0x0002);
    /// 0x0005, VOPRF(ristretto255, SHA-512): draft-ietf-privacypass-batched-tokens.
    pub const RISTRETTO255: Self = Self(0x0005);

    /// The types that stand for nothing, so that clients keep ignoring types that they do not know (RFC 9577, section
    /// 6.2.1).
    pub const RESERVED: [Self; 17] = [
        Self(0x0000),
        Self(0x02aa),
        Self(0x1132),
        Self(0x2e96),
        Self(0x3cd3),
        Self(0x4473),
        Self(0x5a63),
        Self(0x6d32),
        Self(0x7f3f),
        Self(0x8d07),
        Self(0x916b),
        Self(0xa6a4),
        Self(0xbeab),
        Self(0xc3f3),
        Self(0xda42),
        Self(0xe944),
        Self(0xf057),
    ];

    /// The type of that number.
    #[must_use]
    pub const fn new(number: u16) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    pub(super) const fn to_bytes(self) -> [u8; 2] {
        self.0.to_be_bytes()
    }
}

impl fmt::Debug for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenType(0x{:04x})", self.0)
    }
}

impl fmt::Display for TokenType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:04x}", self.0)
    }
}

/// A suite that a token type stands for: [`P384`] for 0x0001, [`Ristretto255`] for 0x0005.
///
/// Sealed, like [`Suite`].
pub trait TokenSuite: Suite {
    /// The token type.
    const TYPE: TokenType;
}

impl TokenSuite for P384 {
    const TYPE: TokenType = TokenType::P384;
}

impl TokenSuite for Ristretto255 {
    const TYPE: TokenType = TokenType::RISTRETTO255;
}
