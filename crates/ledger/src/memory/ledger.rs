//! A ledger in memory.

use alloc::vec::Vec;
use core::fmt;

use milagro_base::Seconds;
use rand_core::CryptoRng;

use crate::account::Account;
use crate::charge::{Charge, Usage, Verdict};
use crate::ledger::{LedgerId, LocalLedger, Unavailable};
use crate::memory::sync::Standard;
use crate::memory::table::{Contents, Table};
use crate::rules;

/// A ledger in memory, for any number of threads of one process.
///
/// It has room for a fixed number of accounts. What is worthless for 48 hours makes room; nothing is forgotten
/// before that, so a ledger that is full of it answers [`Verdict::Full`].
///
/// # Security
/// It ends with its process. Whatever can have been charged in a ledger before is [`Verdict::Over`] in this
/// one; lasting accounts (attempts, budgets) start at zero, so whoever can make the process restart gets fresh
/// guesses. Where that matters, take a ledger that outlives the process.
pub struct MemoryLedger {
    id: LedgerId,
    table: Table<Standard>,
}

/// What a [`MemoryLedger`] held at one moment.
#[derive(Clone)]
pub struct Snapshot(Contents);

impl MemoryLedger {
    /// An empty ledger with room for `capacity` accounts, at least one, under a name of its own.
    ///
    /// `now` is the clock's time: the ledger is born [`SKEW`](rules::SKEW) later, and what can have been charged by then is
    /// [`Verdict::Over`]. It may be [`Seconds::ZERO`] where nothing can have been charged before, because all
    /// keys are made at this moment too.
    #[must_use]
    pub fn init<R: CryptoRng + ?Sized>(rng: &mut R, capacity: u64, now: Seconds) -> Self {
        Self {
            id: LedgerId::random(rng),
            table: Table::new(Contents::empty(rng, capacity, rules::birth(now))),
        }
    }

    /// What it holds.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot(self.table.contents())
    }

    /// The ledger of a snapshot, under a new name, born [`SKEW`](rules::SKEW) after the latest time that it or the caller
    /// has seen: what can have been charged since the snapshot is [`Verdict::Over`].
    ///
    /// # Security
    /// Lasting accounts of guesses, shares and budgets that the snapshot knows count as used up, others as they
    /// were. What was charged since to accounts that the snapshot does not know is lost: whoever restores charges
    /// it again, from an audit log, before anybody else is let in.
    #[must_use]
    pub fn restore<R: CryptoRng + ?Sized>(rng: &mut R, snapshot: Snapshot, now: Seconds) -> Self {
        let mut contents = snapshot.0;
        let latest = rules::birth(contents.latest().max(now));
        contents.born = contents.born.max(latest);
        for shard in &mut contents.shards {
            shard.use_up(&rules::USED_UP);
        }
        Self {
            id: LedgerId::random(rng),
            table: Table::new(contents),
        }
    }

    /// Forgets what is worthless for 48 hours. A ledger that is full does so by itself.
    pub fn forget(&self) {
        self.table.forget();
    }

    /// How many accounts it remembers.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.table.len()
    }

    /// Whether it remembers none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl LocalLedger for MemoryLedger {
    fn id(&self) -> LedgerId {
        self.id
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        charges
            .iter()
            .map(|charge| self.table.charge(now, charge))
            .collect()
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        for charge in charges {
            self.table.refund(charge);
        }
        Ok(())
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        for account in accounts {
            self.table.clear(account);
        }
        Ok(())
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        Ok(accounts
            .iter()
            .map(|account| self.table.usage(account))
            .collect())
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLedger")
            .field("id", &self.id)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

milagro_base::opaque_debug!(Snapshot);
