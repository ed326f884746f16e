//! The rights that README.md names are enough.

use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Kind, Ledger as _, Records as _};
use milagro_store_redis::Redis;
use milagro_store_testkit::load::{self, clock, is_new, lasting, one_of_three, rng};
use milagro_store_testkit::redis::Redis as Server;

use crate::harness::{init, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs Redis"]
async fn a_user_needs_the_commands_that_the_readme_names() {
    let readme = include_str!("../../README.md");
    let line = readme
        .lines()
        .find_map(|line| line.strip_prefix("ACL SETUSER "));
    let words: Vec<&str> = line.unwrap().split_whitespace().collect();
    let server = Server::start(&[]).unwrap();
    server
        .command(&[&["ACL", "SETUSER"], &words[..]].concat())
        .unwrap();
    let url = server.url().replace("//", "//milagro:SECRET@");
    let ledger = init(settings(&url)).await;
    let charge = one_of_three(lasting(1));
    assert!(is_new(load::ask(&ledger, clock(), charge).await));
    ledger.refund(&[charge]).await.unwrap();
    ledger.clear(&[charge.account]).await.unwrap();
    assert_eq!(ledger.usage(&[charge.account]).await.unwrap()[0].used, 0);
    let entry = Entry {
        kind: Kind::SHARE,
        key: b"key",
        value: b"value",
        expected: None,
        until: None,
    };
    let Put::Stored(version) = ledger.put(entry).await.unwrap() else {
        panic!("there is nothing yet");
    };
    assert_eq!(
        ledger.list(Kind::SHARE, b"", b"", 10).await.unwrap().keys,
        [b"key"]
    );
    assert!(ledger.get(Kind::SHARE, &[b"key"]).await.unwrap()[0].is_some());
    let deleted = ledger.delete(Kind::SHARE, b"key", version).await;
    assert_eq!(deleted, Ok(Put::Stored(version)));
    drop(ledger);
    assert!(Redis::open(settings(&url)).await.is_ok());
    let restored = Redis::restore(&mut rng(), settings(&url), clock()).await;
    assert!(restored.is_ok(), "{restored:?}");
}
