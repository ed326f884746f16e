//! What all servers are put through.

use core::time::Duration;

use milagro_store_redis::Redis;
use milagro_store_testkit::drill;
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{init, settings};

struct Store;

impl drill::Store for Store {
    type Machine = Server;
    type Handle = Redis;

    async fn init(url: &str, patience: Duration) -> Redis {
        init(settings(url).patience(patience)).await
    }

    async fn open(url: &str, patience: Duration) -> Redis {
        let settings = settings(url).patience(patience);
        Redis::open(settings).await.unwrap()
    }

    fn is_closed(handle: &Redis) -> bool {
        handle.closed().is_some()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn killed_for_five_seconds() {
    drill::killed_for_five_seconds::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn frozen_for_five_seconds() {
    drill::frozen_for_five_seconds::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn what_a_cut_connection_has_asked_counts_once() {
    drill::cut_connections::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_refund_whose_answer_is_lost_takes_nothing_from_others() {
    drill::lost_refund::<Store>([b":", b":"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_record_whose_answer_is_lost_does_not_come_back() {
    drill::lost_put::<Store>(b":1\r\n$8\r\n").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn callers_that_hang_up() {
    drill::hang_ups::<Store>(|_server, _ledger| {}).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_full_disk_is_an_error_and_no_end() {
    drill::full_disk::<Store>(12, 4).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_killed_server_forgets_nothing() {
    // In the middle of writing its log anew.
    let rewrite = |server: &Server| drop(server.command(&["BGREWRITEAOF"]));
    drill::kills::<Store>(rewrite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn two_processes_with_64_tasks() {
    drill::crowd::<Store>().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn child() {
    drill::child::<Store>().await;
}
