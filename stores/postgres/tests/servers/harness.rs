//! Ledgers in schemas of their own, on one server.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_ledger::conformance::Problem;
use milagro_store_postgres::store::OpenError;
use milagro_store_postgres::{Isolation, Postgres, Settings, Transport};
use milagro_store_testkit::load::{clock, rng};
use milagro_store_testkit::postgres::Postgres as Server;
use milagro_store_testkit::suite::{Maker, Print};

/// Makes ledgers, one after the other.
pub(crate) struct Harness {
    pub(crate) server: Server,
    isolation: Isolation,
    number: AtomicU32,
    dump: Mutex<String>,
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
}

impl Maker for Harness {
    type Store = Postgres;

    async fn make(&self, now: Seconds) -> Result<Postgres, Problem> {
        self.number.fetch_add(1, Ordering::Relaxed);
        Ok(Postgres::init(&mut rng(), self.settings(), now).await?)
    }

    async fn another(&self) -> Result<Postgres, Problem> {
        Ok(Postgres::open(self.settings()).await?)
    }

    async fn copy(&self) -> Result<(), Problem> {
        *self.dump.lock().unwrap() = self.server.dump(&self.schema())?;
        Ok(())
    }

    async fn put_back(&self, now: Seconds) -> Result<Postgres, Problem> {
        self.server
            .sql(&format!("DROP SCHEMA {} CASCADE", self.schema()))?;
        let dump = self.dump.lock().unwrap().clone();
        self.server.play(&dump)?;
        // The server notices a moment later that the handles of before are gone.
        for _try in 0..1_200 {
            match Postgres::restore(&mut rng(), self.settings(), now).await {
                Ok(ledger) => return Ok(ledger),
                Err(OpenError::InUse) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(error) => return Err(error.into()),
            }
        }
        Err("in use for a minute".into())
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
    let ledger = Postgres::init(&mut rng(), settings, born).await;
    ledger.unwrap()
}

/// The same on a server, with patience.
pub(crate) async fn start(server: &Server) -> Postgres {
    init(settings(&server.url()).patience(Duration::from_secs(5))).await
}
