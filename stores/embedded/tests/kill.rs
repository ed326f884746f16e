//! A process that is killed at a random moment forgets nothing that it has granted, and grants nothing twice.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

extern crate alloc;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use milagro_ledger::rand_core::Rng as _;
use milagro_ledger::{Ledger as _, Verdict};
use milagro_store_embedded::{OpenError, Settings, init, open};

use crate::common::{at, charge, lasting, rng};

#[path = "store/common.rs"]
mod common;

/// How many times a process is killed, unless `MILAGRO_KILLS` says otherwise.
const KILLS: u64 = 3;
/// Where the child finds its store.
const STORE: &str = "MILAGRO_TEST_STORE";
/// What number the child's claims begin with.
const FIRST: &str = "MILAGRO_TEST_FIRST";
const LIMIT: u64 = 3;
const TASKS: u64 = 16;

/// What is charged under a claim: every account is asked for five times.
const fn account(claim: u64) -> u64 {
    claim / 5
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// Charges until it is killed, and prints every claim that was granted, with what its account had come to.
#[test]
fn child() {
    let (Ok(path), Some(first)) = (std::env::var(STORE), number(FIRST)) else {
        return;
    };
    let store = Arc::new(open(Path::new(&path), Settings::default()).unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    for claim in (first + task..).step_by(16) {
                        let charge = charge(lasting(account(claim)), LIMIT, claim);
                        let verdict = store.charge(at(1000), &[charge]).await[0];
                        if let Verdict::Granted(grant) = verdict {
                            let mut out = std::io::stdout().lock();
                            writeln!(out, "granted {claim} {}", grant.used).unwrap();
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

fn start(path: &Path, first: u64) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child", "--nocapture"])
        .env(STORE, path)
        .env(FIRST, first.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// The claims that a child printed before it was killed, each with what its account had come to; a line that was cut off
/// does not count.
fn printed(child: &mut Child) -> BTreeMap<u64, u64> {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut claims = BTreeMap::new();
    let mut line = String::new();
    while out.read_line(&mut line).unwrap() > 0 {
        let claim = line
            .strip_suffix('\n')
            .and_then(|line| line.strip_prefix("granted "));
        if let Some((claim, used)) = claim.and_then(|claim| claim.split_once(' ')) {
            claims.insert(claim.parse().unwrap(), used.parse().unwrap());
        }
        line.clear();
    }
    claims
}

#[test]
fn a_second_process_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(init(&mut rng(), &path, Settings::default(), at(0)).unwrap());
    let mut child = start(&path, 0);
    // It has the store open as soon as it grants something.
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.starts_with("granted ") {
        line.clear();
        assert!(out.read_line(&mut line).unwrap() > 0);
    }
    let opened = open(&path, Settings::default());
    assert!(matches!(opened, Err(OpenError::InUse)), "{opened:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(open(&path, Settings::default()).is_ok());
}

#[test]
fn a_killed_process_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    drop(init(&mut rng(), &path, Settings::default(), at(0)).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (mut first, mut seen) = (0, 0);
    for _ in 0..number("MILAGRO_KILLS").unwrap_or(KILLS) {
        let mut child = start(&path, first);
        std::thread::sleep(Duration::from_millis(
            150 + u64::from(rng().next_u32() % 250),
        ));
        child.kill().unwrap();
        child.wait().unwrap();
        let claims = printed(&mut child);
        seen += claims.len();
        let mut counts = BTreeMap::<u64, u64>::new();
        for claim in claims.keys() {
            *counts.entry(account(*claim)).or_default() += 1;
        }
        let store = open(&path, Settings::default()).unwrap();
        runtime.block_on(async {
            let again = |claim: &u64| charge(lasting(account(*claim)), LIMIT, *claim);
            let again: Vec<_> = claims.keys().map(again).collect();
            let verdicts = store.charge(at(1001), &again).await;
            for ((claim, used), verdict) in claims.iter().zip(verdicts) {
                let alike = matches!(verdict, Verdict::Granted(grant) if grant.again && grant.used == *used);
                assert!(alike, "claim {claim} was granted as {used} and is {verdict:?} now");
            }
            let accounts: Vec<_> = counts.keys().map(|account| lasting(*account)).collect();
            let usages = store.usage(&accounts).await.unwrap();
            for (count, usage) in counts.values().zip(usages) {
                assert!(*count <= usage.used && usage.used <= LIMIT);
            }
        });
        first = claims
            .keys()
            .max()
            .map_or(first, |claim| 5 * (claim / 5 + 100));
    }
    assert!(seen > 0, "the child granted nothing before it was killed");
    writeln!(std::io::stdout(), "{seen} granted before a kill").unwrap();
}
