//! Many tasks of several processes: each limit is exact.

use alloc::sync::Arc;
use milagro_base::Seconds;
use milagro_ledger::Ledger;
use milagro_store_postgres::Postgres;
use milagro_store_testkit::load;
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::{settings, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn two_processes_with_64_tasks() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    drop(ledger);
    let now = load::clock();
    let url = server.url();
    let parent = move || load::two_processes(&url, now);
    tokio::task::spawn_blocking(parent).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn child() {
    let Some(child) = load::child() else {
        return;
    };
    let mut handles: Vec<Arc<dyn Ledger>> = Vec::new();
    for _handle in 0..2 {
        let settings = settings(&child.address).patience(core::time::Duration::from_secs(30));
        handles.push(Arc::new(Postgres::open(settings).await.unwrap()));
    }
    assert!(child.start > Seconds::ZERO);
    child.run(&handles).await;
}
