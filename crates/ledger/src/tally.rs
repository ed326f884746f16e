//! What is kept of one account, and what a charge makes of it: for whoever writes a ledger that keeps accounts as
//! bytes.

use alloc::vec::Vec;
use core::num::NonZeroU32;

use milagro_base::{DecodeError, Reader, Seconds, Writer};

use crate::charge::{Charge, Grant, Usage, Verdict};
use crate::rules::CLAIMS;

/// What is kept of one account: how much it has come to, and the last 16 claims that were granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
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
        let grant = Grant {
            used,
            previous: None,
            again: false,
        };
        let claims = Claims::One(Counted::new(now, charge));
        Ok((Self { used, claims }, grant))
    }

    /// Another charge of the account.
    pub fn charge(&mut self, now: Seconds, charge: &Charge) -> Verdict {
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
    pub fn refund(&mut self, charge: &Charge) {
        let place = self.claims.place(charge);
        let counted = place.and_then(|place| self.claims.known().get(place));
        if counted.is_some_and(|it| it.amount == charge.amount && !it.answered_again) {
            self.claims.remove(charge);
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
    pub fn filled(self) -> Self {
        Self {
            used: u64::MAX,
            claims: Claims::More {
                before: self.claims.last(),
                known: Vec::new(),
            },
        }
    }

    /// used (8 bytes); 0 (1), or 1 (1) and the time of the last charge whose claim is no longer remembered (8);
    /// then for each claim, from the oldest: claim (32), time (8), amount (4), and 1 if it cannot be taken back,
    /// else 0 (1). At most 737 bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let claims = self.claims.known();
        let head = Writer::with_capacity(17 + Counted::LEN * claims.len()).u64(self.used);
        let head = match self.claims.before() {
            None => head.u8(0),
            Some(before) => head.u8(1).seconds(before),
        };
        claims
            .iter()
            .fold(head, |writer, counted| {
                writer
                    .bytes(&counted.claim)
                    .seconds(counted.time)
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
        let used = reader.u64()?;
        let before = if flag(&mut reader)? {
            Some(reader.seconds()?)
        } else {
            None
        };
        if reader.remaining() > CLAIMS * Counted::LEN {
            return Err(DecodeError::Length);
        }
        let mut known = Vec::with_capacity(reader.remaining() / Counted::LEN);
        while reader.remaining() > 0 {
            known.push(Counted::read(&mut reader)?);
        }
        let claims = match (known.as_slice(), before) {
            ([one], None) => Claims::One(*one),
            _ => Claims::More { known, before },
        };
        Ok(Self { used, claims })
    }

    /// What it has come to.
    #[must_use]
    pub fn usage(&self) -> Usage {
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
    /// Bytes of an encoding.
    const LEN: usize = 45;

    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            claim: *reader.array()?,
            time: reader.seconds()?,
            amount: NonZeroU32::new(reader.u32()?).ok_or(DecodeError::Value)?,
            answered_again: flag(reader)?,
        })
    }

    const fn new(time: Seconds, charge: &Charge) -> Self {
        Self {
            claim: *charge.claim.as_bytes(),
            time,
            amount: charge.amount,
            answered_again: false,
        }
    }
}

fn flag(reader: &mut Reader<'_>) -> Result<bool, DecodeError> {
    match reader.u8()? {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(DecodeError::Value),
    }
}

#[cfg(test)]
mod tests {
    use milagro_base::{DecodeError, Seconds};

    use super::{CLAIMS, Counted, Tally};
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
            let head = if claim > 16 { 17 } else { 9 };
            assert!(bytes.len() <= head + Counted::LEN * CLAIMS);
            assert_eq!(Tally::from_bytes(&bytes).unwrap().to_bytes(), bytes);
            for end in 0..bytes.len() {
                // A shorter one is either cut inside a claim, or has fewer claims.
                let whole = end >= head && (end - head) % Counted::LEN == 0;
                assert_eq!(
                    Tally::from_bytes(&bytes[..end]).is_ok(),
                    whole,
                    "{claim} {end}"
                );
            }
            assert!(matches!(
                tally.charge(Seconds::new(6), &charge(claim)),
                Verdict::Granted(_)
            ));
        }
        let mut long = tally.to_bytes();
        long.extend_from_slice(&[1; 45]);
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
