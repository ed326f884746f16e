//! What every ledger and all records have to do.

use milagro_ledger::conformance;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn ledger_on_one_server() {
    let report = conformance::ledger(&Harness::one()).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn ledger_in_a_cluster() {
    let report = conformance::ledger(&Harness::cluster()).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn records_on_one_server() {
    let report = conformance::records(&Harness::one()).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs Redis"]
async fn records_in_a_cluster() {
    let report = conformance::records(&Harness::cluster()).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}
