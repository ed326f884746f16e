//! What lasting accounts are charged is answered when a replica has it.

use core::time::Duration;

use milagro_base::Seconds;
use milagro_ledger::{Ledger as _, Verdict};
use milagro_store_testkit::load::{self, clock, is_new, lasting, one_of_three, span};
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{init, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_frozen_replica_confirms_nothing() {
    let server = Server::start(&[]).unwrap();
    let replica = server.start_replica().unwrap();
    let settings = settings(&server.url()).replicas(1);
    let ledger = init(settings.patience(Duration::from_secs(2))).await;
    // A little ahead, so that no second that passes makes the server write anything of its own.
    let now = clock().plus(Seconds::new(30));
    let first = one_of_three(lasting(1));
    assert!(is_new(load::ask(&ledger, now, first).await));
    replica.freeze(true).unwrap();
    let second = one_of_three(lasting(1));
    for _ask in 0..3 {
        // It is asked again meanwhile, and the server has counted it long since.
        assert_eq!(ledger.charge(now, &[second]).await, [Verdict::Unknown]);
    }
    // Nobody waits for replicas where nothing lasts.
    let verdict = load::ask(&ledger, now, one_of_three(span(now, 1))).await;
    assert!(is_new(verdict), "{verdict:?}");
    replica.freeze(false).unwrap();
    let verdict = load::ask(&ledger, now, second).await;
    assert!(
        matches!(verdict, Verdict::Granted(grant) if grant.used == 2),
        "{verdict:?}"
    );
}
