//! A server that is killed at random moments.

use alloc::sync::Arc;
use std::thread;

use milagro_store_testkit::load::{self, Kills};
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::start;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_killed_server_forgets_nothing() {
    let mut server = Server::start(&[]).unwrap();
    let ledger = Arc::new(start(&server).await);
    let kill = move || {
        for _kill in 0..load::kills() {
            thread::sleep(load::moment());
            server.kill();
            server.restart().unwrap();
        }
        thread::sleep(load::moment());
        // Killed when it is dropped, so it has to live on.
        core::mem::forget(server);
    };
    let kills = Kills::survive(ledger.clone(), kill).await;
    let granted = kills.check(&*ledger).await;
    assert_eq!(ledger.closed(), None);
    println!("{} kills, {granted} granted", load::kills());
}
