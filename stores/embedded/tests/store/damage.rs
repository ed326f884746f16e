//! Files that are cut, changed or copied by somebody else: an error or a store that is right, and never a panic.

use alloc::sync::Arc;
use core::time::Duration;
use std::fs;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use milagro_base::Seconds;
use milagro_ledger::rand_core::Rng as _;
use milagro_ledger::{Charge, Ledger as _, Verdict};
use milagro_store_embedded::{EmbeddedStore, OpenError, Settings, init, open, restore};
use milagro_store_testkit::{hang_ups, load};

use crate::common::{at, charge, granted, lasting, rng, short};

fn made(path: &Path) -> EmbeddedStore {
    init(&mut rng(), path, Settings::default(), at(0)).unwrap()
}

fn charges(first: u64) -> Vec<Charge> {
    (first..first + 200)
        .map(|number| charge(lasting(number), 1, number))
        .collect()
}

/// A store with 200 accounts that are used up.
async fn used_up(path: &Path) {
    let store = made(path);
    assert!(
        store
            .charge(at(1000), &charges(0))
            .await
            .into_iter()
            .all(granted)
    );
}

/// What a damaged store says of charges that were granted: that they were, or nothing.
async fn known_or_unknown(store: &EmbeddedStore) {
    for verdict in store.charge(at(1001), &charges(0)).await {
        let known = matches!(verdict, Verdict::Granted(grant) if grant.again);
        assert!(known || verdict == Verdict::Unknown, "{verdict:?}");
    }
}

#[tokio::test]
async fn cut_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    used_up(&path).await;
    let whole = fs::read(&path).unwrap();
    for part in 0..40 {
        let length = whole.len() * part / 40 + part;
        fs::write(&path, &whole[..length.min(whole.len() - 1)]).unwrap();
        if let Ok(store) = open(&path, Settings::default()) {
            known_or_unknown(&store).await;
        }
    }
    fs::write(&path, &whole).unwrap();
    let store = open(&path, Settings::default()).unwrap();
    known_or_unknown(&store).await;
}

#[tokio::test]
async fn changed_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    used_up(&path).await;
    let whole = fs::read(&path).unwrap();
    let witness = folder.path().join("store.witness");
    let seen = fs::read(&witness).unwrap();
    let mut refused = 0;
    for _change in 0..60 {
        let mut changed = whole.clone();
        // A sector that was lost, where something was.
        let place = loop {
            let place = usize::try_from(rng().next_u64()).unwrap_or_default() % whole.len() / 512;
            if whole[place * 512..][..512].iter().any(|byte| *byte != 0) {
                break place;
            }
        };
        for byte in &mut changed[place * 512..][..512] {
            *byte = !*byte;
        }
        fs::write(&path, &changed).unwrap();
        fs::write(&witness, &seen).unwrap();
        match open(&path, Settings::default()) {
            Ok(store) => known_or_unknown(&store).await,
            Err(OpenError::NotAStore | OpenError::Storage(_) | OpenError::Stale) => refused += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(refused > 0);
}

/// Somebody cuts the file under a store that is open.
#[tokio::test]
async fn cut_while_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    used_up(&path).await;
    let small = Settings {
        cache: 0,
        ..Settings::default()
    };
    let store = open(&path, small).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(8192).unwrap();
    known_or_unknown(&store).await;
    drop(store);
    assert!(open(&path, small).is_err());
}

/// A copy that is taken while the store writes does not open, and restores to something that is right or not at all.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copied_while_open() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    let store = Arc::new(made(&path));
    let writing = Arc::clone(&store);
    let writer = tokio::spawn(async move {
        for round in 0..60 {
            let verdicts = writing.charge(at(1000), &charges(200 * round)).await;
            assert!(verdicts.into_iter().all(granted));
        }
    });
    while !writer.is_finished() {
        fs::copy(&path, &copy).unwrap();
        let _witness = fs::remove_file(folder.path().join("copy.witness"));
        assert!(open(&copy, Settings::default()).is_err());
        let restored = tokio::task::block_in_place(|| {
            restore(&mut rng(), &copy, Settings::default(), at(1000))
        });
        if let Ok(restored) = restored {
            let verdict = restored.charge(at(1001), &[charge(short(1), 1, 1)]).await;
            assert_eq!(verdict, [Verdict::Over]);
        }
    }
    writer.await.unwrap();
}

/// Another file takes the name of one that is open: what was granted is not in it, and it does not open.
#[tokio::test]
async fn replaced_while_open() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    used_up(&path).await;
    fs::copy(&path, &copy).unwrap();
    let store = open(&path, Settings::default()).unwrap();
    assert!(
        store
            .charge(at(1000), &charges(200))
            .await
            .into_iter()
            .all(granted)
    );
    fs::rename(&copy, &path).unwrap();
    let _answer = store.charge(at(1000), &charges(400)).await;
    drop(store);
    let opened = open(&path, Settings::default());
    assert!(matches!(opened, Err(OpenError::Stale)), "{opened:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_that_hang_up() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let born = load::clock().minus(Seconds::hours(1));
    let ledger = init(&mut rng(), &path, Settings::default(), born).unwrap();
    hang_ups::survive(Arc::new(ledger)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_of_thirty_thousand() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let ledger = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    // Its accounts are lasting, so it does not matter that this ledger's birth is to come.
    load::big_batch(&ledger).await;
}

/// All tasks are stopped in the middle of a commit that serves them, and the store is dropped behind them.
#[test]
fn shut_down_in_the_middle_of_a_commit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(made(&path));
    let told = Arc::new(std::sync::Mutex::new(Vec::new()));
    for round in 0..10_u64 {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let store = Arc::new(open(&path, Settings::default()).unwrap());
        for task in 0..64 {
            let (store, told) = (Arc::clone(&store), Arc::clone(&told));
            runtime.spawn(async move {
                for number in (task..).step_by(64).map(|number| (round << 32) + number) {
                    let charge = charge(lasting(number), 1, number);
                    if granted(store.charge(at(1000), &[charge]).await[0]) {
                        told.lock().unwrap().push(charge);
                    }
                }
            });
        }
        // However slow the disk is, some have been told by then.
        let before = told.lock().unwrap().len();
        while told.lock().unwrap().len() <= before {
            std::thread::sleep(Duration::from_millis(3));
        }
        std::thread::sleep(Duration::from_millis(10));
        runtime.shutdown_timeout(Duration::from_secs(10));
        // The last holder waits for the thread, so the file is free when it is gone.
        drop(Arc::into_inner(store).unwrap());
    }
    let store = open(&path, Settings::default()).unwrap();
    let told = told.lock().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for verdict in runtime.block_on(store.charge(at(1001), &told)) {
        assert!(
            matches!(verdict, Verdict::Granted(grant) if grant.again),
            "{verdict:?}"
        );
    }
    assert!(told.len() >= 10);
}

/// The bytes of an account that are no account: nothing is known of it, and nothing is granted.
#[tokio::test]
async fn overwritten_with_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    used_up(&path).await;
    let whole = fs::read(&path).unwrap();
    let store = open(&path, Settings::default()).unwrap();
    assert!(
        store
            .charge(at(1000), &charges(200))
            .await
            .into_iter()
            .all(granted)
    );
    // An older state is written over the file that is open.
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&whole, 0).unwrap();
    drop(file);
    let _answer = store.charge(at(1000), &charges(400)).await;
    drop(store);
    if let Ok(store) = open(&path, Settings::default()) {
        known_or_unknown(&store).await;
    }
}
