//! The suite over what is in this crate, and its own machinery.

use alloc::sync::Arc;
use std::sync::Mutex;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::conformance::{
    self, LedgerHarness, Opened, Problem, RecordsHarness, Report, Rule, block_on,
};
use milagro_ledger::memory::{MemoryLedger, MemoryRecords, Snapshot};
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{Answer, InPlace, Ledger, LocalLedger, Records};

use crate::faults::Planted;
use crate::model::Model;

/// What a harness in memory needs of a ledger.
pub(crate) trait InMemory: LocalLedger + Sized + 'static {
    type Copy: Send;

    fn make(&self, now: Seconds) -> Self;
    fn copy(&self) -> Self::Copy;
    fn restored(copy: Self::Copy, now: Seconds) -> Self;
}

impl InMemory for MemoryLedger {
    type Copy = Snapshot;

    fn make(&self, now: Seconds) -> Self {
        Self::init(&mut UnwrapErr(SysRng), 100_000, now)
    }

    fn copy(&self) -> Snapshot {
        self.snapshot()
    }

    fn restored(copy: Snapshot, now: Seconds) -> Self {
        Self::restore(&mut UnwrapErr(SysRng), copy, now)
    }
}

impl InMemory for Model {
    type Copy = Self;

    fn make(&self, now: Seconds) -> Self {
        Self::init(now, self.fault())
    }

    fn copy(&self) -> Self {
        self.copied()
    }

    fn restored(copy: Self, now: Seconds) -> Self {
        Self::restored(&copy, now)
    }
}

/// A harness for ledgers like the first.
struct Harness<L: InMemory> {
    first: L,
    state: Mutex<State<L>>,
}

struct State<L: InMemory> {
    ledger: Option<Arc<L>>,
    copy: Option<L::Copy>,
}

impl<L: InMemory> Harness<L> {
    const fn new(first: L) -> Self {
        let state = State {
            ledger: None,
            copy: None,
        };
        Self {
            first,
            state: Mutex::new(state),
        }
    }

    fn opened(&self) -> Opened<'_, dyn Ledger> {
        let ledger = self.state.lock().unwrap().ledger.clone();
        Box::pin(async move {
            let ledger = ledger.ok_or("there is no ledger")?;
            let ledger: Arc<dyn Ledger> = Arc::new(InPlace(ledger));
            Ok(ledger)
        })
    }
}

impl<L: InMemory> LedgerHarness for Harness<L> {
    fn init(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        self.state.lock().unwrap().ledger = Some(Arc::new(self.first.make(now)));
        self.opened()
    }

    fn open(&self) -> Opened<'_, dyn Ledger> {
        self.opened()
    }

    fn reopen(&self) -> Opened<'_, dyn Ledger> {
        let ledger = self.state.lock().unwrap().ledger.clone();
        // Whoever asks for this has let go of all handles: only ours is left.
        let alone = ledger.is_none_or(|ledger| Arc::strong_count(&ledger) == 2);
        assert!(alone, "handles are left");
        self.opened()
    }

    fn back_up(&self) -> Answer<'_, Result<(), Problem>> {
        let mut state = self.state.lock().unwrap();
        state.copy = state.ledger.as_ref().map(|ledger| ledger.copy());
        Box::pin(async { Ok(()) })
    }

    fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        let mut state = self.state.lock().unwrap();
        let copy = state.copy.take();
        state.ledger = copy.map(|copy| Arc::new(L::restored(copy, now)));
        drop(state);
        self.opened()
    }
}

/// Runs the suite over ledgers like this one.
pub(crate) fn check<L: InMemory>(first: L) -> Report {
    block_on(conformance::ledger(&Harness::new(first)))
}

struct RecordsInMemory(Mutex<Arc<dyn Records>>, fn() -> Arc<dyn Records>);

impl RecordsInMemory {
    fn opened(&self) -> Opened<'_, dyn Records> {
        let records = Arc::clone(&*self.0.lock().unwrap());
        Box::pin(async move { Ok(records) })
    }
}

impl RecordsHarness for RecordsInMemory {
    fn init(&self) -> Opened<'_, dyn Records> {
        *self.0.lock().unwrap() = (self.1)();
        self.opened()
    }

    fn open(&self) -> Opened<'_, dyn Records> {
        self.opened()
    }

    fn reopen(&self) -> Opened<'_, dyn Records> {
        self.opened()
    }
}

/// Runs the suite over records that are made like this.
pub(crate) fn check_records(make: fn() -> Arc<dyn Records>) -> Report {
    let harness = RecordsInMemory(Mutex::new(make()), make);
    block_on(conformance::records(&harness))
}

#[test]
fn memory_ledger_conforms() {
    let report = check(MemoryLedger::init(&mut UnwrapErr(SysRng), 1, Seconds::ZERO));
    assert_eq!(report.checked().len(), 26);
    report.into_result().unwrap();
}

#[test]
fn memory_records_conform() {
    let report = check_records(|| Arc::new(MemoryRecords::new(64 << 20)));
    assert_eq!(report.checked().len(), 12);
    report.into_result().unwrap();
}

#[test]
fn the_plain_model_conforms() {
    check(Model::init(Seconds::ZERO, None))
        .into_result()
        .unwrap();
}

#[test]
fn a_harness_that_fails_is_a_fault_of_every_rule() {
    struct Broken;

    impl LedgerHarness for Broken {
        fn init(&self, _: Seconds) -> Opened<'_, dyn Ledger> {
            Box::pin(async { Err("no disk".into()) })
        }

        fn open(&self) -> Opened<'_, dyn Ledger> {
            self.init(Seconds::ZERO)
        }

        fn reopen(&self) -> Opened<'_, dyn Ledger> {
            self.init(Seconds::ZERO)
        }

        fn back_up(&self) -> Answer<'_, Result<(), Problem>> {
            Box::pin(async { Err("no disk".into()) })
        }

        fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
            self.init(now)
        }
    }

    let report = block_on(conformance::ledger(&Broken));
    assert_eq!(report.faults().len(), report.checked().len());
    assert!(report.breaks(Rule::Race));
    assert!(report.to_string().contains("Limit: init: no disk"));
    assert!(report.into_result().is_err());
    // A report of nothing is no good report.
    assert!(Report::default().into_result().is_err());
}

#[test]
fn a_runtime_can_run_the_suite() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let harness = Harness::new(Model::init(Seconds::ZERO, None));
    let report = runtime.block_on(sendable(conformance::ledger(&harness)));
    report.into_result().unwrap();
}

#[test]
fn a_model_with_a_fault_has_it_after_a_restore_too() {
    let model = Model::init(Seconds::ZERO, Some(Planted::OffByOne));
    assert_eq!(
        model.restored(Seconds::ZERO).fault(),
        Some(Planted::OffByOne)
    );
}
