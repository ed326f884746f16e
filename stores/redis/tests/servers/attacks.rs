//! What an enemy, or bad luck, does to a ledger that is open.

use core::time::Duration;

use milagro_ledger::{Ledger as _, Verdict};
use milagro_store_redis::{Redis, Settings, SettingsError, Transport};
use milagro_store_testkit::cuts::Cuts;
use milagro_store_testkit::load::{self, ask, clock, is_new, lasting, one_of_three, rng, span};
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{connect, init, settings, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn two_ledgers_in_one_database_know_nothing_of_each_other() {
    let server = Server::start(&[]).unwrap();
    // One name begins as the other does.
    let named = |name| settings(&server.url()).name(name).unwrap();
    let (one, other) = (init(named("one")).await, init(named("one.0")).await);
    let (charge, now) = (one_of_three(lasting(1)), clock());
    for ledger in [&one, &other] {
        assert!(is_new(ask(ledger, now, charge).await));
    }
    one.clear(&[charge.account]).await.unwrap();
    assert_eq!(other.usage(&[charge.account]).await.unwrap()[0].used, 1);
    let restored = Redis::restore(&mut rng(), named("one"), now).await.unwrap();
    assert_ne!(restored.id(), other.id());
    let verdict = ask(&other, now, charge).await;
    assert!(
        matches!(verdict, Verdict::Granted(grant) if grant.again),
        "{verdict:?}"
    );
}

/// In one call, a third of it over accounts that come again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_batch_of_thirty_thousand() {
    let server = Server::start(&[]).unwrap();
    let ledger = init(settings(&server.url()).patience(Duration::from_secs(60))).await;
    load::big_batch(&ledger).await;
}

/// A server that has no memory left refuses what is new, knows what it has granted, and evicts nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn no_memory_is_full_and_nothing_is_evicted() {
    let server = Server::start(&[]).unwrap();
    let ledger = start(&server).await;
    let now = clock();
    let known: Vec<_> = (0..100).map(|name| one_of_three(span(now, name))).collect();
    for verdict in ledger.charge(now, &known).await {
        assert!(is_new(verdict));
    }
    server
        .command(&["CONFIG", "SET", "maxmemory", "1mb"])
        .unwrap();
    let new = one_of_three(span(now, 1000));
    assert_eq!(ledger.charge(now, &[new]).await, [Verdict::Full]);
    // There is room for what takes none.
    let last = known[99];
    ledger.refund(&[last]).await.unwrap();
    server
        .command(&["CONFIG", "SET", "maxmemory", "0"])
        .unwrap();
    assert!(is_new(ask(&ledger, now, new).await));
    for charge in &known[..99] {
        let verdict = ask(&ledger, now, *charge).await;
        assert!(
            matches!(verdict, Verdict::Granted(grant) if grant.again),
            "{verdict:?}"
        );
    }
    assert!(is_new(ask(&ledger, now, last).await));
}

/// The answer to a charge is lost, and then there is no memory: nobody is told that it was refused.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn what_may_have_been_granted_is_not_called_full() {
    let server = Server::start(&[]).unwrap();
    let direct = start(&server).await;
    let cuts = Cuts::before(server.port()).await.unwrap();
    let url = format!("redis://127.0.0.1:{}/", cuts.port());
    let admin = redis::Client::open(server.url()).unwrap();
    let mut admin = connect(&admin).await.unwrap();
    let mut memory = redis::cmd("CONFIG");
    memory.arg("SET").arg("maxmemory");
    for name in 0..5 {
        let ledger = Redis::open(settings(&url)).await.unwrap();
        let (charge, now) = (one_of_three(lasting(name)), clock());
        let _warm = ledger.usage(&[charge.account]).await;
        cuts.lose(b"*2\r\n:");
        let asked = tokio::spawn(async move { ledger.charge(now, &[charge]).await });
        while direct.usage(&[charge.account]).await.unwrap()[0].used == 0 {}
        let set: redis::RedisResult<()> = memory.clone().arg(1).query_async(&mut admin).await;
        set.unwrap();
        let said = asked.await.unwrap();
        let granted = matches!(said[..], [Verdict::Granted(grant)] if grant.again);
        assert!(granted || said == [Verdict::Unknown], "{said:?}");
        let set: redis::RedisResult<()> = memory.clone().arg(0).query_async(&mut admin).await;
        set.unwrap();
        let verdict = ask(&direct, now, charge).await;
        assert!(
            matches!(verdict, Verdict::Granted(grant) if grant.again),
            "{verdict:?}"
        );
    }
}

/// Scripts that are forgotten, and connections that are cut, by an administrator.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn an_administrator_flushes_scripts_and_cuts_clients() {
    let server = Server::start(&[]).unwrap();
    let ledger = alloc::sync::Arc::new(start(&server).await);
    let server = alloc::sync::Arc::new(server);
    let flushed = alloc::sync::Arc::clone(&server);
    let go = move || {
        for _time in 0..20 {
            std::thread::sleep(load::moment() / 2);
            flushed.command(&["SCRIPT", "FLUSH"]).unwrap();
            flushed
                .command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"])
                .unwrap();
        }
    };
    let said = load::Kills::survive(ledger.clone(), go).await;
    said.check(&*ledger).await;
    assert_eq!(ledger.closed(), None);
}

#[test]
fn no_name_reaches_beyond_its_keys() {
    let refused = |name: &str| {
        let settings = Settings::server("redis://h/", Transport::PlainText).unwrap();
        matches!(settings.name(name), Err(SettingsError::Name))
    };
    for name in [
        "", "{a}", "a}", "a*", "a?", "[a]", "a b", "a\r\n", "a\0", "A", "\u{e4}",
    ] {
        assert!(refused(name), "{name:?}");
    }
    assert!(refused(&"a".repeat(64)));
}
