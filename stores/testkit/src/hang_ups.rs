//! Callers that do not wait for answers.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "for tests, which may panic"
)]

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::{Account, Answer, Charge, Ledger, LedgerId, Unavailable, Usage, Verdict};
use rand_core::Rng as _;
use tokio::time::timeout;

use crate::load::{Kills, ask_all, clock, lasting, one_of_three, rng};

/// A ledger whose callers hang up after a random while: their futures are dropped wherever they stand. A charge that
/// nobody waited for is `Unknown`.
#[derive(Debug)]
pub struct Hasty<L>(pub Arc<L>);

impl<L: Ledger> Hasty<L> {
    async fn wait<T>(&self, answer: Answer<'_, T>) -> Option<T> {
        // Some of the answers come in time, and some do not.
        let longest = Duration::from_micros(u64::from(rng().next_u32() % 60_000));
        timeout(longest, answer).await.ok()
    }
}

impl<L: Ledger> Ledger for Hasty<L> {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move {
            let verdicts = self.wait(self.0.charge(now, charges)).await;
            verdicts.unwrap_or_else(|| vec![Verdict::Unknown; charges.len()])
        })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            let refunded = self.wait(self.0.refund(charges)).await;
            refunded.unwrap_or(Err(Unavailable))
        })
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            let cleared = self.wait(self.0.clear(accounts)).await;
            cleared.unwrap_or(Err(Unavailable))
        })
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(async move {
            let usages = self.wait(self.0.usage(accounts)).await;
            usages.unwrap_or(Err(Unavailable))
        })
    }
}

/// How many questions are answered at least: else callers go on for a minute more, and it is a failure.
const FEW: u32 = 5;

/// Callers hang up in the middle of charges and of questions for five seconds. What they ask again counts once, and no
/// answer is ever another's: not while they hang up, and not afterwards.
///
/// # Panics
/// If not.
pub async fn survive<L: Ledger + 'static>(ledger: Arc<L>) {
    let hasty = Arc::new(Hasty(Arc::clone(&ledger)));
    let over = Instant::now() + Duration::from_secs(5);
    let known = known(&*ledger).await;
    let (answered, last) = (Arc::new(AtomicU32::new(0)), over + Duration::from_secs(60));
    let questions = (0..16).map(|_task| {
        let (hasty, known, answered) = (Arc::clone(&hasty), known.clone(), Arc::clone(&answered));
        tokio::spawn(async move {
            let too_few = || answered.load(Ordering::Relaxed) <= FEW && Instant::now() < last;
            while Instant::now() < over || too_few() {
                let right = right_or_none(&*hasty, &known).await;
                answered.fetch_add(u32::from(right), Ordering::Relaxed);
            }
        })
    });
    let questions: Vec<_> = questions.collect();
    let pause = move || std::thread::sleep(over.saturating_duration_since(Instant::now()));
    let said = Kills::survive(hasty.clone(), pause).await;
    let granted = said.check(&*ledger).await;
    assert!(granted > 5, "only {granted} were granted");
    for task in questions {
        task.await.unwrap();
    }
    let answered = answered.load(Ordering::Relaxed);
    assert!(answered > FEW, "only {answered} were answered");
    for _question in 0..200 {
        assert!(right_or_none(&*ledger, &known).await, "no answer");
    }
}

/// Accounts of which each has come to something else.
async fn known(ledger: &dyn Ledger) -> Vec<(Account, u64)> {
    let now = clock();
    let mut known = Vec::new();
    for name in 0..16_u64 {
        let account = lasting(u64::MAX - name);
        let charges: Vec<Charge> = (0..name)
            .map(|_charge| Charge {
                limit: 100,
                ..one_of_three(account)
            })
            .collect();
        let _granted = ask_all(ledger, now, &charges).await;
        known.push((account, name));
    }
    known
}

/// Asks for one of them. Whether there was an answer.
async fn right_or_none(ledger: &dyn Ledger, known: &[(Account, u64)]) -> bool {
    let place = usize::try_from(rng().next_u32() % 16).unwrap_or_default();
    let (account, used) = known.get(place).unwrap();
    match ledger.usage(&[*account]).await {
        Ok(usages) => {
            let said: Vec<u64> = usages.iter().map(|usage| usage.used).collect();
            assert_eq!(said, [*used], "an answer to another question");
            true
        }
        Err(Unavailable) => false,
    }
}
