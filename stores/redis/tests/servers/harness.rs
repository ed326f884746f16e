//! Ledgers under names of their own, on one server or in one cluster.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::collections::HashMap;
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_ledger::conformance::Problem;
use milagro_store_redis::{Redis, Settings, Transport};
use milagro_store_testkit::load::{clock, rng};
use milagro_store_testkit::redis::{Cluster, Redis as Server};
use milagro_store_testkit::suite::{Maker, Print};

/// Makes ledgers, one after the other.
pub(crate) struct Harness {
    servers: Servers,
    number: AtomicU32,
    /// Keys with their bytes and expiry, as the servers dump them.
    copy: Mutex<Vec<Copy>>,
}

enum Servers {
    One(Server),
    Cluster(Cluster),
}

struct Copy {
    key: Vec<u8>,
    bytes: Vec<u8>,
    expiry: i64,
}

impl Harness {
    pub(crate) fn one() -> Self {
        Self::of(Servers::One(Server::start(&[]).unwrap()))
    }

    pub(crate) fn cluster() -> Self {
        Self::of(Servers::Cluster(Cluster::start(&[]).unwrap()))
    }

    fn of(servers: Servers) -> Self {
        Self {
            servers,
            number: AtomicU32::new(0),
            copy: Mutex::default(),
        }
    }

    fn name(&self) -> String {
        format!("ledger-{}", self.number.load(Ordering::Relaxed))
    }

    pub(crate) fn settings(&self) -> Settings {
        let settings = match &self.servers {
            Servers::One(server) => Settings::server(&server.url(), Transport::PlainText),
            Servers::Cluster(cluster) => {
                let urls = cluster.urls();
                let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
                let settings = Settings::cluster(&urls, Transport::PlainText);
                settings.map(|settings| settings.replicas(1))
            }
        };
        let settings = settings.unwrap().name(&self.name()).unwrap();
        settings
            .patience(Duration::from_secs(20))
            .observer(Arc::new(Print))
    }

    fn nodes(&self) -> Vec<&Server> {
        match &self.servers {
            Servers::One(server) => vec![server],
            Servers::Cluster(cluster) => cluster.nodes.iter().take(3).collect(),
        }
    }

    /// All keys of the ledger, node by node.
    async fn keys(&self) -> redis::RedisResult<Vec<Copy>> {
        let mut copies = Vec::new();
        for node in self.nodes() {
            let client = redis::Client::open(node.url())?;
            let mut connection = connect(&client).await?;
            let pattern = format!("{{{}.*", self.name());
            let keys: Vec<Vec<u8>> = redis::cmd("KEYS")
                .arg(pattern)
                .query_async(&mut connection)
                .await?;
            for key in keys {
                let bytes = redis::cmd("DUMP")
                    .arg(&key)
                    .query_async(&mut connection)
                    .await?;
                let expiry: i64 = redis::cmd("PEXPIRETIME")
                    .arg(&key)
                    .query_async(&mut connection)
                    .await?;
                copies.push(Copy {
                    key,
                    bytes,
                    expiry: expiry.max(0),
                });
            }
        }
        Ok(copies)
    }
}

impl Maker for Harness {
    type Store = Redis;

    async fn make(&self, now: Seconds) -> Result<Redis, Problem> {
        self.number.fetch_add(1, Ordering::Relaxed);
        Ok(Redis::init(&mut rng(), self.settings(), now).await?)
    }

    async fn another(&self) -> Result<Redis, Problem> {
        Ok(Redis::open(self.settings()).await?)
    }

    async fn copy(&self) -> Result<(), Problem> {
        let copy = self.keys().await?;
        *self.copy.lock().unwrap() = copy;
        Ok(())
    }

    async fn put_back(&self, now: Seconds) -> Result<Redis, Problem> {
        let gone = self.keys().await?;
        let copies = core::mem::take(&mut *self.copy.lock().unwrap());
        let mut connections = HashMap::new();
        for (place, node) in self.nodes().into_iter().enumerate() {
            let client = redis::Client::open(node.url())?;
            connections.insert(place, connect(&client).await?);
        }
        // Only the master of its slot takes a key.
        for copy in gone {
            for connection in connections.values_mut() {
                let _moved = redis::cmd("DEL")
                    .arg(&copy.key)
                    .query_async::<i64>(connection)
                    .await;
            }
        }
        for copy in copies {
            let mut taken = 0;
            for connection in connections.values_mut() {
                let mut restore = redis::cmd("RESTORE");
                restore
                    .arg(&copy.key)
                    .arg(copy.expiry)
                    .arg(&copy.bytes)
                    .arg("ABSTTL");
                taken += u32::from(restore.query_async::<()>(connection).await.is_ok());
            }
            assert_eq!(taken, 1);
        }
        let ledger = Redis::restore(&mut rng(), self.settings(), now).await?;
        Ok(ledger)
    }
}

/// A connection that waits as long as a busy machine takes.
pub(crate) async fn connect(
    client: &redis::Client,
) -> redis::RedisResult<redis::aio::MultiplexedConnection> {
    let patient = redis::AsyncConnectionConfig::new();
    let patient = patient.set_response_timeout(Some(Duration::from_secs(60)));
    client
        .get_multiplexed_async_connection_with_config(&patient)
        .await
}

/// Settings for a server by its address.
pub(crate) fn settings(url: &str) -> Settings {
    let settings = Settings::server(url, Transport::PlainText).unwrap();
    settings.observer(Arc::new(Print))
}

/// A new ledger that was born an hour ago.
pub(crate) async fn init(settings: Settings) -> Redis {
    let born = clock().minus(Seconds::hours(1));
    let ledger = Redis::init(&mut rng(), settings, born).await;
    ledger.unwrap()
}

/// The same on a server, with patience.
pub(crate) async fn start(server: &Server) -> Redis {
    init(settings(&server.url()).patience(Duration::from_secs(5))).await
}
