//! What every ledger and all records have to do.

use milagro_store_testkit::suite;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn ledger_on_one_server() {
    suite::ledger(Harness::one()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn ledger_in_a_cluster() {
    suite::ledger(Harness::cluster()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn records_on_one_server() {
    suite::records(Harness::one()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn records_in_a_cluster() {
    suite::records(Harness::cluster()).await;
}
