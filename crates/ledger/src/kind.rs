//! The table of kinds.

/// What sort of thing an account counts, or a record holds: one byte.
///
/// | byte | kind | counts | life |
/// |---|---|---|---|
/// | 1 | `CHALLENGE` | answers to a challenge of a login or a key agreement: 1 | span |
/// | 2 | `ONE_PASS` | uses of a one-pass proof: 1 | span |
/// | 3 | `SIGNATURE` | uses of a message signature: 1 | span |
/// | 4 | `ATTEMPT` | guesses under one device cookie | lasting |
/// | 5 | `ATTEMPT_LONG` | guesses of an identity's device, ever | lasting |
/// | 6 | `ATTEMPT_STALE` | guesses with a cookie that was replaced | lasting |
/// | 7 | `LOGIN_CODE` | uses of a login code: 1 | span |
/// | 8 | `OIDC_CODE` | uses of an authorization code: 1 | span |
/// | 9 | `REFRESH_TOKEN` | uses of a refresh token: 1 | span |
/// | 10 | `ACTIVATION` | subjects of an activation code | span |
/// | 11 | `SHARE` | shares issued to a subject for a purpose: 1 | lasting |
/// | 12 | `REDEMPTION` | redemptions of a token's use: 1 | span |
/// | 13 | `ISSUANCE` | tokens that a user drew in a window | span without `from` |
/// | 14 | `KEY_BUDGET` | evaluations under one primary key | lasting |
/// | 15 | `SEARCH` | searches for the distance of a mistyped PIN | span without `from` |
///
/// Bytes from 128 on are for applications.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Kind(u8);

impl Kind {
    /// Answers to a challenge.
    pub const CHALLENGE: Self = Self(1);
    /// Uses of a one-pass proof.
    pub const ONE_PASS: Self = Self(2);
    /// Uses of a message signature.
    pub const SIGNATURE: Self = Self(3);
    /// Guesses under one device cookie.
    pub const ATTEMPT: Self = Self(4);
    /// Guesses of an identity's device, ever.
    pub const ATTEMPT_LONG: Self = Self(5);
    /// Guesses with a cookie that was replaced.
    pub const ATTEMPT_STALE: Self = Self(6);
    /// Uses of a login code.
    pub const LOGIN_CODE: Self = Self(7);
    /// Uses of an authorization code.
    pub const OIDC_CODE: Self = Self(8);
    /// Uses of a refresh token.
    pub const REFRESH_TOKEN: Self = Self(9);
    /// Subjects of an activation code.
    pub const ACTIVATION: Self = Self(10);
    /// Shares issued to a subject for a purpose.
    pub const SHARE: Self = Self(11);
    /// Redemptions of a token's use.
    pub const REDEMPTION: Self = Self(12);
    /// Tokens that a user drew in a window.
    pub const ISSUANCE: Self = Self(13);
    /// Evaluations under one primary key.
    pub const KEY_BUDGET: Self = Self(14);
    /// Searches for the distance of a mistyped PIN.
    pub const SEARCH: Self = Self(15);

    /// A kind by its byte: one of the table, or from 128 on one of the application's own.
    #[must_use]
    pub const fn new(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }
}
