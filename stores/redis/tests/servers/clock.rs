//! Clocks that jump, and accounts that expire meanwhile.

use alloc::sync::Arc;
use core::num::NonZeroU16;
use core::time::Duration;

use milagro_base::Seconds;
use milagro_ledger::{Kind, Ledger, Life, Verdict};
use milagro_store_redis::Redis;
use milagro_store_testkit::clocks;
use milagro_store_testkit::load::{self, clock, is_new, named, one_of_three};
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{init, settings, start};

/// In many buckets: what one of them learns the others have to know.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn ahead_and_back() {
    let server = Server::start(&[]).unwrap();
    let settings = settings(&server.url()).buckets(NonZeroU16::new(16).unwrap());
    drop(init(settings.clone()).await);
    clocks::jumps(&|| {
        let settings = settings.clone();
        Box::pin(async move {
            let ledger: Arc<dyn Ledger> = Arc::new(Redis::open(settings).await.unwrap());
            ledger
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn is_told() {
    let server = Server::start(&[]).unwrap();
    let (ledger, before) = (start(&server).await, clock());
    let told = ledger.clock().await.unwrap();
    let second = Seconds::new(1);
    assert!(before.minus(second) <= told && told <= clock().plus(second));
}

/// Of an account that has expired Redis knows nothing any more; a clock that is two days behind brings it back to nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn what_has_expired_is_over() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let old = clock().minus(Seconds::hours(48));
    let life = Life::Span {
        from: None,
        until: old.plus(Seconds::new(3)),
    };
    let account = named(Kind::CHALLENGE, 1, life);
    assert!(is_new(load::ask(&ledger, old, one_of_three(account)).await));
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(ledger.usage(&[account]).await.unwrap()[0].used, 0);
    let verdict = load::ask(&ledger, old, one_of_three(account)).await;
    assert_eq!(verdict, Verdict::Over);
    let ledger = Redis::open(settings(&server.url())).await.unwrap();
    let verdict = load::ask(&ledger, old, one_of_three(account)).await;
    assert_eq!(verdict, Verdict::Over);
}
