//! The service over a database, in a process of this very test binary that is killed.

use std::env;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use milagro_ledger::{Ledger, Records};
use milagro_login::admin::{self, AdminKey};
use milagro_login::keys::Keys;
use milagro_login::tell::Silent;
use milagro_login::{Parts, Service, Settings, router};
use milagro_mpin::server::{PermitPolicy, Policy};
use milagro_store_postgres::{Postgres, Settings as InPostgres, Transport as ToPostgres};
use milagro_store_redis::{Redis, Settings as InRedis, Transport as ToRedis};
use milagro_wire::bounded::Blob;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Frame, Limits, Listening, Pool, frame, serve};
use tokio::net::TcpListener;
use tokio::runtime::Builder;
use tokio::sync::watch;
use zeroize::Zeroizing;

use crate::people::{now, rng};

pub(super) const DATABASE: &str = "MILAGRO_TEST_DATABASE";
pub(super) const DIRECTORY: &str = "MILAGRO_TEST_DIRECTORY";
pub(super) const KEYS: &str = "MILAGRO_TEST_KEYS";
pub(super) const PORT: &str = "MILAGRO_TEST_PORT";
pub(super) const ADMIN_PORT: &str = "MILAGRO_TEST_ADMIN_PORT";

/// How long a call may take on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the process is told.
struct Told {
    directory: String,
    operator: [u8; 32],
    admin: [u8; 32],
    port: u16,
    admin_port: u16,
}

pub(super) fn in_postgres(url: &str) -> InPostgres {
    let settings = InPostgres::new(url, ToPostgres::PlainText);
    settings.expect("an address").patience(PATIENCE)
}

pub(super) fn in_redis(url: &str) -> InRedis {
    let settings = InRedis::server(url, ToRedis::PlainText);
    settings.expect("an address").patience(PATIENCE)
}

/// The service; where this is no such process, only that nobody takes anything for a database.
#[test]
fn serves() {
    let Ok(url) = env::var(DATABASE) else {
        assert!(InPostgres::new("nowhere", ToPostgres::PlainText).is_err());
        assert!(InRedis::server("nowhere", ToRedis::PlainText).is_err());
        return;
    };
    let variable = |name| env::var(name).expect("a variable");
    let port = |name| variable(name).parse().expect("a port");
    let keys = variable(KEYS);
    let (operator, admin) = keys.split_once(' ').expect("two keys");
    let key = |text| Blob::<32>::from_text(text).expect("a key").to_array();
    let told = Told {
        directory: variable(DIRECTORY),
        operator: key(operator).expect("32 bytes"),
        admin: key(admin).expect("32 bytes"),
        port: port(PORT),
        admin_port: port(ADMIN_PORT),
    };
    let log = tracing_subscriber::fmt().json();
    let log = log.with_writer(std::io::stderr).try_init();
    log.expect("a log");
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(async {
        if url.starts_with("redis:") {
            let store = Redis::open(in_redis(&url)).await;
            run(Arc::new(store.expect("a ledger")), told).await;
        } else {
            let store = Postgres::open(in_postgres(&url)).await;
            run(Arc::new(store.expect("a ledger")), told).await;
        }
    });
}

async fn run<S: Ledger + Records + 'static>(store: Arc<S>, told: Told) {
    let operator = OperatorKey::from_bytes(&told.operator);
    let keys = Keys::open(&*store, &operator, store.id()).await;
    let audit = Audit::open(&Path::new(&told.directory).join("audit.jsonl"));
    let (ledger, records) = (Arc::clone(&store), Arc::clone(&store));
    let parts = Parts {
        ledger,
        records,
        operator: Arc::new(operator),
        audit: Arc::new(audit.expect("an audit file")),
        audit_key: Zeroizing::new([7; 32]),
        pool: Pool::new(2, 64),
        effects: Effects::new(now, rng),
        tell: Arc::new(Silent),
    };
    let asked = Settings {
        // A few phones stand for many.
        visits: NonZeroU32::MAX,
        ..Settings::new(Policy::new(PermitPolicy::NoPermits), Vec::new())
    };
    let service = Service::new(parts, keys.expect("keys"), asked);
    let service = Arc::new(service.expect("a service"));
    let desk = admin::router(Arc::clone(&service), AdminKey::new(&told.admin));
    let desk = tokio::spawn(listen(desk, told.admin_port));
    listen(router(service), told.port).await;
    desk.await.expect("it goes on");
}

async fn listen(routes: Router, port: u16) {
    let listener = TcpListener::bind(("127.0.0.1", port)).await;
    let (_, tls) = watch::channel(None);
    let (_, routes) = watch::channel(frame(routes, Frame::default()));
    let listening = Listening {
        listener: listener.expect("a port"),
        tls,
        routes,
        limits: Limits::default(),
    };
    serve(listening, core::future::pending()).await;
}
