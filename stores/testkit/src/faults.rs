//! Servers that go away, and disks that are full.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "for tests, which may panic"
)]

use alloc::sync::Arc;
use core::time::Duration;
use std::time::Instant;

use milagro_ledger::{Account, Charge, Ledger, Usage, Verdict};

use tokio::time::timeout;

use crate::load::{ask, ask_all, clock, is_new, one_of_three, span};

/// Who waits for so long waits for ever: far longer than the patience of any store here, since the machine may be busy.
const STUCK: Duration = Duration::from_secs(60);

/// A server goes away for five seconds: until it is back all is `Unknown`, for every task; then all goes on, with
/// the same claims.
///
/// # Panics
/// If not.
pub async fn absence(
    ledger: Arc<dyn Ledger>,
    go: impl FnOnce() + Send + 'static,
    come_back: impl FnOnce() + Send + 'static,
) {
    let now = clock();
    let accounts: Vec<Account> = (0..32).map(|name| span(now, 1_000_000 + name)).collect();
    let charges: Vec<Charge> = accounts
        .iter()
        .map(|account| one_of_three(*account))
        .collect();
    let warm = ask(&*ledger, now, one_of_three(span(now, 999_999))).await;
    assert!(is_new(warm), "{warm:?}");
    tokio::task::spawn_blocking(go).await.unwrap();
    let gone = Instant::now();
    while gone.elapsed() < Duration::from_secs(5) {
        let asked = charges.iter().map(|charge| {
            let (ledger, charge) = (Arc::clone(&ledger), *charge);
            tokio::spawn(async move { ledger.charge(now, &[charge]).await })
        });
        let asked = asked.collect::<Vec<_>>();
        for task in asked {
            let Ok(answer) = timeout(STUCK, task).await else {
                panic!("stuck for {STUCK:?}");
            };
            assert_eq!(answer.unwrap(), [Verdict::Unknown]);
        }
    }
    tokio::task::spawn_blocking(come_back).await.unwrap();
    for charge in &charges {
        let verdict = ask(&*ledger, now, *charge).await;
        assert!(
            matches!(verdict, Verdict::Granted(grant) if grant.used == 1),
            "{verdict:?}"
        );
    }
    let once = Usage {
        used: 1,
        last: Some(now),
    };
    assert_eq!(
        ledger.usage(&accounts).await.unwrap(),
        vec![once; accounts.len()]
    );
}

/// Charges until there is no room, has somebody make room, and goes on: what was granted is known, and what was refused
/// can be granted now. How many were granted before there was no room.
///
/// # Panics
/// If not.
pub async fn full_disk(
    ledger: Arc<dyn Ledger>,
    make_room: impl FnOnce() + Send + 'static,
) -> usize {
    let now = clock();
    let mut granted = Vec::new();
    let mut refused = Vec::new();
    let mut next = 0_u64;
    while refused.len() < 3 {
        let batch: Vec<Charge> = (next..next + 512)
            .map(|name| one_of_three(span(now, name)))
            .collect();
        next += 512;
        let verdicts = ledger.charge(now, &batch).await;
        if verdicts.iter().all(|verdict| is_new(*verdict)) {
            granted.push(batch);
        } else {
            let known = |verdict: &Verdict| {
                is_new(*verdict) || matches!(verdict, Verdict::Full | Verdict::Unknown)
            };
            assert!(verdicts.iter().all(known), "{verdicts:?}");
            refused.push(batch);
        }
        assert!(next < 4_000_000, "the disk is not small");
    }
    tokio::task::spawn_blocking(make_room).await.unwrap();
    for batch in granted.iter().chain(&refused) {
        for verdict in ask_all(&*ledger, now, batch).await {
            assert!(
                matches!(verdict, Verdict::Granted(grant) if grant.used == 1),
                "{verdict:?}"
            );
        }
    }
    for batch in &granted {
        for verdict in ask_all(&*ledger, now, batch).await {
            assert!(
                matches!(verdict, Verdict::Granted(grant) if grant.again),
                "{verdict:?}"
            );
        }
    }
    granted.len() * 512
}
