//! Ledgers under names of their own, for the conformance suite.

#![allow(clippy::panic, reason = "for tests, which may panic")]

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::conformance::{self, LedgerHarness, Opened, Problem, RecordsHarness};
use milagro_ledger::{Answer, Ledger, Records};
use milagro_store::{Event, Observer};

use crate::load::clock;

/// Makes ledgers, one after the other, on servers of its own.
pub trait Maker: Send + Sync {
    /// What it makes.
    type Store: Ledger + Records + 'static;

    /// A new one, which takes the place of the one before.
    fn make(&self, now: Seconds) -> impl Future<Output = Result<Self::Store, Problem>> + Send;
    /// Opens it once more.
    fn another(&self) -> impl Future<Output = Result<Self::Store, Problem>> + Send;
    /// Takes a copy.
    fn copy(&self) -> impl Future<Output = Result<(), Problem>> + Send;
    /// Puts the copy in its place, and restores it.
    fn put_back(&self, now: Seconds) -> impl Future<Output = Result<Self::Store, Problem>> + Send;
}

/// What every ledger has to do.
///
/// # Panics
/// If it does not.
pub async fn ledger(maker: impl Maker) {
    let report = conformance::ledger(&Suite(maker)).await;
    if let Err(report) = report.into_result() {
        panic!("{report}");
    }
}

/// What all records have to do.
///
/// # Panics
/// If they do not.
pub async fn records(maker: impl Maker) {
    let report = conformance::records(&Suite(maker)).await;
    if let Err(report) = report.into_result() {
        panic!("{report}");
    }
}

/// Prints what goes wrong.
#[derive(Clone, Copy, Debug)]
pub struct Print;

impl Observer for Print {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Failed { .. } | Event::Closed = event {
            #[expect(
                clippy::print_stderr,
                reason = "for whoever looks at a test that fails"
            )]
            {
                eprintln!("{event:?}");
            }
        }
    }
}

struct Suite<M>(M);

impl<M: Maker> Suite<M> {
    async fn make(&self, now: Seconds) -> Result<Arc<M::Store>, Problem> {
        Ok(Arc::new(self.0.make(now).await?))
    }

    async fn another(&self) -> Result<Arc<M::Store>, Problem> {
        Ok(Arc::new(self.0.another().await?))
    }
}

fn spawn(task: Answer<'static, ()>) -> Answer<'static, ()> {
    let task = tokio::spawn(task);
    Box::pin(async move {
        if let Err(panicked) = task.await {
            panic!("{panicked}");
        }
    })
}

impl<M: Maker> LedgerHarness for Suite<M> {
    fn now(&self) -> Seconds {
        clock()
    }

    fn init(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        Box::pin(async move {
            let opened: Arc<dyn Ledger> = self.make(now).await?;
            Ok(opened)
        })
    }

    fn open(&self) -> Opened<'_, dyn Ledger> {
        Box::pin(async move {
            let opened: Arc<dyn Ledger> = self.another().await?;
            Ok(opened)
        })
    }

    fn reopen(&self) -> Opened<'_, dyn Ledger> {
        LedgerHarness::open(self)
    }

    fn back_up(&self) -> Answer<'_, Result<(), Problem>> {
        Box::pin(self.0.copy())
    }

    fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        Box::pin(async move {
            let opened: Arc<dyn Ledger> = Arc::new(self.0.put_back(now).await?);
            Ok(opened)
        })
    }

    fn spawn(&self, task: Answer<'static, ()>) -> Answer<'static, ()> {
        spawn(task)
    }
}

impl<M: Maker> RecordsHarness for Suite<M> {
    fn now(&self) -> Seconds {
        clock()
    }

    fn init(&self) -> Opened<'_, dyn Records> {
        Box::pin(async move {
            let opened: Arc<dyn Records> = self.make(clock()).await?;
            Ok(opened)
        })
    }

    fn open(&self) -> Opened<'_, dyn Records> {
        Box::pin(async move {
            let opened: Arc<dyn Records> = self.another().await?;
            Ok(opened)
        })
    }

    fn reopen(&self) -> Opened<'_, dyn Records> {
        RecordsHarness::open(self)
    }

    fn spawn(&self, task: Answer<'static, ()>) -> Answer<'static, ()> {
        spawn(task)
    }
}
