//! Room: how much there is, and what happens when there is none.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Kind, Ledger as _, Records as _, Verdict};
use milagro_store_embedded::{Settings, init, open};

use crate::common::{at, charge, granted, lasting, one, rng, short};

#[tokio::test]
async fn full_is_an_answer_and_known_accounts_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        accounts: 2,
        ..Settings::default()
    };
    let store = init(&mut rng(), &folder.path().join("store"), settings, at(0)).unwrap();
    assert!(granted(
        one(&store, at(1000), charge(lasting(1), 3, 1)).await
    ));
    assert!(granted(one(&store, at(1000), charge(short(2), 3, 1)).await));
    let full = one(&store, at(1000), charge(short(3), 3, 1)).await;
    assert_eq!(full, Verdict::Full);
    assert!(granted(one(&store, at(1000), charge(short(2), 3, 2)).await));
    // What was given back whole makes room, and so does what was cleared.
    let charges = [charge(short(2), 3, 1), charge(short(2), 3, 2)];
    store.refund(&charges).await.unwrap();
    assert!(granted(one(&store, at(1000), charge(short(3), 3, 1)).await));
    store.clear(&[lasting(1), short(3)]).await.unwrap();
    assert!(granted(one(&store, at(1000), charge(short(4), 3, 1)).await));
    let spent = store.usage(&[short(3), lasting(1)]).await.unwrap();
    assert_eq!([spent[0].used, spent[1].used], [1, 0]);
    // A day that is over makes room by itself.
    let later = at(1600).plus(Seconds::days(4));
    let _over = one(&store, later, charge(short(4), 3, 9)).await;
    assert!(granted(one(&store, later, charge(lasting(7), 3, 1)).await));
    assert!(granted(one(&store, later, charge(lasting(8), 3, 1)).await));
}

/// More records than one commit forgets are over on one day, and then the store is quiet for the day.
#[tokio::test]
async fn records_that_are_over_go_however_many_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = Arc::new(init(&mut rng(), &path, Settings::default(), at(0)).unwrap());
    let count = 9_500_u32;
    let mut puts = tokio::task::JoinSet::new();
    for number in 0..count {
        let store = Arc::clone(&store);
        puts.spawn(async move {
            let entry = Entry {
                kind: Kind::new(200),
                key: &number.to_be_bytes(),
                value: b"value",
                expected: None,
                until: Some(at(1600)),
            };
            store.put(entry).await.unwrap()
        });
    }
    let stored = puts.join_all().await;
    assert!(stored.iter().all(|put| matches!(put, Put::Stored(_))));
    let later = at(1600).plus(Seconds::days(4));
    // The first call of the day takes some of them along, each after it some more, and a restart forgets nothing of that.
    assert!(granted(one(&store, later, charge(lasting(1), 9, 1)).await));
    drop(store);
    let store = open(&path, Settings::default()).unwrap();
    for claim in 2..4 {
        assert!(granted(
            one(&store, later, charge(lasting(1), 9, claim)).await
        ));
    }
    let left = store.list(Kind::new(200), b"", b"", 9).await.unwrap();
    assert_eq!((left.keys.len(), left.more), (0, false));
}
