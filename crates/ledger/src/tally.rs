//! What is kept of one account, and what a charge makes of it: for whoever writes a ledger that keeps accounts as
//! bytes.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use milagro_base::{DecodeError, Reader, Seconds, Writer};

use crate::charge::{Charge, Grant, Usage, Verdict};
use crate::rules::CLAIMS;

/// What is kept of one account: how much it has come to, when it was last charged, and the last 16 claims.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
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
    ///
    /// # Errors
    /// [`Verdict::Exhausted`].
    pub fn first(now: Seconds, charge: &Charge) -> Result<(Self, Grant), Verdict> {
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
    pub fn charge(&mut self, now: Seconds, charge: &Charge) -> Verdict {
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
    pub fn refund(&mut self, charge: &Charge) {
        let counted = self.claims.find(charge);
        if counted.is_some_and(|counted| counted.amount == charge.amount && !counted.answered_again)
        {
            self.claims.remove(charge);
            // What is remembered was counted.
            self.used = self.used.saturating_sub(u64::from(charge.amount.get()));
        }
    }

    /// Whether the account is as if it had never been charged.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.used == 0
    }

    /// The account as one that is used up: nothing is granted any more, and nothing is given back.
    #[must_use]
    pub fn filled(mut self) -> Self {
        self.used = u64::MAX;
        self.claims = Claims::More(Vec::new());
        self
    }

    /// used (8 bytes), last (8), then for each claim, from the oldest: claim (32), amount (4), and 1 if it
    /// cannot be taken back, else 0 (1); at most 608 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let claims = self.claims.as_slice();
        let head = Writer::with_capacity(16 + 37 * claims.len())
            .u64(self.used)
            .seconds(self.last);
        claims
            .iter()
            .fold(head, |writer, counted| {
                writer
                    .bytes(&counted.claim)
                    .u32(counted.amount.get())
                    .u8(u8::from(counted.answered_again))
            })
            .finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Length`], also for more than 16 claims, and [`DecodeError::Value`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let (used, last) = (reader.u64()?, reader.seconds()?);
        let mut claims = Vec::new();
        while reader.remaining() > 0 {
            if claims.len() >= CLAIMS {
                return Err(DecodeError::Length);
            }
            claims.push(Counted {
                claim: *reader.array()?,
                amount: NonZeroU32::new(reader.u32()?).ok_or(DecodeError::Value)?,
                answered_again: match reader.u8()? {
                    0 => false,
                    1 => true,
                    _ => return Err(DecodeError::Value),
                },
            });
        }
        let claims = match claims.as_slice() {
            [one] => Claims::One(*one),
            _ => Claims::More(claims),
        };
        Ok(Self { used, last, claims })
    }

    /// What it has come to.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        Usage {
            used: self.used,
            last: Some(self.last),
        }
    }
}

impl Claims {
    const fn as_slice(&self) -> &[Counted] {
        match self {
            Self::One(claim) => core::slice::from_ref(claim),
            Self::More(claims) => claims.as_slice(),
        }
    }

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

#[cfg(test)]
mod tests {
    use milagro_base::{DecodeError, Seconds};

    use super::{CLAIMS, Tally};
    use crate::account::{Account, Life};
    use crate::charge::{Charge, Claim, Verdict};
    use crate::kind::Kind;

    fn charge(claim: u8) -> Charge {
        Charge {
            account: Account::new(Kind::ATTEMPT, &[1; 32], Life::Lasting),
            amount: core::num::NonZeroU32::MIN,
            limit: 100,
            claim: Claim::public([claim; 32]),
        }
    }

    #[test]
    fn bytes_come_back_and_others_are_refused() {
        let (mut tally, _) = Tally::first(Seconds::new(5), &charge(0)).unwrap();
        for claim in 0..40 {
            let bytes = tally.to_bytes();
            assert!(bytes.len() <= 16 + 37 * CLAIMS);
            assert_eq!(Tally::from_bytes(&bytes).as_ref(), Ok(&tally));
            for end in 0..bytes.len() {
                // A shorter one is either cut inside a claim, or has fewer claims.
                let whole = end >= 16 && (end - 16) % 37 == 0;
                assert_eq!(Tally::from_bytes(&bytes[..end]).is_ok(), whole);
            }
            assert!(matches!(
                tally.charge(Seconds::new(6), &charge(claim)),
                Verdict::Granted(_)
            ));
        }
        let mut long = tally.to_bytes();
        long.extend_from_slice(&[1; 37]);
        assert_eq!(Tally::from_bytes(&long), Err(DecodeError::Length));
        let mut flag = tally.to_bytes();
        *flag.last_mut().unwrap() = 2;
        assert_eq!(Tally::from_bytes(&flag), Err(DecodeError::Value));
    }

    #[test]
    fn what_is_filled_grants_and_returns_nothing() {
        let (tally, _) = Tally::first(Seconds::new(5), &charge(0)).unwrap();
        let mut filled = tally.filled();
        filled.refund(&charge(0));
        let verdict = filled.charge(Seconds::new(6), &charge(0));
        assert!(matches!(verdict, Verdict::Exhausted { .. }));
        assert_eq!(Tally::from_bytes(&filled.to_bytes()), Ok(filled));
    }
}
