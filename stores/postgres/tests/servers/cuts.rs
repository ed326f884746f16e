//! Connections that are cut while answers are on their way.

use alloc::sync::Arc;
use core::time::Duration;
use std::thread;

use milagro_store_postgres::Postgres;
use milagro_store_testkit::cuts::Cuts;
use milagro_store_testkit::load::Kills;
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::{settings, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn what_a_cut_connection_has_asked_counts_once() {
    let server = Server::start(&[]).unwrap();
    let direct = start(&server).await;
    let cuts = Cuts::before(server.port()).await.unwrap();
    let url = server.url();
    let url = url.replace(&server.port().to_string(), &cuts.port().to_string());
    let settings = settings(&url).patience(Duration::from_secs(5));
    let ledger = Arc::new(Postgres::open(settings).await.unwrap());
    let wait = || thread::sleep(Duration::from_secs(8));
    let said = Kills::survive(ledger.clone(), wait).await;
    let granted = said.check(&direct).await;
    assert_eq!(ledger.closed(), None);
    assert!(cuts.cut() > 20, "only {} were cut", cuts.cut());
    println!("{} cuts, {granted} granted", cuts.cut());
}
