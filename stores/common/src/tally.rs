//! What is kept of one account, and what a charge makes of it.

use core::fmt;
use core::num::NonZeroU32;

use milagro_base::Seconds;
use milagro_ledger::rules::CLAIMS;
use milagro_ledger::{Charge, Grant, Usage, Verdict};

/// What is kept of one account: how much it has come to, when it was last charged, and the last claims that
/// were granted.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Tally {
    used: u64,
    last: Seconds,
    claims: Vec<Counted>,
}

/// A claim that was granted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Counted {
    claim: [u8; 32],
    flags: u8,
    amount: u32,
}

/// These are not the bytes of an account.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TallyError;

impl Tally {
    /// How many bytes one claim takes.
    pub const CLAIM_LENGTH: usize = 32 + 1 + 4;

    /// What the first charge of an account makes, if its limit allows for it.
    #[must_use]
    pub fn first(now: Seconds, charge: &Charge) -> Option<Self> {
        let used = u64::from(charge.amount.get());
        (used <= charge.limit).then(|| Self {
            used,
            last: now,
            claims: vec![Counted::new(charge)],
        })
    }

    /// An account that nothing more is granted to, whatever the limit is.
    #[must_use]
    pub const fn filled(now: Seconds, used: u64) -> Self {
        Self {
            used,
            last: now,
            claims: Vec::new(),
        }
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TallyError`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TallyError> {
        let (used, rest) = bytes.split_first_chunk().ok_or(TallyError)?;
        let (last, claims) = rest.split_first_chunk().ok_or(TallyError)?;
        Self::from_parts(u64::from_be_bytes(*used), u64::from_be_bytes(*last), claims)
    }

    /// Puts together what a store keeps apart.
    ///
    /// # Errors
    /// [`TallyError`] if `claims` are not the bytes of at most 16 claims.
    pub fn from_parts(used: u64, last: u64, claims: &[u8]) -> Result<Self, TallyError> {
        let (chunks, rest) = claims.as_chunks::<{ Self::CLAIM_LENGTH }>();
        if !rest.is_empty() || chunks.len() > CLAIMS {
            return Err(TallyError);
        }
        let claims = chunks.iter().map(Counted::from_bytes);
        Ok(Self {
            used,
            last: Seconds::new(last),
            claims: claims.collect::<Result<_, _>>()?,
        })
    }

    /// Count, time and claims, as README.md says.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(16 + self.claims.len() * Self::CLAIM_LENGTH);
        bytes.extend_from_slice(&self.used.to_be_bytes());
        bytes.extend_from_slice(&self.last.to_bytes());
        bytes.extend_from_slice(&self.claims());
        bytes
    }

    /// The claims' bytes.
    #[must_use]
    pub fn claims(&self) -> Vec<u8> {
        self.claims.iter().copied().flat_map(Counted::to_bytes).collect()
    }

    /// The bytes of the claim that this charge would add.
    #[must_use]
    pub fn claim(charge: &Charge) -> [u8; Self::CLAIM_LENGTH] {
        Counted::new(charge).to_bytes()
    }

    /// What the account has come to.
    #[must_use]
    pub const fn used(&self) -> u64 {
        self.used
    }

    /// When it was last charged.
    #[must_use]
    pub const fn last(&self) -> Seconds {
        self.last
    }

    /// As a ledger answers.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        Usage {
            used: self.used,
            last: Some(self.last),
        }
    }

    /// Whether it is as if the account had never been charged, so that it need not be kept.
    #[must_use]
    pub const fn is_zero(&self) -> bool {
        self.used == 0
    }

    /// Charges an account, of which `None` is kept if it never was charged.
    pub fn charge(account: &mut Option<Self>, now: Seconds, charge: &Charge) -> Verdict {
        match account {
            Some(tally) => tally.charge_again(now, charge),
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

    fn charge_again(&mut self, now: Seconds, charge: &Charge) -> Verdict {
        if let Some(counted) = self.find(charge) {
            if counted.amount != charge.amount.get() {
                return Verdict::Conflict;
            }
            counted.answer();
            return granted(self.used, None, true);
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
        if self.claims.len() >= CLAIMS {
            self.claims.remove(0);
        }
        self.claims.push(Counted::new(charge));
        granted(used, previous, false)
    }

    /// Takes back what exactly this charge was granted, if it is remembered and nobody was answered `again`
    /// for it. Whether it was.
    pub fn refund(&mut self, charge: &Charge) -> bool {
        let Some(counted) = self.find(charge) else {
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

    fn find(&mut self, charge: &Charge) -> Option<&mut Counted> {
        self.claims
            .iter_mut()
            .find(|counted| counted.claim == *charge.claim.as_bytes())
    }
}

impl Counted {
    const fn new(charge: &Charge) -> Self {
        Self {
            claim: *charge.claim.as_bytes(),
            flags: if charge.claim.is_public() { PUBLIC } else { 0 },
            amount: charge.amount.get(),
        }
    }

    /// Somebody is told that this was granted before: of a public claim that cannot be undone.
    const fn answer(&mut self) {
        if self.flags & PUBLIC != 0 {
            self.flags |= ANSWERED;
        }
    }

    fn from_bytes(bytes: &[u8; Tally::CLAIM_LENGTH]) -> Result<Self, TallyError> {
        let (claim, [flags, amount @ ..]) = bytes.split_first_chunk().ok_or(TallyError)? else {
            return Err(TallyError);
        };
        let amount = u32::from_be_bytes(amount.try_into().map_err(|_wrong| TallyError)?);
        if ![0, PUBLIC, PUBLIC | ANSWERED].contains(flags) || NonZeroU32::new(amount).is_none() {
            return Err(TallyError);
        }
        Ok(Self {
            claim: *claim,
            flags: *flags,
            amount,
        })
    }

    fn to_bytes(self) -> [u8; Tally::CLAIM_LENGTH] {
        let parts = [&self.claim[..], &[self.flags], &self.amount.to_be_bytes()];
        let mut bytes = [0; Tally::CLAIM_LENGTH];
        for (to, from) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *to = *from;
        }
        bytes
    }
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
