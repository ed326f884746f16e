//! The store of challenges: bounded, single use, also under threads.

use core::sync::atomic::{AtomicUsize, Ordering};

use crate::server::store::{ChallengeStore as _, MemoryChallengeStore, Taken};

fn nonce(i: u32) -> [u8; 32] {
    let mut nonce = [0; 32];
    nonce[..4].copy_from_slice(&i.to_be_bytes());
    nonce
}

#[test]
fn the_oldest_goes_when_the_store_is_full() {
    let store = MemoryChallengeStore::new(3);
    for i in 0..5 {
        store.insert(nonce(i), 10);
    }
    assert_eq!(store.len(), 3);
    let taken = [0, 1, 2, 3, 4].map(|i| store.take(&nonce(i), 0));
    let (fresh, unknown) = (Taken::Fresh, Taken::Unknown);
    assert_eq!(taken, [unknown, unknown, fresh, fresh, fresh]);
    assert!(store.is_empty());
}

#[test]
fn a_million_half_open_logins_stay_within_the_bound() {
    let store = MemoryChallengeStore::new(1000);
    for i in 0..1_000_000 {
        store.insert(nonce(i), 10);
    }
    assert_eq!(store.len(), 1000);
    assert_eq!(store.take(&nonce(0), 0), Taken::Unknown);
    assert_eq!(store.take(&nonce(999_999), 0), Taken::Fresh);
}

#[test]
fn a_store_without_room_has_room_for_one() {
    let store = MemoryChallengeStore::new(0);
    store.insert(nonce(1), 10);
    assert_eq!(store.take(&nonce(1), 9), Taken::Fresh);
    store.insert(nonce(1), 10);
    assert_eq!(store.take(&nonce(1), 10), Taken::Expired);
    assert_eq!(store.take(&nonce(1), 0), Taken::Unknown);
}

#[test]
fn one_nonce_one_thread() {
    let store = MemoryChallengeStore::new(100);
    let wins = AtomicUsize::new(0);
    for i in 0..100 {
        store.insert(nonce(i), 10);
    }
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for i in 0..100 {
                    if store.take(&nonce(i), 0) == Taken::Fresh {
                        wins.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(wins.into_inner(), 100);
}
