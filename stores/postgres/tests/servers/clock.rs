//! Clocks that jump, and days that are forgotten meanwhile.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::{Kind, Ledger, Life, Verdict};
use milagro_store_postgres::Postgres;
use milagro_store_testkit::clocks;
use milagro_store_testkit::load::{self, clock, is_new, named, one_of_three, span};
use milagro_store_testkit::postgres::Postgres as Server;

use crate::harness::{init, init_at, settings, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn ahead_and_back() {
    let server = Server::start(&[]).unwrap();
    drop(start(&server).await);
    let url = server.url();
    clocks::jumps(&|| {
        let settings = settings(&url);
        Box::pin(async move {
            let ledger: Arc<dyn Ledger> = Arc::new(Postgres::open(settings).await.unwrap());
            ledger
        })
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn is_told() {
    let server = Server::start(&[]).unwrap();
    let (ledger, before) = (start(&server).await, clock());
    let told = ledger.clock().await.unwrap();
    let second = Seconds::new(1);
    assert!(before.minus(second) <= told && told <= clock().plus(second));
}

/// Of a day that was dropped the ledger knows one thing: that it was. A clock that is ten days behind brings nothing back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_day_that_was_dropped_is_over() {
    let server = Server::start(&[]).unwrap();
    let now = clock();
    let old = now.minus(Seconds::days(10));
    let ledger = init_at(settings(&server.url()), now.minus(Seconds::days(30))).await;
    let life = Life::Span {
        from: None,
        until: old.plus(Seconds::minutes(1)),
    };
    let account = named(Kind::CHALLENGE, 1, life);
    // Of another kind, whose floor nobody has raised, but of the same day.
    let other = named(Kind::SIGNATURE, 1, life);
    let known = one_of_three(span(now, 2));
    for charge in [one_of_three(account), one_of_three(other)] {
        assert!(is_new(load::ask(&ledger, old, charge).await));
    }
    let tables = "SELECT count(*) FROM pg_class WHERE relname ~ '^account_[0-9]+$'";
    let before: u32 = server.sql(tables).unwrap().trim().parse().unwrap();
    ledger.keep_up().await.unwrap();
    let after: u32 = server.sql(tables).unwrap().trim().parse().unwrap();
    assert_eq!(after + 1, before);
    assert!(is_new(load::ask(&ledger, now, known).await));
    let opened = Postgres::open(settings(&server.url())).await.unwrap();
    for ledger in [ledger, opened] {
        for account in [account, other] {
            let verdict = load::ask(&ledger, old, one_of_three(account)).await;
            assert_eq!(verdict, Verdict::Over);
        }
        let verdict = load::ask(&ledger, old, known).await;
        assert!(
            matches!(verdict, Verdict::Granted(grant) if grant.again),
            "{verdict:?}"
        );
    }
}

/// One for lasting accounts, one for today, and as many more as are wanted.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn tables_are_made_for_as_many_days_as_is_said() {
    let server = Server::start(&[]).unwrap();
    for (name, days) in [("today", 0), ("a_week", 7)] {
        let settings = settings(&server.url()).schema(name).unwrap();
        drop(init(settings.days_ahead(days)).await);
        let tables = format!(
            "SELECT count(*) FROM pg_tables WHERE schemaname = '{name}' AND tablename ~ '^account_[0-9]+$'"
        );
        let made: u64 = server.sql(&tables).unwrap().trim().parse().unwrap();
        assert_eq!(made, 2 + days);
    }
}
