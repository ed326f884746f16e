//! Ledgers in schemas of their own, on one server.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::sync::Mutex;
use std::time::{SystemTime, UNIX_EPOCH};

use getrandom::SysRng;
use getrandom::rand_core::UnwrapErr;
use milagro_base::Seconds;
use milagro_ledger::conformance::{LedgerHarness, Opened, Problem, RecordsHarness};
use milagro_ledger::{Answer, Ledger, Records};
use milagro_store_postgres::store::{Event, Observer, OpenError};
use milagro_store_postgres::{Isolation, Postgres, Settings, Transport};
use milagro_store_testkit::postgres::Postgres as Server;

/// Makes ledgers, one after the other.
pub(crate) struct Harness {
    pub(crate) server: Server,
    isolation: Isolation,
    number: AtomicU32,
    dump: Mutex<String>,
}

struct Print;

impl Observer for Print {
    fn observe(&self, event: &Event<'_>) {
        if let Event::Failed { .. } | Event::Closed = event {
            eprintln!("{event:?}");
        }
    }
}

impl Harness {
    pub(crate) fn new(isolation: Isolation) -> Self {
        Self {
            server: Server::start(&[]).unwrap(),
            isolation,
            number: AtomicU32::new(0),
            dump: Mutex::default(),
        }
    }

    fn schema(&self) -> String {
        format!("ledger_{}", self.number.load(Ordering::Relaxed))
    }

    pub(crate) fn settings(&self) -> Settings {
        let settings = Settings::new(&self.server.url(), Transport::PlainText).unwrap();
        settings
            .schema(&self.schema())
            .unwrap()
            .isolation(self.isolation)
            .patience(Duration::from_secs(20))
            .observer(Arc::new(Print))
    }

    async fn make(&self, now: Seconds) -> Result<Arc<Postgres>, OpenError> {
        self.number.fetch_add(1, Ordering::Relaxed);
        let ledger = Postgres::init(&mut UnwrapErr(SysRng), self.settings(), now).await?;
        Ok(Arc::new(ledger))
    }

    async fn another(&self) -> Result<Arc<Postgres>, OpenError> {
        Ok(Arc::new(Postgres::open(self.settings()).await?))
    }

    async fn put_back(&self, now: Seconds) -> Result<Arc<Postgres>, Problem> {
        self.server
            .sql(&format!("DROP SCHEMA {} CASCADE", self.schema()))?;
        let dump = self.dump.lock().unwrap().clone();
        self.server.play(&dump)?;
        let mut rng = UnwrapErr(SysRng);
        // The server notices a moment later that the handles of before are gone.
        for _try in 0..100 {
            match Postgres::restore(&mut rng, self.settings(), now).await {
                Ok(ledger) => return Ok(Arc::new(ledger)),
                Err(OpenError::InUse) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err("in use for five seconds".into())
    }
}

pub(crate) fn clock() -> Seconds {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Seconds::new(time.as_secs())
}

fn spawn(task: Answer<'static, ()>) -> Answer<'static, ()> {
    let task = tokio::spawn(task);
    Box::pin(async move { task.await.unwrap() })
}

impl LedgerHarness for Harness {
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
        Box::pin(async move {
            *self.dump.lock().unwrap() = self.server.dump(&self.schema())?;
            Ok(())
        })
    }

    fn restore(&self, now: Seconds) -> Opened<'_, dyn Ledger> {
        Box::pin(async move {
            let opened: Arc<dyn Ledger> = self.put_back(now).await?;
            Ok(opened)
        })
    }

    fn spawn(&self, task: Answer<'static, ()>) -> Answer<'static, ()> {
        spawn(task)
    }
}

impl RecordsHarness for Harness {
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

/// Settings for a server by its address.
pub(crate) fn settings(url: &str) -> Settings {
    let settings = Settings::new(url, Transport::PlainText).unwrap();
    settings.observer(Arc::new(Print))
}

/// A new ledger that was born an hour ago.
pub(crate) async fn init(settings: Settings) -> Postgres {
    init_at(settings, clock().minus(Seconds::hours(1))).await
}

/// A new ledger that was born then.
pub(crate) async fn init_at(settings: Settings, born: Seconds) -> Postgres {
    let ledger = Postgres::init(&mut UnwrapErr(SysRng), settings, born).await;
    ledger.unwrap()
}

/// The same on a server, with patience.
pub(crate) async fn start(server: &Server) -> Postgres {
    init(settings(&server.url()).patience(Duration::from_secs(5))).await
}
