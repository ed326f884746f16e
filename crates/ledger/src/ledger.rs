//! The two traits of ledgers: one for those that wait for somebody else, one for those that do not.

use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::future::Future;
use core::pin::Pin;

use milagro_base::Seconds;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::charge::{Charge, Usage, Verdict};

/// What an asynchronous method gives. A future that is dropped leaves its charges [`Verdict::Unknown`].
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The name of a ledger, 32 bytes: drawn when it is made, and anew when it is restored from a copy.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct LedgerId([u8; 32]);

impl LedgerId {
    /// A new name.
    #[must_use]
    pub fn random<R: CryptoRng + ?Sized>(rng: &mut R) -> Self {
        let mut bytes = [0; 32];
        rng.fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// A name read from where a ledger, or a key that belongs to one, keeps it.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 32] {
        self.0
    }
}

/// The ledger cannot be reached, or cannot write. Nothing is known of what was asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Unavailable;

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ledger or records cannot be reached")
    }
}

impl core::error::Error for Unavailable {}

/// Counts, for a whole fleet. One name of a server or an issuer has one ledger, which outlives restarts.
///
/// `dyn Ledger` is what handlers hold. What an implementation has to do is tested by
/// [`conformance::ledger`](crate::conformance).
pub trait Ledger: Send + Sync {
    /// The ledger's name.
    fn id(&self) -> LedgerId;

    /// One verdict each, in order; each charge is atomic; charges of one account take effect in the order
    /// given; nothing is undone because another was refused. Fails closed: what cannot be answered is
    /// [`Verdict::Unknown`].
    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>>;

    /// Takes back what exactly these claims were granted and are still remembered for; else nothing. Of
    /// public claims only one that nobody has been answered `again` for. It is then as if the account had never
    /// been charged with this claim.
    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>>;

    /// Forgets lasting accounts; leaves accounts with a span alone, since clearing them would spend them
    /// again.
    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>>;

    /// What accounts have come to, one answer each, in order.
    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>>;
}

/// The same without waiting for anybody else: in memory, in tests, in command-line tools.
pub trait LocalLedger: Send + Sync {
    /// As [`Ledger::id`].
    fn id(&self) -> LedgerId;

    /// As [`Ledger::charge`].
    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict>;

    /// As [`Ledger::refund`].
    ///
    /// # Errors
    /// [`Unavailable`]; so for all methods below.
    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable>;

    /// As [`Ledger::clear`].
    ///
    /// # Errors
    /// [`Unavailable`].
    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable>;

    /// As [`Ledger::usage`].
    ///
    /// # Errors
    /// [`Unavailable`].
    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable>;
}

/// A [`LocalLedger`] as a [`Ledger`], which answers when it is first polled. There is no blanket implementation:
/// it would run a store's disk writes on a reactor.
#[derive(Clone, Copy, Debug)]
pub struct InPlace<L>(pub L);

impl<L: LocalLedger> Ledger for InPlace<L> {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move { self.0.charge(now, charges) })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move { self.0.refund(charges) })
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move { self.0.clear(accounts) })
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(async move { self.0.usage(accounts) })
    }
}

/// By whatever points at one.
macro_rules! local_by_pointer {
    ($($pointer:ty),+) => {$(
        impl<L: LocalLedger + ?Sized> LocalLedger for $pointer {
            fn id(&self) -> LedgerId {
                (**self).id()
            }

            fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
                (**self).charge(now, charges)
            }

            fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
                (**self).refund(charges)
            }

            fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
                (**self).clear(accounts)
            }

            fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
                (**self).usage(accounts)
            }
        }
    )+};
}

local_by_pointer!(&L, Arc<L>);
