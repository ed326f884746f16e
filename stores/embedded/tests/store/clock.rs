//! Clocks that jump.

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Account, Kind, Life, Records as _, Verdict};
use milagro_store_embedded::{Settings, init, open};

use crate::common::{at, charge, granted, one, rng, short};

#[tokio::test]
async fn ahead_and_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    assert!(granted(one(&store, at(1000), charge(short(1), 1, 1)).await));
    // A day and a half ahead: nothing is forgotten, nothing is stopped.
    let ahead = at(1000).plus(Seconds::hours(36));
    let later = Life::Span {
        from: Some(ahead),
        until: ahead.plus(Seconds::minutes(10)),
    };
    let later = Account::new(Kind::CHALLENGE, &[9; 32], later);
    assert!(granted(one(&store, ahead, charge(later, 1, 2)).await));
    drop(store);
    let store = open(&path, Settings::default()).unwrap();
    let replay = one(&store, at(1010), charge(short(1), 1, 3)).await;
    assert!(matches!(replay, Verdict::Exhausted { .. }));
    assert!(granted(one(&store, at(1010), charge(short(2), 1, 4)).await));
    // Three days ahead: what was worthless by then is over, for good, and so is a replay of it.
    let ahead = at(1600).plus(Seconds::hours(72));
    let _verdict = one(&store, ahead, charge(later, 1, 5)).await;
    for claim in [1, 6] {
        let verdict = one(&store, at(1010), charge(short(1), 1, claim)).await;
        assert_eq!(verdict, Verdict::Over);
    }
    // Other kinds have a floor of their own.
    let life = Life::Span {
        from: Some(at(1000)),
        until: at(1600),
    };
    let other = Account::new(Kind::ONE_PASS, &[9; 32], life);
    assert!(granted(one(&store, at(1010), charge(other, 1, 7)).await));
}

#[tokio::test]
async fn what_can_have_been_charged_elsewhere_is_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = init(&mut rng(), &path, Settings::default(), at(1000)).unwrap();
    assert_eq!(
        one(&store, at(1000), charge(short(1), 1, 1)).await,
        Verdict::Over
    );
}

#[tokio::test]
async fn records_are_forgotten_two_days_after_their_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    let kind = Kind::new(200);
    for (key, until) in [(b"ends".as_slice(), Some(at(100))), (b"stays", None)] {
        let entry = Entry {
            kind,
            key,
            value: b"value",
            expected: None,
            until,
        };
        assert!(matches!(store.put(entry).await, Ok(Put::Stored(_))));
    }
    let keys: [&[u8]; 2] = [b"ends", b"stays"];
    let kept = |found: Vec<Option<_>>| found.iter().map(Option::is_some).collect::<Vec<_>>();
    let day = Seconds::days(1);
    let _verdict = one(&store, at(0).plus(day), charge(short(1), 1, 1)).await;
    assert_eq!(kept(store.get(kind, &keys).await.unwrap()), [true, true]);
    let _verdict = one(
        &store,
        at(200).plus(Seconds::days(3)),
        charge(short(1), 1, 1),
    )
    .await;
    assert_eq!(kept(store.get(kind, &keys).await.unwrap()), [false, true]);
}
