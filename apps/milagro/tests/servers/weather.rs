//! The weather report of the token service over HTTP, with two issuers and two redeemers that share a server: every token is
//! spent once, whatever is tried, lost, rotated and withdrawn.
//!
//! At a reduced size, unless `MILAGRO_WEATHER=full`: then 100 users draw 10,000 tokens, and each is tried five times at both
//! redeemers, twice each, which are 200,000 redemptions.

use std::env;
use std::sync::Arc;
use std::time::{Duration, Instant};

use milagro_base::Seconds;
use milagro_ledger::{Ledger, Records};
use milagro_store_postgres::{self as postgres, Postgres};
use milagro_store_redis::{self as redis, Redis};
use milagro_store_testkit::load::{clock, rng};
use milagro_store_testkit::{postgres as postgres_server, redis as redis_server};
use milagro_tokens::testkit::{Ground, Size, weather};
use milagro_wire::client::{Endpoint, EndpointError, Patience};

/// What a plain run plays: 200 tokens, 4,000 redemptions.
const REDUCED: Size = Size {
    users: 10,
    tokens_each: 20,
    tries: 5,
};

const PATIENCE: Duration = Duration::from_secs(20);

fn connect(address: &str) -> Result<Endpoint, EndpointError> {
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let patience = Patience {
        request: Duration::from_secs(60),
        ..Patience::default()
    };
    Endpoint::new(address, reqwest::ClientBuilder::new(), patience)
}

/// Ten minutes into this hour.
fn start() -> Seconds {
    let now = clock().get();
    Seconds::new(now - now % 3_600 + 600)
}

/// Plays it over handles on one server, one for each process.
async fn play(name: &str, handles: Vec<Arc<dyn Ledger>>, records: Arc<dyn Records>) {
    let size = match env::var("MILAGRO_WEATHER").as_deref() {
        Ok("full") => Size::FULL,
        _ => REDUCED,
    };
    let directory = tempfile::tempdir().unwrap();
    let ground = Ground {
        ledgers: handles,
        records,
        directory: directory.path().to_owned(),
        start: start(),
        generator: rng,
        connect,
    };
    let began = Instant::now();
    let report = weather(ground, size).await.unwrap();
    let seconds = began.elapsed().as_secs();
    println!("{name}: {report:?} in {seconds} s");
    let tokens = usize::try_from(size.users * size.tokens_each).unwrap();
    let tries = usize::try_from(2 * size.tries).unwrap();
    assert_eq!((report.drawn, report.spent), (tokens, tokens));
    assert_eq!(report.refused, tokens * (tries - 1));
    assert_eq!(report.repeated, usize::try_from(2 * size.users).unwrap());
    assert_eq!(report.withdrawn, 1);
    // A line for each answer, first and again, and none for what is redeemed.
    let lines = |number: usize| {
        let file = directory.path().join(format!("audit-{number}.jsonl"));
        std::fs::read_to_string(file).unwrap().lines().count()
    };
    let per_issuer = usize::try_from(2 * size.users).unwrap();
    assert!(lines(0) >= per_issuer && lines(1) >= per_issuer);
    assert_eq!((lines(2), lines(3)), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn over_postgres() {
    let server = postgres_server::Postgres::start(&[]).unwrap();
    let settings = || {
        let settings = postgres::Settings::new(&server.url(), postgres::Transport::PlainText);
        settings.unwrap().patience(PATIENCE)
    };
    let born = start().minus(Seconds::hours(1));
    let first = Postgres::init(&mut rng(), settings(), born).await.unwrap();
    let mut handles: Vec<Arc<dyn Ledger>> = vec![Arc::new(first)];
    for _ in 0..3 {
        handles.push(Arc::new(Postgres::open(settings()).await.unwrap()));
    }
    let records = Arc::new(Postgres::open(settings()).await.unwrap());
    play("PostgreSQL", handles, records).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn over_redis() {
    let server = redis_server::Redis::start(&[]).unwrap();
    let settings = || {
        let settings = redis::Settings::server(&server.url(), redis::Transport::PlainText);
        settings.unwrap().patience(PATIENCE)
    };
    let born = start().minus(Seconds::hours(1));
    let first = Redis::init(&mut rng(), settings(), born).await.unwrap();
    let mut handles: Vec<Arc<dyn Ledger>> = vec![Arc::new(first)];
    for _ in 0..3 {
        handles.push(Arc::new(Redis::open(settings()).await.unwrap()));
    }
    let records = Arc::new(Redis::open(settings()).await.unwrap());
    play("Redis", handles, records).await;
}
