//! What is kept of one account, and what a charge makes of it.

use core::fmt;

use milagro_base::Seconds;
use milagro_ledger::rules::CLAIMS;
use milagro_ledger::{Charge, Grant, Usage, Verdict};

/// What is kept of one account: how much it has come to, and the last claims that were granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
    used: u64,
    /// When the last of the claims that are no longer remembered was granted.
    before: Option<Seconds>,
    /// In the order in which they were granted.
    claims: Vec<Counted>,
}

/// A claim that was granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Counted {
    claim: [u8; 32],
    flags: u8,
    amount: u32,
    time: Seconds,
}

/// These are not the bytes of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TallyError;

impl Tally {
    /// How many bytes one claim takes.
    pub const CLAIM_LENGTH: usize = 32 + 1 + 4 + 8;

    /// What the first charge of an account makes, if its limit allows for it.
    #[must_use]
    pub fn first(now: Seconds, charge: &Charge) -> Option<Self> {
        let used = u64::from(charge.amount.get());
        (used <= charge.limit).then(|| Self {
            used,
            before: None,
            claims: vec![Counted::new(now, charge)],
        })
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TallyError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TallyError> {
        let (used, rest) = bytes.split_first_chunk().ok_or(TallyError)?;
        let ([is_known, before @ ..], claims) = rest.split_first_chunk::<9>().ok_or(TallyError)?;
        let before = match is_known {
            0 if *before == [0; 8] => None,
            1 => Some(&before[..]),
            _ => return Err(TallyError),
        };
        Self::from_parts(u64::from_be_bytes(*used), before, claims)
    }

    /// Puts together what a store keeps apart. `before` is a time in eight bytes.
    ///
    /// # Errors
    /// [`TallyError`] if `claims` are not the bytes of at most 16 claims, or `before` is no time.
    pub fn from_parts(used: u64, before: Option<&[u8]>, claims: &[u8]) -> Result<Self, TallyError> {
        let (chunks, rest) = claims.as_chunks::<{ Self::CLAIM_LENGTH }>();
        if !rest.is_empty() || chunks.len() > CLAIMS {
            return Err(TallyError);
        }
        let claims = chunks.iter().map(Counted::from_bytes);
        Ok(Self {
            used,
            before: before.map(time).transpose()?,
            claims: claims.collect::<Result<_, _>>()?,
        })
    }

    /// The bytes, as README.md says.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(17 + self.claims.len() * Self::CLAIM_LENGTH);
        bytes.extend_from_slice(&self.used.to_be_bytes());
        bytes.push(u8::from(self.before.is_some()));
        bytes.extend_from_slice(&self.before.unwrap_or_default().to_bytes());
        bytes.extend_from_slice(&self.claims());
        bytes
    }

    /// How much the account has come to.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// When the last of the claims that are no longer remembered was granted.
    #[must_use]
    pub const fn before(&self) -> Option<Seconds> {
        self.before
    }

    /// The claims' bytes.
    #[must_use]
    pub fn claims(&self) -> Vec<u8> {
        self.claims
            .iter()
            .copied()
            .flat_map(Counted::to_bytes)
            .collect()
    }

    /// The bytes of the claim that this charge would add.
    #[must_use]
    pub fn claim(now: Seconds, charge: &Charge) -> [u8; Self::CLAIM_LENGTH] {
        Counted::new(now, charge).to_bytes()
    }

    /// As a ledger answers.
    #[must_use]
    pub fn usage(&self) -> Usage {
        Usage {
            used: self.used,
            last: self.last(),
        }
    }

    /// Whether it is as if the account had never been charged, so that it need not be kept.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.used == 0
    }

    /// Charges an account, which is `None` as long as it never was.
    pub fn charge(account: &mut Option<Self>, now: Seconds, charge: &Charge) -> Verdict {
        match account {
            Some(tally) => tally.charge_known(now, charge),
            None => match Self::first(now, charge) {
                Some(tally) => {
                    let used = tally.used;
                    *account = Some(tally);
                    granted(used, None, false)
                }
                None => Verdict::Exhausted {
                    used: 0,
                    last: None,
                },
            },
        }
    }

    /// Takes back what exactly this charge was granted, if it is remembered and nobody was answered `again`
    /// for it. Whether it was.
    pub fn refund(&mut self, charge: &Charge) -> bool {
        let place = self.place(charge);
        let Some(counted) = place.and_then(|place| self.claims.get(place)) else {
            return false;
        };
        if counted.amount != charge.amount.get() || counted.flags & ANSWERED != 0 {
            return false;
        }
        self.claims
            .retain(|counted| counted.claim != *charge.claim.as_bytes());
        self.used = self.used.saturating_sub(u64::from(charge.amount.get()));
        true
    }

    fn charge_known(&mut self, now: Seconds, charge: &Charge) -> Verdict {
        if let Some(place) = self.place(charge) {
            return self.charge_again(place, charge);
        }
        let previous = self.last();
        let sum = self.used.checked_add(u64::from(charge.amount.get()));
        let Some(used) = sum.filter(|used| *used <= charge.limit) else {
            return Verdict::Exhausted {
                used: self.used,
                last: previous,
            };
        };
        self.used = used;
        if self.claims.len() >= CLAIMS {
            self.before = Some(self.claims.remove(0).time);
        }
        self.claims.push(Counted::new(now, charge));
        granted(used, previous, false)
    }

    /// The answer that the claim at this place was given, as if what was given back since had never been.
    fn charge_again(&mut self, place: usize, charge: &Charge) -> Verdict {
        let before = self.before;
        let (earlier, rest) = self.claims.split_at_mut(place);
        let Some((counted, later)) = rest.split_first_mut() else {
            return Verdict::Unknown;
        };
        if counted.amount != charge.amount.get() {
            return Verdict::Conflict;
        }
        counted.answer();
        let later: u64 = later.iter().map(|later| u64::from(later.amount)).sum();
        let previous = earlier.last().map(|earlier| earlier.time).or(before);
        granted(self.used.saturating_sub(later), previous, true)
    }

    fn last(&self) -> Option<Seconds> {
        self.claims
            .last()
            .map(|counted| counted.time)
            .or(self.before)
    }

    fn place(&self, charge: &Charge) -> Option<usize> {
        let claim = charge.claim.as_bytes();
        self.claims
            .iter()
            .position(|counted| counted.claim == *claim)
    }
}

impl Counted {
    const fn new(time: Seconds, charge: &Charge) -> Self {
        Self {
            claim: *charge.claim.as_bytes(),
            flags: if charge.claim.is_public() { PUBLIC } else { 0 },
            amount: charge.amount.get(),
            time,
        }
    }

    /// Somebody is told that this was granted before: of a public claim that cannot be undone.
    const fn answer(&mut self) {
        if self.flags & PUBLIC != 0 {
            self.flags |= ANSWERED;
        }
    }

    fn from_bytes(bytes: &[u8; Tally::CLAIM_LENGTH]) -> Result<Self, TallyError> {
        let (claim, rest) = bytes.split_first_chunk().ok_or(TallyError)?;
        let ([flags], rest) = rest.split_first_chunk().ok_or(TallyError)?;
        let (amount, rest) = rest.split_first_chunk().ok_or(TallyError)?;
        let amount = u32::from_be_bytes(*amount);
        if ![0, PUBLIC, PUBLIC | ANSWERED].contains(flags) || amount == 0 {
            return Err(TallyError);
        }
        Ok(Self {
            claim: *claim,
            flags: *flags,
            amount,
            time: time(rest)?,
        })
    }

    fn to_bytes(self) -> [u8; Tally::CLAIM_LENGTH] {
        let (amount, time) = (self.amount.to_be_bytes(), self.time.to_bytes());
        let parts = [&self.claim[..], &[self.flags], &amount, &time];
        let mut bytes = [0; Tally::CLAIM_LENGTH];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }
}

fn time(bytes: &[u8]) -> Result<Seconds, TallyError> {
    let bytes = bytes.try_into().map_err(|_length| TallyError)?;
    Ok(Seconds::new(u64::from_be_bytes(bytes)))
}

impl fmt::Display for TallyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("these are not the bytes of an account")
    }
}

impl core::error::Error for TallyError {}

const fn granted(used: u64, previous: Option<Seconds>, again: bool) -> Verdict {
    Verdict::Granted(Grant {
        used,
        previous,
        again,
    })
}

const PUBLIC: u8 = 1;
const ANSWERED: u8 = 2;

#[cfg(test)]
mod tests;
