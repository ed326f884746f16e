//! Room: how much there is, and what happens when there is none.

use milagro_base::Seconds;
use milagro_ledger::{Ledger as _, Verdict};
use milagro_store_embedded::{Settings, init};

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
