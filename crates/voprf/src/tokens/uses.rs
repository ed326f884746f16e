//! How often a token can be spent, and which time it is.

use core::num::NonZeroU8;

use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};

/// How often one token can be spent: k in 1..=64, fixed with the key, the same for every client.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Uses(NonZeroU8);

impl Uses {
    /// One use per token: no two redemptions can be linked.
    pub const ONE: Self = Self(NonZeroU8::MIN);
    /// The largest k.
    pub const MAX: u8 = 64;

    /// Takes k.
    ///
    /// # Errors
    /// [`OutOfRange`] for 0 and for more than [`Uses::MAX`].
    ///
    /// # Security
    /// The k uses of one token carry the same nonce: whoever sees two of them knows that one client made
    /// both. Until the last use is spent, whoever has seen the nonce and may draw tokens can draw this one
    /// again: send redemptions encrypted, or draw tokens with keys of their own
    /// ([`TokenKey::draw_with_keys`](crate::tokens::client::TokenKey::draw_with_keys)).
    pub const fn new(k: u8) -> Result<Self, OutOfRange> {
        match NonZeroU8::new(k) {
            Some(uses) if k <= Self::MAX => Ok(Self(uses)),
            _ => Err(OUT_OF_RANGE),
        }
    }

    /// k as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0.get()
    }
}

/// Which of a token's k uses a redemption is: j in 0..64, below k where the key's limit is known.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct UseIndex(u8);

impl UseIndex {
    /// The first use.
    pub const FIRST: Self = Self(0);

    /// Takes j.
    ///
    /// # Errors
    /// [`OutOfRange`] from 64 on.
    pub const fn new(j: u8) -> Result<Self, OutOfRange> {
        if j < Uses::MAX {
            Ok(Self(j))
        } else {
            Err(OUT_OF_RANGE)
        }
    }

    /// j as a number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }

    /// Whether j < k.
    #[must_use]
    pub const fn is_within(self, uses: Uses) -> bool {
        self.0 < uses.get()
    }

    /// How many uses of k are left, this one counted; 0 if j is not below k.
    pub(super) const fn left(self, uses: Uses) -> u8 {
        uses.get().saturating_sub(self.0)
    }

    /// The use after this one, if k allows one.
    pub(super) fn next(self, uses: Uses) -> Option<Self> {
        let next = Self(self.0.checked_add(1)?);
        next.is_within(uses).then_some(next)
    }
}
