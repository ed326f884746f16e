//! A slot of a cluster that goes from one master to another while it is used.

use alloc::sync::Arc;
use core::num::NonZeroU16;
use core::time::Duration;
use std::thread;

use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Kind, Records as _};
use milagro_store_redis::{Redis, Settings, Transport};
use milagro_store_testkit::load::Kills;
use milagro_store_testkit::redis::Cluster;
use redis::{Connection, FromRedisValue, cmd};

use crate::harness::init;

/// A slot on its way.
struct Move {
    slot: u16,
    from: Connection,
    to: Connection,
    port: u16,
    nodes: [String; 2],
}

impl Move {
    /// All of the ledger is in one slot.
    fn of(cluster: &Cluster) -> Self {
        let mut masters: Vec<(Connection, u16)> = cluster
            .nodes
            .iter()
            .take(3)
            .map(|node| {
                let client = redis::Client::open(node.url()).unwrap();
                (client.get_connection().unwrap(), node.port())
            })
            .collect();
        let slot: u16 = ask(
            &mut masters.first_mut().unwrap().0,
            &["KEYSLOT", "{milagro.0}m"],
        );
        let owner = masters.iter_mut().position(|(master, _)| {
            ask::<u32>(master, &["COUNTKEYSINSLOT", &slot.to_string()]) > 0
        });
        let (mut from, _port) = masters.remove(owner.unwrap());
        let (mut to, port) = masters.remove(0);
        let nodes = [ask(&mut from, &["MYID"]), ask(&mut to, &["MYID"])];
        Self {
            slot,
            from,
            to,
            port,
            nodes,
        }
    }

    fn begin(&mut self) {
        let slot = self.slot.to_string();
        let [from, to] = &self.nodes;
        ask::<()>(&mut self.to, &["SETSLOT", &slot, "IMPORTING", from]);
        ask::<()>(&mut self.from, &["SETSLOT", &slot, "MIGRATING", to]);
    }

    fn keys(&mut self, most: u32) -> Vec<Vec<u8>> {
        let slot = self.slot.to_string();
        ask(&mut self.from, &["GETKEYSINSLOT", &slot, &most.to_string()])
    }

    fn send(&mut self, keys: &[Vec<u8>]) {
        let mut migrate = cmd("MIGRATE");
        migrate.arg("127.0.0.1").arg(self.port).arg("").arg(0);
        migrate.arg(5000).arg("KEYS").arg(keys);
        migrate.query::<()>(&mut self.from).unwrap();
    }

    /// Sends what is left, little by little.
    fn finish(&mut self) {
        loop {
            let keys = self.keys(20);
            if keys.is_empty() {
                break;
            }
            self.send(&keys);
            thread::sleep(Duration::from_millis(2));
        }
        let (slot, to) = (self.slot.to_string(), self.nodes[1].clone());
        ask::<()>(&mut self.to, &["SETSLOT", &slot, "NODE", &to]);
        ask::<()>(&mut self.from, &["SETSLOT", &slot, "NODE", &to]);
    }
}

fn ask<T: FromRedisValue>(node: &mut Connection, words: &[&str]) -> T {
    cmd("CLUSTER").arg(words).query(node).unwrap()
}

async fn open(cluster: &Cluster) -> Redis {
    let urls = cluster.urls();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let settings = Settings::cluster(&urls, Transport::PlainText).unwrap();
    init(settings.replicas(1).buckets(NonZeroU16::MIN)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn what_is_charged_meanwhile_counts_once() {
    let cluster = Cluster::start(&[]).unwrap();
    let ledger = Arc::new(open(&cluster).await);
    let mut slot = Move::of(&cluster);
    let go = move || {
        thread::sleep(Duration::from_millis(500));
        slot.begin();
        thread::sleep(Duration::from_millis(200));
        slot.finish();
        thread::sleep(Duration::from_millis(500));
    };
    let said = Kills::survive(ledger.clone(), go).await;
    let granted = said.check(&*ledger).await;
    assert_eq!(ledger.closed(), None);
    println!("{granted} granted");
}

/// A record that has not arrived yet has not expired.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_list_loses_nothing_on_the_way() {
    let cluster = Cluster::start(&[]).unwrap();
    let ledger = open(&cluster).await;
    let names: Vec<Vec<u8>> = (0..50).map(|name: u8| vec![b'k', name]).collect();
    for key in &names {
        let entry = Entry {
            kind: Kind::SHARE,
            key,
            value: b"value",
            expected: None,
            until: None,
        };
        assert!(matches!(ledger.put(entry).await, Ok(Put::Stored(_))));
    }
    let mut slot = Move::of(&cluster);
    slot.begin();
    // What is said of the bucket and the index go first.
    let keys = slot.keys(1000);
    let first = keys
        .into_iter()
        .filter(|key| !key.starts_with(b"{milagro.0}r"));
    slot.send(&first.collect::<Vec<_>>());
    let listed = ledger.list(Kind::SHARE, b"k", b"", 100).await;
    assert!(listed.is_err(), "{listed:?}");
    slot.finish();
    for _try in 0..20 {
        if let Ok(page) = ledger.list(Kind::SHARE, b"k", b"", 100).await {
            assert_eq!(page.keys, names);
            return;
        }
    }
    panic!("the slot does not come to rest");
}
