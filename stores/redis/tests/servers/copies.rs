//! Databases that are empty, copied, put back, promoted or swapped stay closed until somebody restores the ledger.

use milagro_ledger::{Charge, Ledger as _, Verdict};
use milagro_store_redis::store::{Divergence, OpenError, Witness};
use milagro_store_redis::{Redis, Settings};
use milagro_store_testkit::directory::Directory;
use milagro_store_testkit::load::{self, clock, is_new, one_of_three, rng, span};
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{init, settings, start};

/// Opens again after a restore, and does not know what it cannot know.
async fn restore(settings: Settings, known: &Charge) {
    let ledger = Redis::restore(&mut rng(), settings, clock()).await.unwrap();
    let over = load::before(clock());
    assert_eq!(ledger.charge(clock(), &[over]).await, [Verdict::Over]);
    assert!(matches!(
        ledger.charge(clock(), &[*known]).await[..],
        [Verdict::Granted(_)]
    ));
}

async fn diverged(settings: Settings) -> Divergence {
    match Redis::open(settings).await {
        Err(OpenError::Diverged(divergence)) => divergence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn an_empty_database_has_no_ledger() {
    let server = Server::start(&[]).unwrap();
    let opened = Redis::open(settings(&server.url())).await;
    assert!(matches!(opened, Err(OpenError::NoLedger)), "{opened:?}");
    let ledger = start(&server).await;
    match Redis::init(&mut rng(), settings(&server.url()), clock()).await {
        Err(OpenError::AlreadyThere(there)) => assert_eq!(there, ledger.id()),
        made => panic!("{made:?}"),
    }
    // And one that loses everything closes.
    server.command(&["FLUSHALL"]).unwrap();
    let verdicts = ledger
        .charge(clock(), &[one_of_three(span(clock(), 1))])
        .await;
    assert_eq!(verdicts, [Verdict::Unknown]);
    assert_eq!(ledger.closed(), Some(Divergence::Renamed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_copy_is_closed_and_an_older_one_found_out() {
    let directory = Directory::new("witness").unwrap();
    let witness = Witness::new(directory.path().join("witness"));
    let server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).witness(witness.clone())).await;
    let charge = one_of_three(span(clock(), 1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    let copy = server.start_copy().unwrap();
    let later = one_of_three(span(clock(), 2));
    assert!(is_new(load::ask(&ledger, clock(), later).await));
    ledger.keep_up().unwrap();
    assert_eq!(
        diverged(settings(&copy.url())).await,
        Divergence::Unwitnessed
    );
    let seen = settings(&copy.url()).witness(witness);
    assert_eq!(diverged(seen.clone()).await, Divergence::Behind);
    restore(seen, &charge).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_restart_is_the_same_server_to_who_has_a_witness() {
    let directory = Directory::new("witness").unwrap();
    let witness = Witness::new(directory.path().join("witness"));
    let mut server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).witness(witness.clone())).await;
    let charge = one_of_three(span(clock(), 1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    ledger.keep_up().unwrap();
    drop(ledger);
    server.kill();
    server.restart().unwrap();
    assert_eq!(
        diverged(settings(&server.url())).await,
        Divergence::Unwitnessed
    );
    let ledger = Redis::open(settings(&server.url()).witness(witness))
        .await
        .unwrap();
    let verdict = load::ask(&ledger, clock(), charge).await;
    assert!(
        matches!(verdict, Verdict::Granted(grant) if grant.again),
        "{verdict:?}"
    );
    // From now on it is known again.
    assert!(Redis::open(settings(&server.url())).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_promoted_replica_is_closed() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let charge = one_of_three(span(clock(), 1));
    let replica = server.start_replica().unwrap();
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    server.wait_for(&replica).unwrap();
    match Redis::open(settings(&server.url())).await {
        Err(OpenError::Unfit(unfit)) => assert_eq!(unfit.setting, "connected_slaves"),
        opened => panic!("{opened:?}"),
    }
    replica.command(&["REPLICAOF", "NO", "ONE"]).unwrap();
    assert_eq!(
        diverged(settings(&replica.url())).await,
        Divergence::Promoted
    );
    restore(settings(&replica.url()), &charge).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn another_ledger_is_not_the_one_expected() {
    let (server, other) = (Server::start(&[]).unwrap(), Server::start(&[]).unwrap());
    let (ledger, swapped) = (start(&server).await, start(&other).await);
    match Redis::open(settings(&other.url()).expecting(ledger.id())).await {
        Err(OpenError::AnotherLedger(there)) => assert_eq!(there, swapped.id()),
        opened => panic!("{opened:?}"),
    }
    assert!(
        Redis::open(settings(&other.url()).expecting(swapped.id()))
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_restore_closes_whoever_has_it_open() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let charge = one_of_three(span(clock(), 1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    restore(settings(&server.url()), &charge).await;
    assert_eq!(ledger.charge(clock(), &[charge]).await, [Verdict::Unknown]);
    assert_eq!(ledger.closed(), Some(Divergence::Renamed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_server_that_may_lose_something_is_refused() {
    for (setting, value, name) in [
        ("--maxmemory-policy", "allkeys-lru", "maxmemory_policy"),
        ("--appendonly", "no", "aof_enabled"),
        ("--appendfsync", "everysec", "appendfsync"),
        (
            "--no-appendfsync-on-rewrite",
            "yes",
            "no-appendfsync-on-rewrite",
        ),
    ] {
        let server = Server::start(&[setting, value]).unwrap();
        match Redis::init(&mut rng(), settings(&server.url()), clock()).await {
            Err(OpenError::Unfit(unfit)) => assert_eq!(unfit.setting, name),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn settings_that_change_under_an_open_ledger_are_noticed() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    ledger.examine().await.unwrap();
    let evict = ["CONFIG", "SET", "maxmemory-policy", "allkeys-random"];
    server.command(&evict).unwrap();
    match ledger.examine().await {
        Err(OpenError::Unfit(unfit)) => assert_eq!(unfit.setting, "maxmemory_policy"),
        other => panic!("{other:?}"),
    }
}

/// A promotion that somebody has seen is not forgotten when the server is started anew, and passes for a restart then.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_promoted_replica_that_was_restarted_is_closed() {
    let directory = Directory::new("witness").unwrap();
    let witness = Witness::new(directory.path().join("witness"));
    let server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).witness(witness.clone())).await;
    let charge = one_of_three(span(clock(), 1));
    let mut replica = server.start_replica().unwrap();
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    ledger.keep_up().unwrap();
    drop(ledger);
    server.wait_for(&replica).unwrap();
    replica.command(&["REPLICAOF", "NO", "ONE"]).unwrap();
    let settings = settings(&replica.url()).witness(witness);
    assert_eq!(diverged(settings.clone()).await, Divergence::Promoted);
    replica.kill();
    replica.restart().unwrap();
    assert_eq!(diverged(settings.clone()).await, Divergence::Promoted);
    restore(settings.clone(), &charge).await;
    assert!(Redis::open(settings).await.is_ok());
}

/// However a bucket came to lose something: whoever knew of it notices at the next change.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn what_is_lost_under_an_open_ledger_closes_it() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let charges = (0..5).map(|name| one_of_three(span(clock(), name)));
    let charges: Vec<Charge> = charges.collect();
    for verdict in ledger.charge(clock(), &charges).await {
        assert!(is_new(verdict));
    }
    // As if the last three had never come.
    let meta = "{milagro.0}m";
    server
        .command(&["HINCRBY", meta, "sequence", "-3"])
        .unwrap();
    let next = one_of_three(span(clock(), 6));
    assert_eq!(ledger.charge(clock(), &[next]).await, [Verdict::Unknown]);
    assert_eq!(ledger.closed(), Some(Divergence::Behind));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_later_format_is_refused() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let meta = "{milagro.0}m";
    server.command(&["HSET", meta, "format", "2"]).unwrap();
    let opened = Redis::open(settings(&server.url())).await;
    assert!(matches!(opened, Err(OpenError::Newer)), "{opened:?}");
    let restored = Redis::restore(&mut rng(), settings(&server.url()), clock()).await;
    assert!(matches!(restored, Err(OpenError::Newer)), "{restored:?}");
    // Nor does one that was open go on.
    let charge = one_of_three(span(clock(), 1));
    assert_eq!(ledger.charge(clock(), &[charge]).await, [Verdict::Unknown]);
    assert!(ledger.closed().is_some());
}
