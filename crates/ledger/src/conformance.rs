//! What every ledger and all records have to do, as a suite that any implementation runs.
//!
//! ```
//! use std::sync::{Arc, Mutex, PoisonError};
//!
//! use milagro_base::Seconds;
//! use milagro_ledger::conformance::{self, LedgerHarness, Opened, Problem};
//! use milagro_ledger::memory::{MemoryLedger, Snapshot};
//! use milagro_ledger::{Answer, InPlace, Ledger};
//! # use getrandom::SysRng;
//! # use milagro_ledger::rand_core::UnwrapErr;
//!
//! #[derive(Default)]
//! struct Memory(Mutex<(Option<Arc<MemoryLedger>>, Option<Snapshot>)>);
//!
//! impl Memory {
//!     fn handle(&self) -> Result<Arc<dyn Ledger>, Problem> {
//!         let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
//!         let ledger = state.0.clone().ok_or("there is no ledger")?;
//!         Ok(Arc::new(InPlace(ledger)))
//!     }
//! }
//!
//! impl LedgerHarness for Memory {
//!     fn init(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
//!         let ledger = MemoryLedger::init(&mut UnwrapErr(SysRng), 10_000, now);
//!         self.0.lock().unwrap_or_else(PoisonError::into_inner).0 = Some(Arc::new(ledger));
//!         Box::pin(async { self.handle() })
//!     }
//!
//!     fn open(&self) -> Opened<'_, dyn Ledger> {
//!         Box::pin(async { self.handle() })
//!     }
//!
//!     // A ledger in memory ends with its process: a restart is not one of its cases.
//!     fn reopen(&self) -> Opened<'_, dyn Ledger> {
//!         self.open()
//!     }
//!
//!     fn back_up(&self) -> Answer<'_, Result<(), Problem>> {
//!         let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
//!         state.1 = state.0.as_ref().map(|ledger| ledger.snapshot());
//!         Box::pin(async { Ok(()) })
//!     }
//!
//!     fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
//!         let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
//!         let restore = |copy| MemoryLedger::restore(&mut UnwrapErr(SysRng), copy, now);
//!         state.0 = state.1.take().map(restore).map(Arc::new);
//!         Box::pin(async { self.handle() })
//!     }
//! }
//!
//! let report = conformance::block_on(conformance::ledger(&Memory::default()));
//! report.into_result()?;
//! # Ok::<(), conformance::Report>(())
//! ```

mod check;
mod faulty;
mod fixture;
mod harness;
mod ledger;
mod records;
mod report;
mod threads;

pub use faulty::{FaultyRecords, Loss};
pub use harness::{LedgerHarness, Opened, Problem, RecordsHarness};
pub use ledger::ledger;
pub use records::records;
pub use report::{Fault, Report, Rule};
pub use threads::{block_on, on_a_thread};
