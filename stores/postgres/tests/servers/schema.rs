//! Tables of other versions, rights, and what a session may lose.

use milagro_ledger::Ledger as _;
use milagro_store_postgres::store::OpenError;
use milagro_store_postgres::{Postgres, Settings, Transport};
use milagro_store_testkit::load::{self, clock, is_new, one_of_three, rng, span};
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::{init, settings, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn tables_of_a_later_version_are_refused() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    ledger.close();
    drop(ledger);
    server
        .sql("UPDATE milagro.schema_version SET version = version + 1")
        .unwrap();
    let opened = Postgres::open(settings(&server.url())).await;
    assert!(matches!(opened, Err(OpenError::Newer)), "{opened:?}");
    for _try in 0..100 {
        match Postgres::restore(&mut rng(), settings(&server.url()), clock()).await {
            Err(OpenError::Newer) => return,
            // The server notices a moment later that the ledger is closed.
            Err(OpenError::InUse) => tokio::task::yield_now().await,
            other => panic!("{other:?}"),
        }
    }
    panic!("in use for a hundred tries");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_user_needs_nothing_but_the_schema() {
    let server = Server::start(&[]).unwrap();
    server
        .sql("CREATE ROLE plain LOGIN NOSUPERUSER; CREATE SCHEMA milagro AUTHORIZATION plain")
        .unwrap();
    let url = server.url().replace("milagro@", "plain@");
    let ledger = init(settings(&url)).await;
    let charge = one_of_three(span(clock(), 1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    ledger.keep_up().await.unwrap();
    ledger.close();
    drop(ledger);
    let ledger = Postgres::open(settings(&url)).await.unwrap();
    assert_eq!(ledger.usage(&[charge.account]).await.unwrap()[0].used, 1);
}

/// A server that confirms before it has written is no reason to refuse it: the sessions of a ledger do not.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn commits_wait_for_the_disk_whatever_the_server_says() {
    let server = Server::start(&["synchronous_commit=off"]).unwrap();
    drop(start(&server).await);
    let url = format!("{}?options=-c%20synchronous_commit%3Doff", server.url());
    let settings = Settings::new(&url, Transport::PlainText).unwrap();
    match Postgres::open(settings).await {
        Err(OpenError::Unfit(unfit)) => assert_eq!(unfit.setting, "synchronous_commit"),
        opened => panic!("{opened:?}"),
    }
}
