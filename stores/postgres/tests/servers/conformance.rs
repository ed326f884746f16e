//! What every ledger and all records have to do.

use milagro_store_postgres::Isolation;
use milagro_store_testkit::suite;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn ledger_read_committed() {
    suite::ledger(Harness::new(Isolation::ReadCommitted)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn ledger_serializable() {
    suite::ledger(Harness::new(Isolation::Serializable)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn records_read_committed() {
    suite::records(Harness::new(Isolation::ReadCommitted)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn records_serializable() {
    suite::records(Harness::new(Isolation::Serializable)).await;
}
