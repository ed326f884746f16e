//! A disk that is full.

use alloc::sync::Arc;
use core::time::Duration;
use std::fs;

use milagro_store_testkit::directory::Directory;
use milagro_store_testkit::load;
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::{init, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_full_disk_is_an_error_and_no_end() {
    let Some(directory) = Directory::small_disk("postg", 160).unwrap() else {
        return;
    };
    let ballast = directory.path().join("ballast");
    fs::write(&ballast, vec![0; 40 << 20]).unwrap();
    let mut server = Server::start_in(directory, &[]).unwrap();
    let ledger = init(settings(&server.url()).patience(Duration::from_secs(1))).await;
    let make_room = move || {
        fs::remove_file(ballast).unwrap();
        // A server that cannot write its log stops.
        server.kill();
        server.restart().unwrap();
        core::mem::forget(server);
    };
    let granted = load::full_disk(Arc::new(ledger), make_room).await;
    println!("{granted} granted before the disk was full");
}
