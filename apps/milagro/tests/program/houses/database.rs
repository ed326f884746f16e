//! A service over a database of its own, where the step `stores` of `.ci/run` has said where its server may be started.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use milagro_base::Seconds;
use milagro_ledger::{Ledger, Records};
use milagro_login::keys::{ServerOf, install};
use milagro_store_postgres::Postgres;
use milagro_store_redis::Redis;
use milagro_store_testkit::directory::Directory;
use milagro_store_testkit::drill::Machine;
use milagro_wire::bounded::Blob;
use milagro_wire::client::OperatorClient;
use milagro_wire::server::locked::OperatorKey;
use tempfile::TempDir;

use super::child::{ADMIN_PORT, DATABASE, DIRECTORY, KEYS, PORT, in_postgres, in_redis};
use super::{House, listens};
use crate::logins::{World, endpoint};
use crate::people::{now, rng, runtime};
use crate::process::{Running, may_start, port, random_key};

/// A server of a database, and the addresses of a service that stands on it.
pub(crate) struct OnDatabase<M> {
    pub(crate) machine: M,
    pub(crate) operator: Blob<32>,
    pub(crate) admin: Blob<32>,
    directory: TempDir,
    ports: [u16; 2],
}

impl<M: Machine> OnDatabase<M> {
    /// With the server's key of a world. `None` where no server may be started.
    pub(crate) fn new(world: &World) -> Option<Self> {
        if !may_start() {
            return None;
        }
        let machine = Directory::new("login").and_then(M::start_in);
        let key = || Blob::from_text(&random_key()).expect("a key");
        let house = Self {
            machine: machine.expect("a server"),
            operator: key(),
            admin: key(),
            directory: tempfile::tempdir().expect("a directory"),
            ports: [port(), port()],
        };
        runtime().block_on(house.make(world));
        Some(house)
    }

    async fn make(&self, world: &World) {
        let (url, born) = (self.machine.url(), now().minus(Seconds::hours(1)));
        if url.starts_with("redis:") {
            let made = Redis::init(&mut rng(), in_redis(&url), born).await;
            self.seal(world, &made.expect("a ledger")).await;
        } else {
            let made = Postgres::init(&mut rng(), in_postgres(&url), born).await;
            self.seal(world, &made.expect("a ledger")).await;
        }
    }

    async fn seal<S: Ledger + Records>(&self, world: &World, store: &S) {
        let key = world.master.issue_server(&world.server);
        let key = key.belonging_to(store.id());
        let sealed = ServerOf {
            domain: world.domain,
            key: &key,
        };
        let operator = self.operator.to_array().expect("32 bytes");
        let operator = OperatorKey::from_bytes(&operator);
        let installed = install(&mut rng(), store, &operator, sealed).await;
        installed.expect("a key");
    }
}

impl<M: Machine> House for OnDatabase<M> {
    fn begin(&self) -> Running {
        let mut command = Command::new(env::current_exe().expect("a path"));
        let keys = format!("{} {}", self.operator.to_text(), self.admin.to_text());
        command
            .args(["--exact", "houses::child::serves", "--nocapture"])
            .env(DATABASE, self.machine.url())
            .env(DIRECTORY, self.directory.path())
            .env(KEYS, keys)
            .env(PORT, self.ports[0].to_string())
            .env(ADMIN_PORT, self.ports[1].to_string());
        Running::start(command)
    }

    fn listens(&self, running: &mut Running) {
        for port in self.ports {
            listens(port, running);
        }
    }

    fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    fn operator(&self) -> OperatorClient {
        let address = format!("http://127.0.0.1:{}", self.ports[1]);
        OperatorClient::new(endpoint(&address), self.admin.clone())
    }

    fn audit(&self) -> PathBuf {
        self.directory.path().join("audit.jsonl")
    }

    fn end(&self, running: Running) {
        running.kill();
    }
}
