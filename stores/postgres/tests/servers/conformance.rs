//! What every ledger and all records have to do.

use milagro_ledger::conformance;
use milagro_store_postgres::Isolation;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn ledger_read_committed() {
    let report = conformance::ledger(&Harness::new(Isolation::ReadCommitted)).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn ledger_serializable() {
    let report = conformance::ledger(&Harness::new(Isolation::Serializable)).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn records_read_committed() {
    let report = conformance::records(&Harness::new(Isolation::ReadCommitted)).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL"]
async fn records_serializable() {
    let report = conformance::records(&Harness::new(Isolation::Serializable)).await;
    report
        .into_result()
        .unwrap_or_else(|report| panic!("{report}"));
}
