//! The public suite, over files.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

use alloc::sync::Arc;
use std::fs;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;
use milagro_ledger::conformance::{self, LedgerHarness, Opened, Problem, RecordsHarness, block_on};
use milagro_ledger::{Answer, Ledger, Records};
use milagro_store_embedded::{EmbeddedStore, Settings, init, open, restore};
use tempfile::TempDir;

use crate::common::rng;

#[path = "store/common.rs"]
mod common;

struct Files {
    folder: TempDir,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    made: u32,
    store: Option<Arc<EmbeddedStore>>,
}

impl Files {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            state: Mutex::default(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        let made = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .made;
        self.folder.path().join(format!("{name}-{made}"))
    }

    fn keep(&self, store: EmbeddedStore) -> Arc<EmbeddedStore> {
        let store = Arc::new(store);
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .store = Some(Arc::clone(&store));
        store
    }

    /// The file opens again only when the handle of before is gone.
    fn let_go(&self) -> Result<(), Problem> {
        let before = self
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .store
            .take();
        if before.is_some_and(|store| Arc::into_inner(store).is_none()) {
            return Err("a handle of before is still held".into());
        }
        Ok(())
    }

    fn init(&self, now: Seconds) -> Result<Arc<EmbeddedStore>, Problem> {
        self.state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .made += 1;
        let store = init(&mut rng(), &self.path("store"), Settings::default(), now)?;
        Ok(self.keep(store))
    }

    /// A replica in this store is another holder of the one handle.
    fn held(&self) -> Result<Arc<EmbeddedStore>, Problem> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(state.store.clone().ok_or("there is no store")?)
    }

    fn reopen(&self) -> Result<Arc<EmbeddedStore>, Problem> {
        self.let_go()?;
        Ok(self.keep(open(&self.path("store"), Settings::default())?))
    }

    /// Nothing is being written: what was answered is on the disk.
    fn back_up(&self) -> Result<(), Problem> {
        fs::copy(self.path("store"), self.path("copy"))?;
        Ok(())
    }

    fn restore(&self, now: Seconds) -> Result<Arc<EmbeddedStore>, Problem> {
        self.let_go()?;
        let path = self.path("store");
        fs::copy(self.path("copy"), &path)?;
        let store = restore(&mut rng(), &path, Settings::default(), now)?;
        Ok(self.keep(store))
    }
}

fn ledger(store: Result<Arc<EmbeddedStore>, Problem>) -> Opened<'static, dyn Ledger> {
    Box::pin(async {
        let store: Arc<dyn Ledger> = store?;
        Ok(store)
    })
}

fn records(store: Result<Arc<EmbeddedStore>, Problem>) -> Opened<'static, dyn Records> {
    Box::pin(async {
        let store: Arc<dyn Records> = store?;
        Ok(store)
    })
}

impl LedgerHarness for Files {
    fn init(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        ledger(self.init(now))
    }

    fn open(&self) -> Opened<'_, dyn Ledger> {
        ledger(self.held())
    }

    fn reopen(&self) -> Opened<'_, dyn Ledger> {
        ledger(self.reopen())
    }

    fn back_up(&self) -> Answer<'_, Result<(), Problem>> {
        let done = self.back_up();
        Box::pin(async { done })
    }

    fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        ledger(self.restore(now))
    }
}

impl RecordsHarness for Files {
    fn init(&self) -> Opened<'_, dyn Records> {
        records(self.init(Seconds::new(common::START)))
    }

    fn open(&self) -> Opened<'_, dyn Records> {
        records(self.held())
    }

    fn reopen(&self) -> Opened<'_, dyn Records> {
        records(self.reopen())
    }
}

#[test]
fn ledger_conforms() {
    let report = block_on(conformance::ledger(&Files::new()));
    report.into_result().unwrap();
}

#[test]
fn records_conform() {
    let report = block_on(conformance::records(&Files::new()));
    report.into_result().unwrap();
}
