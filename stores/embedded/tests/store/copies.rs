//! Copies, older states, other stores under the same name.

use std::fs;
use std::path::Path;

use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Kind, Ledger as _, Records as _, Verdict};
use milagro_store_embedded::{EmbeddedStore, OpenError, Settings, init, look, open, restore};

use crate::common::{at, charge, granted, lasting, one, rng, short};

fn made(path: &Path) -> EmbeddedStore {
    init(&mut rng(), path, Settings::default(), at(0)).unwrap()
}

fn reopened(path: &Path) -> Result<EmbeddedStore, OpenError> {
    open(path, Settings::default())
}

#[tokio::test]
async fn opened_where_it_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = made(&path);
    let id = store.id();
    assert!(granted(one(&store, at(1000), charge(short(1), 1, 1)).await));
    drop(store);
    let store = reopened(&path).unwrap();
    assert_eq!(store.id(), id);
    let spent = one(&store, at(1001), charge(short(1), 1, 2)).await;
    assert!(matches!(spent, Verdict::Exhausted { used: 1, .. }));
    let again = one(&store, at(1001), charge(short(1), 1, 1)).await;
    assert!(matches!(again, Verdict::Granted(grant) if grant.again));
}

#[test]
fn open_never_creates_and_init_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    assert!(matches!(reopened(&path), Err(OpenError::Missing)));
    assert!(!path.exists());
    drop(made(&path));
    let again = init(&mut rng(), &path, Settings::default(), at(0));
    assert!(matches!(again, Err(OpenError::Exists)));
    assert!(reopened(&path).is_ok());
}

#[tokio::test]
async fn looked_at_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    assert!(matches!(look(&path), Err(OpenError::Missing)));
    assert!(!path.exists());
    let store = made(&path);
    assert!(granted(one(&store, at(1000), charge(short(1), 1, 1)).await));
    assert!(granted(one(&store, at(999), charge(short(2), 1, 1)).await));
    assert_eq!(store.latest(), at(1000));
    let id = store.id();
    assert!(matches!(look(&path), Err(OpenError::InUse)));
    drop(store);
    let before = fs::read(&path).unwrap();
    let found = look(&path).unwrap();
    assert_eq!((found.id, found.latest), (id, at(1000)));
    assert_eq!(fs::read(&path).unwrap(), before);
    // An older state, and one without its witness.
    let store = reopened(&path).unwrap();
    assert_eq!(store.latest(), at(1000));
    assert!(granted(one(&store, at(1001), charge(short(3), 1, 1)).await));
    drop(store);
    let after = fs::read(&path).unwrap();
    fs::write(&path, before).unwrap();
    assert!(matches!(look(&path), Err(OpenError::Stale)));
    fs::write(&path, after).unwrap();
    assert!(look(&path).is_ok());
    fs::remove_file(folder.path().join("store.witness")).unwrap();
    assert!(matches!(look(&path), Err(OpenError::Stale)));
    fs::write(&path, b"no store").unwrap();
    assert!(look(&path).is_err());
}

#[test]
fn one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = made(&path);
    assert!(matches!(reopened(&path), Err(OpenError::InUse)));
    drop(store);
    assert!(reopened(&path).is_ok());
}

#[test]
fn a_file_that_is_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    fs::write(&path, b"something else").unwrap();
    assert!(reopened(&path).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"something else");
}

#[tokio::test]
async fn a_copy_that_was_put_back_opens_by_restore_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    let store = made(&path);
    let first = store.id();
    assert!(granted(
        one(&store, at(1000), charge(lasting(1), 5, 1)).await
    ));
    drop(store);
    fs::copy(&path, &copy).unwrap();
    let store = reopened(&path).unwrap();
    assert!(granted(one(&store, at(1100), charge(short(1), 1, 2)).await));
    assert!(granted(
        one(&store, at(1100), charge(lasting(1), 5, 3)).await
    ));
    drop(store);

    fs::copy(&copy, &path).unwrap();
    assert!(matches!(reopened(&path), Err(OpenError::Stale)));
    let store = restore(&mut rng(), &path, Settings::default(), at(1200)).unwrap();
    assert_ne!(store.id(), first);
    // What can have been spent since the copy is over, and guesses that it knows of count as used up.
    assert_eq!(
        one(&store, at(1201), charge(short(1), 1, 4)).await,
        Verdict::Over
    );
    let attempt = one(&store, at(1201), charge(lasting(1), 5, 5)).await;
    assert!(matches!(attempt, Verdict::Exhausted { .. }));
    let id = store.id();
    drop(store);
    assert_eq!(reopened(&path).unwrap().id(), id);
}

#[test]
fn without_its_witness_it_stays_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (path, other) = (folder.path().join("store"), folder.path().join("other"));
    drop(made(&path));
    drop(made(&other));
    let (witness, others) = (
        folder.path().join("store.witness"),
        folder.path().join("other.witness"),
    );
    let kept = fs::read(&witness).unwrap();
    for bad in [fs::read(others).unwrap(), Vec::new(), kept[1..].to_vec()] {
        fs::write(&witness, bad).unwrap();
        assert!(matches!(reopened(&path), Err(OpenError::Stale)));
    }
    fs::remove_file(&witness).unwrap();
    assert!(matches!(reopened(&path), Err(OpenError::Stale)));
    fs::write(&witness, kept).unwrap();
    assert!(reopened(&path).is_ok());
}

/// Writes over the edition that was expected.
async fn put(store: &EmbeddedStore, expected: Option<Version>) -> Version {
    let entry = Entry {
        kind: Kind::new(200),
        key: b"key",
        value: b"value",
        expected,
        until: None,
    };
    let put = store.put(entry).await.unwrap();
    let stored = match put {
        Put::Stored(version) => Some(version),
        Put::Conflict(_) => None,
    };
    stored.unwrap()
}

#[tokio::test]
async fn no_version_comes_twice_after_a_copy_was_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let (path, copy) = (folder.path().join("store"), folder.path().join("copy"));
    let store = made(&path);
    let first = put(&store, None).await;
    drop(store);
    fs::copy(&path, &copy).unwrap();
    let store = reopened(&path).unwrap();
    let mut given = vec![first, put(&store, Some(first)).await];
    given.push(put(&store, given.last().copied()).await);
    drop(store);
    fs::copy(&copy, &path).unwrap();
    let store = restore(&mut rng(), &path, Settings::default(), at(1200)).unwrap();
    // Whoever holds an edition that was lost writes over nothing.
    let mut last = first;
    for _write in 0..3 {
        last = put(&store, Some(last)).await;
        assert!(!given.contains(&last), "{last:?} again");
        given.push(last);
    }
}

#[cfg(unix)]
#[test]
fn its_files_are_its_owners_alone_and_no_link_is_followed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let folder = tempfile::tempdir().unwrap();
    let [path, witness, other] =
        ["store", "store.witness", "other"].map(|name| folder.path().join(name));
    fs::write(&other, b"something else").unwrap();
    symlink(&other, &path).unwrap();
    let made_over = init(&mut rng(), &path, Settings::default(), at(0));
    assert!(matches!(made_over, Err(OpenError::Exists)));
    fs::remove_file(&path).unwrap();
    symlink(&other, &witness).unwrap();
    drop(made(&path));
    assert_eq!(fs::read(&other).unwrap(), b"something else");
    for file in [&path, &witness] {
        let metadata = fs::symlink_metadata(file).unwrap();
        assert!(metadata.is_file());
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
    }
    assert!(reopened(&path).is_ok());
}

#[test]
fn what_could_not_be_made_is_not_in_the_way() {
    let folder = tempfile::tempdir().unwrap();
    let (path, witness) = (
        folder.path().join("store"),
        folder.path().join("store.witness"),
    );
    fs::create_dir(&witness).unwrap();
    let failed = init(&mut rng(), &path, Settings::default(), at(0));
    assert!(matches!(failed, Err(OpenError::Io(_))));
    fs::remove_dir(&witness).unwrap();
    drop(made(&path));
    assert!(reopened(&path).is_ok());
}
