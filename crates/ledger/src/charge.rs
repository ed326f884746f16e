//! What is asked of a ledger, and what it answers.

use core::num::NonZeroU32;

use milagro_base::Seconds;
use rand_core::CryptoRng;

use crate::account::Account;

/// What makes a charge *this* charge when it is asked for again: 32 bytes.
///
/// A *fresh* claim is drawn for the handling of one request and used again only to repeat a call whose answer
/// was lost. A *public* claim is a hash of the one thing that is asked for and of who asks, so whoever asks
/// again for the same thing makes the same claim, and is told so.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Claim {
    bytes: [u8; 32],
    public: bool,
}

impl Claim {
    /// A fresh claim.
    #[must_use]
    pub fn fresh<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self {
            bytes,
            public: false,
        }
    }

    /// A fresh claim that somebody else drew.
    pub(crate) const fn fresh_from(bytes: [u8; 32]) -> Self {
        Self {
            bytes,
            public: false,
        }
    }

    /// A public claim: a hash of the one thing that is asked for and of the authenticated caller.
    #[must_use]
    pub const fn public(hash: [u8; 32]) -> Self {
        Self {
            bytes: hash,
            public: true,
        }
    }

    /// The bytes, for a store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// Whether it is public.
    #[must_use]
    pub const fn is_public(&self) -> bool {
        self.public
    }
}

/// Counts `amount` on an account, if that does not exceed `limit`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Charge {
    /// What is charged.
    pub account: Account,
    /// By how much.
    pub amount: NonZeroU32,
    /// The most that the account may come to. Ignored when the claim was granted before.
    pub limit: u64,
    /// What makes it this charge.
    pub claim: Claim,
}

/// What came of a charge.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[non_exhaustive]
pub enum Verdict {
    /// It is counted.
    Granted(Grant),
    /// It would exceed the limit, and is not counted.
    Exhausted {
        /// What the account has come to.
        used: u64,
        /// When it was last charged; `None` if it was not.
        last: Option<Seconds>,
    },
    /// The thing is worthless by now, or the ledger cannot know whether it was charged before.
    Over,
    /// There is no room to remember it.
    Full,
    /// The same claim was granted with another amount.
    Conflict,
    /// Nothing is known of this charge; others of the batch are not touched by that. Ask again with the same
    /// claim.
    Unknown,
}

/// What a ledger says of a charge that is counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Grant {
    /// What the account has come to with this charge.
    pub used: u64,
    /// When the account was charged before this charge; `None` for the first.
    pub previous: Option<Seconds>,
    /// Whether this claim was granted before. Nothing more is counted then, and the answer is that of before;
    /// only what was given back since is as if it had never been.
    pub again: bool,
}

/// What an account has come to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Usage {
    /// How much.
    pub used: u64,
    /// When it was last charged; `None` if it has come to nothing.
    pub last: Option<Seconds>,
}
