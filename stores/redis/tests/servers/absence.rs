//! A server that is gone for five seconds.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::Mutex;

use milagro_store_testkit::faults;
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{init, settings};

const PATIENCE: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn killed_for_five_seconds() {
    let server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).patience(PATIENCE)).await;
    let server = Arc::new(Mutex::new(server));
    let (down, up) = (Arc::clone(&server), Arc::clone(&server));
    let go = move || down.lock().unwrap().kill();
    let come_back = move || up.lock().unwrap().restart().unwrap();
    faults::absence(Arc::new(ledger), PATIENCE, go, come_back).await;
}

/// It takes what is sent, and does not answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn frozen_for_five_seconds() {
    let server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).patience(PATIENCE)).await;
    let server = Arc::new(server);
    let (down, up) = (Arc::clone(&server), Arc::clone(&server));
    let go = move || down.freeze(true).unwrap();
    let come_back = move || up.freeze(false).unwrap();
    faults::absence(Arc::new(ledger), PATIENCE, go, come_back).await;
}
