//! Many who wait share a commit.

use alloc::sync::Arc;

use milagro_ledger::{Ledger as _, Verdict};
use milagro_store_embedded::{Settings, init};

use crate::common::{at, charge, granted, lasting, rng, short};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_share_commits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..50 {
                    let number = 1000 * task + number;
                    let charge = charge(short(number), 1, number);
                    assert!(granted(store.charge(at(1000), &[charge]).await[0]));
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let counters = store.counters();
    assert_eq!(counters.charges(), 64 * 50);
    // At most one commit for 32 charges.
    assert!(
        counters.commits() * 32 <= counters.charges(),
        "{} commits",
        counters.commits()
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn exactly_three_of_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = init(&mut rng(), &path, Settings::default(), at(0)).unwrap();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let charges: Vec<_> = (0..100)
                    .map(|account| charge(lasting(account), 3, 1000 * task + account))
                    .collect();
                let verdicts = store.charge(at(1000), &charges).await;
                verdicts.into_iter().map(granted).collect::<Vec<_>>()
            })
        })
        .collect();
    let mut counts = vec![0; 100];
    for task in tasks {
        for (count, granted) in counts.iter_mut().zip(task.await.unwrap()) {
            *count += u32::from(granted);
        }
    }
    assert_eq!(counts, vec![3; 100]);
}

#[tokio::test]
async fn a_full_queue_answers_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings {
        waiting: 1,
        ..Settings::default()
    };
    let store = init(&mut rng(), &folder.path().join("store"), settings, at(0)).unwrap();
    let charges: Vec<_> = (0..300).map(|n| charge(short(n), 1, n)).collect();
    let mut unknown = Vec::new();
    let mut waiting = Vec::new();
    for charge in &charges {
        waiting.push(store.charge(at(1000), core::slice::from_ref(charge)));
    }
    // The queue holds one while the disk works, so of 300 at once most are refused.
    let verdicts = {
        let mut verdicts = Vec::new();
        let tasks = all_at_once(waiting).await;
        verdicts.extend(tasks);
        verdicts
    };
    for (charge, verdict) in charges.iter().zip(verdicts) {
        match verdict {
            Verdict::Unknown => unknown.push(*charge),
            verdict => assert!(granted(verdict)),
        }
    }
    assert!(!unknown.is_empty());
    // Asked again with the same claims, each is granted.
    for charge in &unknown {
        assert!(granted(store.charge(at(1000), &[*charge]).await[0]));
    }
}

/// Polls all once before waiting for any.
async fn all_at_once(mut waiting: Vec<milagro_ledger::Answer<'_, Vec<Verdict>>>) -> Vec<Verdict> {
    use core::future::poll_fn;
    use core::task::Poll;
    let mut verdicts = vec![None; waiting.len()];
    poll_fn(|context| {
        let mut pending = false;
        for (future, verdict) in waiting.iter_mut().zip(&mut verdicts) {
            if verdict.is_some() {
                continue;
            }
            match future.as_mut().poll(context) {
                Poll::Ready(answer) => *verdict = answer.first().copied(),
                Poll::Pending => pending = true,
            }
        }
        if pending {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    verdicts.into_iter().flatten().collect()
}
