//! What is kept of one account, and what a charge makes of it.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use milagro_base::Seconds;

use crate::charge::{Charge, Grant, Usage, Verdict};
use crate::rules::CLAIMS;

/// What is kept of one account: how much it has come to, and the last 16 claims that were granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Tally {
    used: u64,
    claims: Claims,
}

/// Most accounts are charged once, so one claim takes no memory of its own.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Claims {
    One(Counted),
    More {
        /// In the order in which they were granted.
        known: Vec<Counted>,
        /// When the last of those that are no longer remembered was granted.
        before: Option<Seconds>,
    },
}

/// A claim that was granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Counted {
    claim: [u8; 32],
    time: Seconds,
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
        let grant = Grant {
            used,
            previous: None,
            again: false,
        };
        let claims = Claims::One(Counted::new(now, charge));
        Ok((Self { used, claims }, grant))
    }

    /// Another charge of the account.
    pub(crate) fn charge(&mut self, now: Seconds, charge: &Charge) -> Verdict {
        if let Some(place) = self.claims.place(charge) {
            return self.charge_again(place, charge);
        }
        let previous = self.claims.last();
        let sum = self.used.checked_add(u64::from(charge.amount.get()));
        let Some(used) = sum.filter(|used| *used <= charge.limit) else {
            return Verdict::Exhausted {
                used: self.used,
                last: previous,
            };
        };
        self.used = used;
        self.claims.push(Counted::new(now, charge));
        Verdict::Granted(Grant {
            used,
            previous,
            again: false,
        })
    }

    /// The answer that the claim at this place was given, as if what was given back since had never been.
    fn charge_again(&mut self, place: usize, charge: &Charge) -> Verdict {
        let (earlier, rest) = self.claims.known_mut().split_at_mut(place);
        let Some((counted, later)) = rest.split_first_mut() else {
            return Verdict::Unknown;
        };
        if counted.amount != charge.amount {
            return Verdict::Conflict;
        }
        counted.answered_again |= charge.claim.is_public();
        let later: u64 = later
            .iter()
            .map(|later| u64::from(later.amount.get()))
            .sum();
        let earlier = earlier.last().map(|earlier| earlier.time);
        Verdict::Granted(Grant {
            // What is remembered was counted.
            used: self.used.saturating_sub(later),
            previous: earlier.or(self.claims.before()),
            again: true,
        })
    }

    /// Takes back what exactly this charge was granted, if it is remembered and nobody was answered `again`
    /// for it.
    pub(crate) fn refund(&mut self, charge: &Charge) {
        let place = self.claims.place(charge);
        let counted = place.and_then(|place| self.claims.known().get(place));
        if counted.is_some_and(|it| it.amount == charge.amount && !it.answered_again) {
            self.claims.remove(charge);
            self.used = self.used.saturating_sub(u64::from(charge.amount.get()));
        }
    }

    /// Whether the account is as if it had never been charged.
    pub(crate) const fn is_zero(&self) -> bool {
        self.used == 0
    }

    /// What it has come to.
    pub(crate) fn usage(&self) -> Usage {
        Usage {
            used: self.used,
            last: self.claims.last(),
        }
    }
}

impl Claims {
    const fn known(&self) -> &[Counted] {
        match self {
            Self::One(claim) => core::slice::from_ref(claim),
            Self::More { known, .. } => known.as_slice(),
        }
    }

    const fn known_mut(&mut self) -> &mut [Counted] {
        match self {
            Self::One(claim) => core::slice::from_mut(claim),
            Self::More { known, .. } => known.as_mut_slice(),
        }
    }

    const fn before(&self) -> Option<Seconds> {
        match self {
            Self::One(_) => None,
            Self::More { before, .. } => *before,
        }
    }

    fn last(&self) -> Option<Seconds> {
        let last = self.known().last().map(|counted| counted.time);
        last.or(self.before())
    }

    fn place(&self, charge: &Charge) -> Option<usize> {
        let claim = charge.claim.as_bytes();
        self.known()
            .iter()
            .position(|counted| counted.claim == *claim)
    }

    fn push(&mut self, counted: Counted) {
        match self {
            Self::One(first) => {
                *self = Self::More {
                    known: Vec::from([*first, counted]),
                    before: None,
                };
            }
            Self::More { known, before } => {
                if known.len() >= CLAIMS {
                    *before = Some(known.remove(0).time);
                }
                known.push(counted);
            }
        }
    }

    fn remove(&mut self, charge: &Charge) {
        match self {
            Self::One(_) => {
                *self = Self::More {
                    known: Vec::new(),
                    before: None,
                };
            }
            Self::More { known, .. } => {
                known.retain(|counted| counted.claim != *charge.claim.as_bytes());
            }
        }
    }
}

impl Counted {
    const fn new(time: Seconds, charge: &Charge) -> Self {
        Self {
            claim: *charge.claim.as_bytes(),
            time,
            amount: charge.amount,
            answered_again: false,
        }
    }
}
