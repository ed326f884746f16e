//! A disk that is full: an error, and nothing lost. Needs a small file system of its own: `MILAGRO_SMALL_DISK` names a
//! folder on one (`.ci/run stores` mounts it); without it nothing is tried.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

use std::fs;
use std::path::PathBuf;

use milagro_ledger::{Charge, Ledger as _, Verdict};
use milagro_store_embedded::{Settings, init, open};

use crate::common::{at, charge, granted, rng, short};

#[path = "store/common.rs"]
mod common;

#[tokio::test]
async fn full_disk_is_an_error_and_the_store_goes_on() {
    let Ok(folder) = std::env::var("MILAGRO_SMALL_DISK") else {
        assert!(
            std::env::var("MILAGRO_REQUIRE_STORES").is_err(),
            "MILAGRO_SMALL_DISK is not set"
        );
        return;
    };
    let folder = PathBuf::from(folder);
    let (path, ballast) = (folder.join("store"), folder.join("ballast"));
    fs::write(&ballast, vec![0; 4 << 20]).unwrap();
    let store = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    let batch = |first: u64| -> Vec<Charge> {
        (first..first + 512)
            .map(|n| charge(short(n), 1, n))
            .collect()
    };
    let mut done = Vec::new();
    let mut next = 0;
    let refused = loop {
        let charges = batch(next);
        let verdicts = store.charge(at(1000), &charges).await;
        if verdicts.contains(&Verdict::Unknown) {
            assert!(verdicts.iter().all(|verdict| *verdict == Verdict::Unknown));
            break charges;
        }
        assert!(verdicts.into_iter().all(granted));
        done.extend(charges);
        next += 512;
        assert!(next < 1_000_000, "the disk is not small");
    };
    assert!(store.counters().failures() > 0);
    fs::remove_file(&ballast).unwrap();
    // There is room again: asked again, all is granted, and nothing that was is forgotten.
    assert!(
        store
            .charge(at(1001), &refused)
            .await
            .into_iter()
            .all(granted)
    );
    drop(store);
    let store = open(&path, Settings::default()).unwrap();
    for charges in done.chunks(512) {
        for verdict in store.charge(at(1002), charges).await {
            assert!(matches!(verdict, Verdict::Granted(grant) if grant.again));
        }
    }
}
