//! How much a key may answer before its answers help to find it.

use core::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
};

use crate::tokens::token::FormatError;

/// The number of evaluations that one primary key has left, over all keys derived from it, counted from any thread.
///
/// Each evaluation is a static Diffie-Hellman answer, and Q of them cost log2(Q)/2 bits of security (RFC 9497 section
/// 7.2.3, after Brown and Gallant, and Cheon). A budget allows a loss of b bits: Q ≤ 2^(2b).
///
/// # Security
/// Keys derived from one primary key share one budget, since one leaked derived key gives the primary key away; a
/// [`KeyRing`](crate::KeyRing) sees to that for its own keys. Charge
/// before evaluating, one per element of a batch and one per derivation. Keep [`QueryBudget::used`] through a restart: store
/// a figure ahead of the real one, so that a crash loses budget, never regains it.
#[derive(Debug)]
pub struct QueryBudget {
    limit: u64,
    used: AtomicU64,
}

impl QueryBudget {
    /// A budget that may cost `bits` of security, at most 31.
    ///
    /// # Errors
    /// [`FormatError::OutOfRange`] for more than 31 bits.
    pub const fn for_loss(bits: u32) -> Result<Self, FormatError> {
        if bits > 31 {
            return Err(FormatError::OutOfRange);
        }
        Ok(Self::new(1 << (2 * bits)))
    }

    /// A budget of so many evaluations.
    #[must_use]
    pub const fn new(limit: u64) -> Self {
        Self::resume(limit, 0)
    }

    /// A budget of `limit` evaluations, of which `used` are gone.
    #[must_use]
    pub const fn resume(limit: u64, used: u64) -> Self {
        Self {
            limit,
            used: AtomicU64::new(used),
        }
    }

    /// How many evaluations are gone.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// How many evaluations are left.
    #[must_use]
    pub fn left(&self) -> u64 {
        self.limit.saturating_sub(self.used())
    }

    /// Takes `evaluations` out, all or none.
    ///
    /// # Errors
    /// [`BudgetExhausted`] if fewer are left: time for the next primary key.
    pub fn charge(&self, evaluations: u64) -> Result<(), BudgetExhausted> {
        let step = |used: u64| {
            used.checked_add(evaluations)
                .filter(|sum| *sum <= self.limit)
        };
        match self
            .used
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, step)
        {
            Ok(_) => Ok(()),
            Err(_) => Err(BudgetExhausted),
        }
    }
}

/// The key has answered as often as it may.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct BudgetExhausted;

impl fmt::Display for BudgetExhausted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("query budget of the key exhausted")
    }
}

impl core::error::Error for BudgetExhausted {}
