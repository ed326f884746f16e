//! What an enemy, or bad luck, does to a ledger that is open.

use alloc::sync::Arc;
use core::time::Duration;

use milagro_base::Seconds;
use milagro_ledger::{Charge, Kind, Ledger, Life, Verdict};
use milagro_store_postgres::store::Divergence;
use milagro_store_postgres::{Isolation, Postgres, Settings, SettingsError, Transport};
use milagro_store_testkit::load::{self, ask, clock, is_new, lasting, one_of_three, rng, span};
use milagro_store_testkit::postgres::Postgres as Server;
use milagro_store_testkit::process::wait_until;
use tokio::time::timeout;
use tokio_postgres::NoTls;

use crate::harness::{init, settings, start};

/// Who waits for so long waits for ever, however busy the machine is.
const STUCK: Duration = Duration::from_secs(60);

/// Everybody wants the same row, and PostgreSQL refuses all but one of them each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_storm_of_serialization_failures() {
    let server = Server::start(&[]).unwrap();
    let settings = settings(&server.url()).isolation(Isolation::Serializable);
    let ledger: Arc<dyn Ledger> = Arc::new(init(settings).await);
    let now = clock();
    let tasks = (0..64).map(|_task| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move { ask(&*ledger, now, one_of_three(lasting(1))).await })
    });
    let mut granted = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.unwrap() {
            Verdict::Granted(_) => granted += 1,
            Verdict::Exhausted { used: 3, .. } => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(granted, 3);
}

/// One connection for two hundred callers: nobody waits for ever, and what was not answered counts once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_pool_of_one() {
    let server = Server::start(&[]).unwrap();
    let patience = Duration::from_millis(300);
    let settings = settings(&server.url()).connections(1).patience(patience);
    let ledger: Arc<dyn Ledger> = Arc::new(init(settings).await);
    let now = clock();
    let charges: Vec<Charge> = (0..200).map(|name| one_of_three(span(now, name))).collect();
    let tasks = charges.iter().map(|charge| {
        let (ledger, charge) = (Arc::clone(&ledger), *charge);
        tokio::spawn(async move { ledger.charge(now, &[charge]).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        let verdicts = timeout(STUCK, task).await.expect("nobody waits for ever");
        let verdicts = verdicts.unwrap();
        assert!(is_new(verdicts[0]) || verdicts == [Verdict::Unknown]);
    }
    for charge in charges {
        let verdict = ask(&*ledger, now, charge).await;
        assert!(
            matches!(verdict, Verdict::Granted(grant) if grant.used == 1),
            "{verdict:?}"
        );
    }
}

/// A stranger's transaction holds the row of an account.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_lock_that_is_not_let_go() {
    let server = Server::start(&[]).unwrap();
    let patience = Duration::from_millis(500);
    let ledger = init(settings(&server.url()).patience(patience)).await;
    let now = clock();
    assert!(is_new(ask(&ledger, now, one_of_three(lasting(1))).await));
    let (stranger, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = "BEGIN; SELECT 1 FROM milagro.account FOR UPDATE";
    stranger.batch_execute(lock).await.unwrap();
    let held = one_of_three(lasting(1));
    for _ask in 0..20 {
        let asked = timeout(STUCK, ledger.charge(now, &[held])).await;
        assert_eq!(asked.expect("patience ends"), [Verdict::Unknown]);
    }
    // More often than there are connections, and the others still go on.
    let verdict = ask(&ledger, now, one_of_three(lasting(2))).await;
    assert!(is_new(verdict), "{verdict:?}");
    stranger.batch_execute("ROLLBACK").await.unwrap();
    let verdict = ask(&ledger, now, held).await;
    assert!(
        matches!(verdict, Verdict::Granted(grant) if grant.used == 2),
        "{verdict:?}"
    );
}

/// An administrator cancels what waits for a lock: within its patience a call asks again by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_statement_that_is_cancelled_is_asked_again() {
    let server = Server::start(&[]).unwrap();
    let ledger = Arc::new(init(settings(&server.url()).patience(Duration::from_secs(30))).await);
    let now = clock();
    assert!(is_new(ask(&*ledger, now, one_of_three(lasting(1))).await));
    let (stranger, connection) = tokio_postgres::connect(&server.url(), NoTls).await.unwrap();
    tokio::spawn(connection);
    let lock = "BEGIN; SELECT 1 FROM milagro.account FOR UPDATE";
    stranger.batch_execute(lock).await.unwrap();
    let asking = Arc::clone(&ledger);
    let held = one_of_three(lasting(1));
    let asked = tokio::spawn(async move { asking.charge(now, &[held]).await });
    let cancel = "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity \
        WHERE application_name = 'milagro' AND wait_event_type = 'Lock'";
    // By somebody else: within a transaction the list of sessions is always the same.
    for _time in 0..2 {
        let cancelled = || server.sql(cancel).unwrap().trim() != "0";
        wait_until(Duration::from_secs(20), cancelled).unwrap();
    }
    stranger.batch_execute("ROLLBACK").await.unwrap();
    let verdicts = asked.await.unwrap();
    assert!(
        matches!(verdicts[..], [Verdict::Granted(grant)] if grant.used == 2),
        "{verdicts:?}"
    );
}

/// Midnight: everybody needs the table of a day that nobody has made.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_day_that_all_begin_at_once() {
    let server = Server::start(&[]).unwrap();
    let settings = settings(&server.url()).patience(Duration::from_secs(30));
    let settings = settings.isolation(Isolation::Serializable);
    let one = Arc::new(init(settings.clone()).await);
    let other = Arc::new(Postgres::open(settings).await.unwrap());
    let now = clock();
    for day in 10..20 {
        let life = Life::Span {
            from: None,
            until: now.plus(Seconds::days(day)),
        };
        let tasks = [&one, &other, &one, &other].into_iter().zip(0..);
        let tasks = tasks.map(|(ledger, name)| {
            let ledger = Arc::clone(ledger);
            let charge = one_of_three(load::named(Kind::CHALLENGE, name, life));
            tokio::spawn(async move { ledger.charge(now, &[charge]).await })
        });
        for task in tasks.collect::<Vec<_>>() {
            let verdicts = task.await.unwrap();
            assert!(is_new(verdicts[0]), "{verdicts:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn two_ledgers_in_one_database_know_nothing_of_each_other() {
    let server = Server::start(&[]).unwrap();
    let named = |name| settings(&server.url()).schema(name).unwrap();
    let (one, other) = (init(named("one")).await, init(named("other")).await);
    let (charge, now) = (one_of_three(lasting(1)), clock());
    for ledger in [&one, &other] {
        assert!(is_new(ask(ledger, now, charge).await));
    }
    one.clear(&[charge.account]).await.unwrap();
    assert_eq!(other.usage(&[charge.account]).await.unwrap()[0].used, 1);
    one.keep_up().await.unwrap();
    one.close();
    drop(one);
    let restored = loop {
        match Postgres::restore(&mut rng(), named("one"), now).await {
            Ok(restored) => break restored,
            // The server notices a moment later that it is closed.
            Err(_in_use) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert_ne!(restored.id(), other.id());
    assert_eq!(other.closed(), None);
    let verdict = ask(&other, now, charge).await;
    assert!(matches!(verdict, Verdict::Granted(grant) if grant.again));
}

/// In one call, a third of it over accounts that come again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn a_batch_of_thirty_thousand() {
    let server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).patience(Duration::from_secs(60))).await;
    load::big_batch(&ledger).await;
}

/// The backends are ended by an administrator, again and again: that is no divergence, and nothing is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs PostgreSQL"]
async fn an_administrator_ends_all_sessions() {
    let server = Server::start(&[]).unwrap();
    let ledger = Arc::new(start(&server).await);
    let go = move || {
        for _time in 0..20 {
            std::thread::sleep(load::moment() / 2);
            let sql = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE application_name = 'milagro'";
            server.sql(sql).unwrap();
        }
        server
    };
    let server = Arc::new(std::sync::Mutex::new(None));
    let kept = Arc::clone(&server);
    let ended = move || *kept.lock().unwrap() = Some(go());
    let said = load::Kills::survive(ledger.clone(), ended).await;
    said.check(&*ledger).await;
    assert_eq!(ledger.closed(), None::<Divergence>);
}

#[test]
fn no_name_is_sql() {
    let refused = |name: &str| {
        let settings = Settings::new("postgresql://h/d", Transport::PlainText).unwrap();
        matches!(settings.schema(name), Err(SettingsError::Schema))
    };
    for name in [
        "",
        "a;drop table account",
        "a\"b",
        "a'b",
        "a b",
        "a,public",
        "A",
        "1a",
        "ä",
        "a\0",
        "a\\",
        "a-b",
        "$user",
    ] {
        assert!(refused(name), "{name:?}");
    }
    assert!(refused(&"a".repeat(64)));
}
