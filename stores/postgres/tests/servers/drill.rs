//! What all servers are put through.

use core::time::Duration;

use milagro_store_postgres::Postgres;
use milagro_store_testkit::drill;
use milagro_store_testkit::postgres::Postgres as Server;
use milagro_store_testkit::process::wait_until;

use crate::harness::{init, settings};

const OPEN: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE application_name = 'milagro' AND state LIKE 'idle in transaction%'";
const CONNECTIONS: &str =
    "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'milagro'";
const LOCKS: &str = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'";

struct Store;

impl drill::Store for Store {
    type Machine = Server;
    type Handle = Postgres;

    async fn init(url: &str, patience: Duration) -> Postgres {
        init(settings(url).patience(patience)).await
    }

    async fn open(url: &str, patience: Duration) -> Postgres {
        let settings = settings(url).patience(patience);
        Postgres::open(settings).await.unwrap()
    }

    fn is_closed(handle: &Postgres) -> bool {
        handle.closed().is_some()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn killed_for_five_seconds() {
    drill::killed_for_five_seconds::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn frozen_for_five_seconds() {
    drill::frozen_for_five_seconds::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn what_a_cut_connection_has_asked_counts_once() {
    drill::cut_connections::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_refund_whose_answer_is_lost_takes_nothing_from_others() {
    drill::lost_refund::<Store>([b"COMMIT", b"DELETE 1"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_record_whose_answer_is_lost_does_not_come_back() {
    drill::lost_put::<Store>(b"INSERT 0 1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn callers_that_hang_up() {
    drill::hang_ups::<Store>(|server, ledger| {
        let asked = |sql: &str| server.sql(sql).unwrap().trim().parse::<u32>().unwrap();
        // Not one transaction is left open, and the pool has not grown.
        wait_until(Duration::from_secs(10), || {
            asked(OPEN) == 0 && asked(CONNECTIONS) <= 8
        })
        .unwrap();
        ledger.close();
        wait_until(Duration::from_secs(10), || asked(LOCKS) == 0).unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_full_disk_is_an_error_and_no_end() {
    drill::full_disk::<Store>(108, 32).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_killed_server_forgets_nothing() {
    drill::kills::<Store>(|_server| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn two_processes_with_64_tasks() {
    drill::crowd::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn child() {
    drill::child::<Store>().await;
}
