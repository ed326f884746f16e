//! How many tokens a user may draw.

use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Claim, Kind, Life};

use crate::tags;
use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};
use crate::tokens::frame::digest;

/// At most so many tokens for each user in each window of fixed length, counted in the ledger.
///
/// Windows are aligned to multiples of their length, so across an edge a user can draw two windows' worth at
/// once. Each window is an account of its own, so a clock that runs ahead and comes back finds the present
/// window as it was; and a quota with windows of another length starts anew.
///
/// A request that is repeated is charged once in each window. Where a server does not remember that it has
/// answered it, or has answered it [`Self::REPEATS`] times again, it takes evaluations from the key's budget
/// again, so that is bounded too: by [`Self::ANSWERS`].
///
/// # Security
/// All that ties tokens to real people is this: redemption is anonymous, so what must not be had in bulk is
/// bounded here.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quota {
    tokens: NonZeroU32,
    window: Seconds,
}

impl Quota {
    /// How often over a user is answered what he may draw in one window, repeats counted that cost budget.
    pub const ANSWERS: u32 = 16;
    /// How often a server that remembers a request answers it again without counting that.
    pub const REPEATS: u32 = 64;

    /// `tokens` in each window of that length.
    ///
    /// # Errors
    /// [`OutOfRange`] if one of them is 0.
    pub fn new(tokens: u32, window: Seconds) -> Result<Self, OutOfRange> {
        let tokens = NonZeroU32::new(tokens).ok_or(OUT_OF_RANGE)?;
        if window == Seconds::ZERO {
            return Err(OUT_OF_RANGE);
        }
        Ok(Self { tokens, window })
    }

    /// How many tokens.
    #[must_use]
    pub const fn tokens(&self) -> u32 {
        self.tokens.get()
    }

    /// The charge for a request of a user. The claim is public: the same request of the same user is known to
    /// be the same.
    pub(in crate::tokens) fn charge(&self, draw: &Draw<'_>, now: Seconds) -> Charge {
        Charge {
            account: self.account(tags::ISSUANCE, draw, now),
            amount: draw.tokens,
            limit: self.tokens.get().into(),
            claim: draw.claim(),
        }
    }

    /// The charge for an answer that may take evaluations again, under a claim of its own each time.
    pub(in crate::tokens) fn answer(&self, draw: &Draw<'_>, fresh: Claim, now: Seconds) -> Charge {
        Charge {
            account: self.account(tags::ISSUANCE_ANSWERS, draw, now),
            amount: draw.tokens,
            limit: u64::from(self.tokens.get()).saturating_mul(Self::ANSWERS.into()),
            claim: fresh,
        }
    }

    /// What is counted of a user in the window of that time.
    fn account(&self, label: &[u8], draw: &Draw<'_>, now: Seconds) -> Account {
        let window = now.get().checked_div(self.window.get()).unwrap_or(0);
        let thing = digest(&[
            label,
            draw.use_case.as_bytes(),
            draw.caller,
            &self.window.to_bytes(),
            &window.to_be_bytes(),
        ]);
        let end = window.saturating_add(1).saturating_mul(self.window.get());
        let life = Life::Span {
            from: None,
            until: Seconds::new(end),
        };
        Account::new(Kind::ISSUANCE, &thing, life)
    }
}

/// Who asks for what.
pub(in crate::tokens) struct Draw<'a> {
    pub(in crate::tokens) use_case: &'a str,
    pub(in crate::tokens) caller: &'a [u8],
    pub(in crate::tokens) request: &'a [u8],
    pub(in crate::tokens) tokens: NonZeroU32,
}

impl Draw<'_> {
    /// Who asks for what, and nothing of when.
    pub(super) fn claim(&self) -> Claim {
        Claim::public(digest(&[tags::ISSUANCE_CLAIM, self.caller, self.request]))
    }
}
