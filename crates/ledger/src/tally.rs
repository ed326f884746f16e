//! What is kept of one account, and what a charge makes of it.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use milagro_base::Seconds;

use crate::charge::{Charge, Grant, Usage, Verdict};
use crate::rules::CLAIMS;

/// What is kept of one account: how much it has come to, when it was last charged, and the last 16 claims.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tally {
    used: u64,
    last: Seconds,
    claims: Claims,
}

/// Most accounts are charged once, so one claim takes no memory of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Claims {
    One(Counted),
    More(Vec<Counted>),
}

/// A claim that was granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Counted {
    claim: [u8; 32],
    amount: NonZeroU32,
    /// Whether it is public and somebody was answered `again`: it cannot be taken back.
    answered_again: bool,
}

impl Tally {
    /// The first charge of an account.
    pub(crate) fn first(now: Seconds, charge: &Charge) -> Result<(Self, Grant), Verdict> {
        let used = u64::from(charge.amount.get());
        if used > charge.limit {
            return Err(Verdict::Exhausted {
                used: 0,
                last: None,
            });
        }
        let tally = Self {
            used,
            last: now,
            claims: Claims::One(Counted::new(charge)),
        };
        let grant = Grant {
            used,
            previous: None,
            again: false,
        };
        Ok((tally, grant))
    }

    /// Another charge of the account.
    pub(crate) fn charge(&mut self, now: Seconds, charge: &Charge) -> Verdict {
        if let Some(counted) = self.claims.find(charge) {
            if counted.amount != charge.amount {
                return Verdict::Conflict;
            }
            counted.answered_again |= charge.claim.is_public();
            return Verdict::Granted(Grant {
                used: self.used,
                previous: None,
                again: true,
            });
        }
        let sum = self.used.checked_add(u64::from(charge.amount.get()));
        let Some(used) = sum.filter(|used| *used <= charge.limit) else {
            return Verdict::Exhausted {
                used: self.used,
                last: Some(self.last),
            };
        };
        let previous = Some(self.last);
        self.used = used;
        self.last = now;
        self.claims.push(Counted::new(charge));
        Verdict::Granted(Grant {
            used,
            previous,
            again: false,
        })
    }

    /// Takes back what exactly this charge was granted, if it is remembered and nobody was answered `again`
    /// for it.
    pub(crate) fn refund(&mut self, charge: &Charge) {
        let counted = self.claims.find(charge);
        if counted.is_some_and(|counted| counted.amount == charge.amount && !counted.answered_again)
        {
            self.claims.remove(charge);
            // What is remembered was counted.
            self.used = self.used.saturating_sub(u64::from(charge.amount.get()));
        }
    }

    /// Whether the account is as if it had never been charged.
    pub(crate) const fn is_zero(&self) -> bool {
        self.used == 0
    }

    /// What it has come to.
    pub(crate) const fn usage(&self) -> Usage {
        Usage {
            used: self.used,
            last: Some(self.last),
        }
    }
}

impl Claims {
    fn find(&mut self, charge: &Charge) -> Option<&mut Counted> {
        let claims = match self {
            Self::One(claim) => core::slice::from_mut(claim),
            Self::More(claims) => claims,
        };
        claims
            .iter_mut()
            .find(|counted| counted.claim == *charge.claim.as_bytes())
    }

    fn push(&mut self, counted: Counted) {
        match self {
            Self::One(first) => *self = Self::More(Vec::from([*first, counted])),
            Self::More(claims) => {
                if claims.len() >= CLAIMS {
                    claims.remove(0);
                }
                claims.push(counted);
            }
        }
    }

    fn remove(&mut self, charge: &Charge) {
        match self {
            Self::One(_) => *self = Self::More(Vec::new()),
            Self::More(claims) => {
                claims.retain(|counted| counted.claim != *charge.claim.as_bytes());
            }
        }
    }
}

impl Counted {
    const fn new(charge: &Charge) -> Self {
        Self {
            claim: *charge.claim.as_bytes(),
            amount: charge.amount,
            answered_again: false,
        }
    }
}
