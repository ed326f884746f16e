//! Databases that are empty, copied, put back, promoted or swapped stay closed until somebody restores the ledger.

use core::time::Duration;
use milagro_ledger::{Charge, Ledger as _, Verdict};
use milagro_store_postgres::store::{Divergence, OpenError, Witness};
use milagro_store_postgres::{Postgres, Settings};
use milagro_store_testkit::directory::Directory;
use milagro_store_testkit::load::{self, clock, is_new, one_of_three, rng, span};
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::{init, settings, start};

/// Opens again after a restore, and does not know what it cannot know.
async fn restore(settings: Settings, known: &Charge) {
    // Whoever had it open may be gone a moment later.
    for _try in 0..100 {
        let restored = Postgres::restore(&mut rng(), settings.clone(), clock()).await;
        let ledger = match restored {
            Err(OpenError::InUse) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
            restored => restored.unwrap(),
        };
        // It began an hour from now, so it is not over for being old; that of a minute ago is.
        let over = load::before(clock());
        assert_eq!(ledger.charge(clock(), &[over]).await, [Verdict::Over]);
        assert!(matches!(
            ledger.charge(clock(), &[*known]).await[..],
            [Verdict::Granted(_)]
        ));
        return;
    }
    panic!("in use for five seconds");
}

async fn diverged(settings: Settings) -> Divergence {
    match Postgres::open(settings).await {
        Err(OpenError::Diverged(divergence)) => divergence,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn an_empty_database_has_no_ledger() {
    let server = Server::start(&[]).unwrap();
    let opened = Postgres::open(settings(&server.url())).await;
    assert!(matches!(opened, Err(OpenError::NoLedger)), "{opened:?}");
    let ledger = start(&server).await;
    let made = Postgres::init(&mut rng(), settings(&server.url()), clock()).await;
    let in_use = matches!(made, Err(OpenError::InUse));
    assert!(in_use, "{made:?}");
    ledger.close();
    drop(ledger);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_dump_on_another_server_is_closed() {
    let (server, other) = (Server::start(&[]).unwrap(), Server::start_apart().unwrap());
    let ledger = start(&server).await;
    let charge = one_of_three(span(clock(), 1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    other.play(&server.dump("milagro").unwrap()).unwrap();
    assert_eq!(
        diverged(settings(&other.url())).await,
        Divergence::OtherServer
    );
    restore(settings(&other.url()), &charge).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_promoted_replica_is_closed() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let charge = one_of_three(span(clock(), 1));
    let replica = server.start_replica().unwrap();
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    let opened = Postgres::open(settings(&replica.url())).await;
    assert!(opened.is_err(), "a replica takes no writes");
    tokio::time::sleep(Duration::from_secs(1)).await;
    replica.promote().unwrap();
    assert_eq!(
        diverged(settings(&replica.url())).await,
        Divergence::Promoted
    );
    restore(settings(&replica.url()), &charge).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn files_put_back_are_found_out_by_the_witness() {
    let directory = Directory::new("witness").unwrap();
    let witness = Witness::new(directory.path().join("witness"));
    let mut server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).witness(witness.clone())).await;
    let charge = one_of_three(span(clock(), 1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    ledger.close();
    drop(ledger);
    server.stop().unwrap();
    let copy = server.start_copy(&[]).unwrap();
    server.restart().unwrap();
    let ledger = Postgres::open(settings(&server.url()).witness(witness.clone())).await;
    let ledger = ledger.unwrap();
    for name in 2..50 {
        let charge = one_of_three(span(clock(), name));
        assert!(is_new(load::ask(&ledger, clock(), charge).await));
    }
    ledger.keep_up().await.unwrap();
    let seen = settings(&copy.url()).witness(witness);
    assert_eq!(diverged(seen.clone()).await, Divergence::Behind);
    restore(seen, &charge).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn another_ledger_is_not_the_one_expected() {
    let (server, other) = (Server::start(&[]).unwrap(), Server::start(&[]).unwrap());
    let (ledger, swapped) = (start(&server).await, start(&other).await);
    let expecting = settings(&other.url()).expecting(ledger.id());
    match Postgres::open(expecting).await {
        Err(OpenError::AnotherLedger(there)) => assert_eq!(there, swapped.id()),
        opened => panic!("{opened:?}"),
    }
    assert!(
        Postgres::open(settings(&other.url()).expecting(swapped.id()))
            .await
            .is_ok()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_server_that_may_lose_something_is_refused() {
    for (setting, name) in [
        ("fsync=off", "fsync"),
        ("full_page_writes=off", "full_page_writes"),
    ] {
        let server = Server::start(&[setting]).unwrap();
        match Postgres::init(&mut rng(), settings(&server.url()), clock()).await {
            Err(OpenError::Unfit(unfit)) => assert_eq!(unfit.setting, name),
            other => panic!("{other:?}"),
        }
    }
}
