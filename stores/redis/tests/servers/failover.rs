//! A master of a cluster that is lost, and a replica that takes its place: what was granted and is not known any more.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::thread;
use std::time::Instant;

use milagro_ledger::{Account, Charge, Ledger, Verdict};
use milagro_store_redis::store::{Divergence, OpenError};
use milagro_store_redis::{Redis, Settings, Transport};
use milagro_store_testkit::load::{clock, is_new, lasting, one_of_three, rng, span};
use milagro_store_testkit::redis::Cluster;

use crate::harness::init;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn what_a_failover_loses_is_counted() {
    let mut cluster = Cluster::start(&[]).unwrap();
    let urls = cluster.urls();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let settings = Settings::cluster(&urls, Transport::PlainText).unwrap();
    let settings = settings.replicas(1).patience(Duration::from_secs(2));
    let ledger: Arc<Redis> = Arc::new(init(settings.clone()).await);
    let over = Arc::new(AtomicBool::new(false));
    let now = clock();
    let tasks = (0..8_u64).map(|task| {
        let (ledger, over) = (Arc::clone(&ledger), Arc::clone(&over));
        tokio::spawn(async move {
            let mut granted: Vec<Account> = Vec::new();
            for name in (task..).step_by(8) {
                if over.load(Ordering::Relaxed) {
                    break;
                }
                let account = if name % 4 == 0 {
                    lasting(name)
                } else {
                    span(now, name)
                };
                let verdicts = ledger.charge(now, &[one_of_three(account)]).await;
                if verdicts.iter().all(|verdict| is_new(*verdict)) {
                    granted.push(account);
                }
            }
            granted
        })
    });
    let tasks: Vec<_> = tasks.collect();
    let cluster = tokio::task::spawn_blocking(move || {
        thread::sleep(Duration::from_secs(2));
        cluster.nodes[0].kill();
        thread::sleep(Duration::from_secs(8));
        cluster.wait_until_ok().unwrap();
        cluster
    });
    let cluster = cluster.await.unwrap();
    over.store(true, Ordering::Relaxed);
    let mut granted = Vec::new();
    for task in tasks {
        granted.extend(task.await.unwrap());
    }
    // Whoever had it open is closed as soon as it hears of the new master, and stays so for whoever comes.
    let start = Instant::now();
    while ledger.closed().is_none() && start.elapsed() < Duration::from_secs(30) {
        // Of all shards: the others go on until then.
        let charges: Vec<Charge> = (0..64)
            .map(|name| one_of_three(lasting(u64::MAX - name)))
            .collect();
        let _some_are_granted = ledger.charge(now, &charges).await;
    }
    assert_eq!(ledger.closed(), Some(Divergence::Promoted));
    let settings = settings.replicas(0);
    let opened = Redis::open(settings.clone()).await;
    let refused = matches!(opened, Err(OpenError::Diverged(_) | OpenError::Unfit(_)));
    assert!(refused, "{opened:?}");
    // Its replica is gone, so only two of the three masters have one: this is what the operator has to mend first.
    let mut mended = cluster;
    mended.nodes[0].restart().unwrap();
    mended.wait_until_ok().unwrap();
    thread::sleep(Duration::from_secs(2));
    let restored = Redis::restore(&mut rng(), settings.replicas(1), now)
        .await
        .unwrap();
    let mut lost = [0, 0];
    for chunk in granted.chunks(500) {
        let usages = restored.usage(chunk).await.unwrap();
        for (account, usage) in chunk.iter().zip(usages) {
            if usage.used == 0 {
                let is_lasting = account.life() == milagro_ledger::Life::Lasting;
                lost[usize::from(is_lasting)] += 1;
            }
        }
    }
    println!(
        "granted {}, lost with a span {}, lasting {}",
        granted.len(),
        lost[0],
        lost[1]
    );
    assert!(granted.len() > 100);
    assert_eq!(lost[1], 0, "what a replica confirmed is not lost");
    // And what is lost cannot come back.
    let over = milagro_store_testkit::load::before(clock());
    assert_eq!(restored.charge(clock(), &[over]).await, [Verdict::Over]);
}

/// Who asks all shards at once, and had asked for nothing while the master fell, hears of the new one as well: what waits
/// for replicas that are not there keeps nobody from asking whether the server is still the one that was opened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_batch_on_every_shard_finds_the_new_master() {
    let mut cluster = Cluster::start(&[]).unwrap();
    let urls = cluster.urls();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let settings = Settings::cluster(&urls, Transport::PlainText).unwrap();
    let ledger = init(settings.replicas(1)).await;
    let _cluster = tokio::task::spawn_blocking(move || {
        cluster.nodes[0].kill();
        thread::sleep(Duration::from_secs(4));
        cluster.wait_until_ok().unwrap();
        cluster
    })
    .await
    .unwrap();
    let (now, start) = (clock(), Instant::now());
    while ledger.closed().is_none() && start.elapsed() < Duration::from_secs(30) {
        let charges = (0..64).map(|name| one_of_three(lasting(name)));
        let charges: Vec<Charge> = charges.collect();
        let _some_are_granted = ledger.charge(now, &charges).await;
    }
    assert_eq!(ledger.closed(), Some(Divergence::Promoted));
}
