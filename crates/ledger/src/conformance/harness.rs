//! What an implementation provides so that it can be tested.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::error::Error;

use milagro_base::Seconds;

use crate::conformance::threads::on_a_thread;
use crate::ledger::{Answer, Ledger};
use crate::records::Records;

/// Why a harness could not do its part: the check that needed it fails.
pub type Problem = Box<dyn Error + Send + Sync>;

/// A handle of a store, or why there is none.
pub type Opened<'a, S> = Answer<'a, Result<Arc<S>, Problem>>;

/// Makes ledgers of one implementation, one after the other.
pub trait LedgerHarness: Send + Sync {
    /// The time at which the checks begin. A store that reads a clock of its own answers that clock's time, so
    /// that nothing expires in the midst of a check; the calls are made at this time, up to months later, and
    /// at the ends of time.
    fn now(&self) -> Seconds {
        Seconds::new(1_800_000_000)
    }

    /// Makes a new, empty ledger at this time and opens it. Handles of the ledgers before are gone.
    fn init(&self, now: Seconds) -> Opened<'_, dyn Ledger>;

    /// Opens the ledger that was made last once more, as another replica of a service does.
    fn open(&self) -> Opened<'_, dyn Ledger>;

    /// Opens the ledger after all handles are gone, as after a restart.
    fn reopen(&self) -> Opened<'_, dyn Ledger>;

    /// Copies the ledger, as a backup does.
    fn back_up(&self) -> Answer<'_, Result<(), Problem>>;

    /// Puts the last copy in place of the ledger, by whatever an operator has to do for it at this time.
    /// Handles of before are gone.
    fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger>;

    /// Starts a task beside this one; what is returned waits for its end. On a thread of its own, unless a
    /// harness knows better: a store that needs a runtime spawns there.
    fn spawn(&self, task: Answer<'static, ()>) -> Answer<'static, ()> {
        on_a_thread(task)
    }
}

/// Makes records of one implementation, one after the other.
pub trait RecordsHarness: Send + Sync {
    /// As [`LedgerHarness::now`].
    fn now(&self) -> Seconds {
        Seconds::new(1_800_000_000)
    }

    /// Makes new, empty records and opens them, with room for at least 64 MiB. Handles of those before are
    /// gone.
    fn init(&self) -> Opened<'_, dyn Records>;

    /// As [`LedgerHarness::open`].
    fn open(&self) -> Opened<'_, dyn Records>;

    /// As [`LedgerHarness::reopen`].
    fn reopen(&self) -> Opened<'_, dyn Records>;

    /// As [`LedgerHarness::spawn`].
    fn spawn(&self, task: Answer<'static, ()>) -> Answer<'static, ()> {
        on_a_thread(task)
    }
}
