//! Logins that wait for each other and are checked together.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Mutex, PoisonError};

use milagro_ledger::{Ledger, Paid, Unspent};
use milagro_mpin::Verifier;
use milagro_mpin::server::{Admitted, Authenticated, BatchVerifier, Rejected};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Busy, Effects, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::time::{Instant, timeout_at};

type Verdict = Result<Unspent<Authenticated>, Rejected>;

/// How logins wait.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Waiting {
    /// Most logins at once, from the charge of their attempt to their end.
    pub logins: usize,
    /// Most in one batch.
    pub batch: usize,
    /// How many batches are checked at once, at most.
    pub batches: usize,
    /// How long the first of a batch waits for others.
    pub time: Duration,
}

impl Default for Waiting {
    /// 1,024 logins, 64 in a batch, two batches, 2 ms.
    fn default() -> Self {
        Self {
            logins: 1024,
            batch: 64,
            batches: 2,
            time: Duration::from_millis(2),
        }
    }
}

/// A login's place, held until it ends.
#[must_use]
pub(crate) struct Place(OwnedSemaphorePermit);

/// Where logins wait.
pub(crate) struct Queue {
    places: Arc<Semaphore>,
    all: usize,
    line: mpsc::UnboundedSender<One>,
    checked: Arc<AtomicU64>,
}

milagro_base::opaque_debug!(Queue, Place);

struct One {
    paid: Paid<Admitted>,
    answer: oneshot::Sender<Result<Verdict, Busy>>,
}

/// What checks need.
pub(crate) struct Tools {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) ledger: Arc<dyn Ledger>,
    pub(crate) pool: Pool,
    pub(crate) effects: Effects,
}

impl Queue {
    /// Begins to check, in a task that ends with the queue.
    pub(crate) fn begin(tools: Tools, waiting: Waiting) -> Self {
        let (line, coming) = mpsc::unbounded_channel();
        let all = waiting.logins.clamp(1, 1 << 20);
        let checked = Arc::new(AtomicU64::new(0));
        tokio::spawn(gather(tools, waiting, coming, Arc::clone(&checked)));
        Self {
            places: Arc::new(Semaphore::new(all)),
            all,
            line,
            checked,
        }
    }

    /// A place, before anything is charged.
    ///
    /// # Errors
    /// [`ProblemType::Busy`] if there is none.
    pub(crate) fn enter(&self) -> Result<Place, Problem> {
        let place = Arc::clone(&self.places).try_acquire_owned();
        place.map(Place).map_err(|_| Busy::Full.into())
    }

    /// The verdict on a login whose attempt is paid. If nothing was checked, the attempt is given back.
    ///
    /// # Errors
    /// [`ProblemType::Busy`], [`ProblemType::Internal`].
    pub(crate) async fn check(
        &self,
        place: &Place,
        paid: Paid<Admitted>,
    ) -> Result<Verdict, Problem> {
        debug_assert_eq!(place.0.num_permits(), 1);
        let (answer, answered) = oneshot::channel();
        let lost = || ProblemType::Internal.problem();
        self.line.send(One { paid, answer }).map_err(|_| lost())?;
        let verdict = answered.await.map_err(|_| lost())?;
        verdict.map_err(Problem::from)
    }

    /// Waits until no login is on its way; no other gets in meanwhile.
    pub(crate) async fn drain(&self) {
        let all = u32::try_from(self.all).unwrap_or(u32::MAX);
        let _closed = self.places.acquire_many(all).await;
    }

    /// How many logins are on their way.
    #[cfg(test)]
    pub(crate) fn entered(&self) -> usize {
        self.all - self.places.available_permits()
    }

    /// Counts a check that was made beside the batches, for whoever has a place.
    pub(crate) fn count_one(&self, place: &Place, counter: &'static str) {
        debug_assert_eq!(place.0.num_permits(), 1);
        self.checked.fetch_add(1, Ordering::Relaxed);
        metrics::counter!(counter).increment(1);
    }

    /// How many logins were checked: for how many anything of the curve was computed.
    pub(crate) fn checked(&self) -> u64 {
        self.checked.load(Ordering::Relaxed)
    }
}

async fn gather(
    tools: Tools,
    waiting: Waiting,
    mut coming: mpsc::UnboundedReceiver<One>,
    checked: Arc<AtomicU64>,
) {
    let tools = Arc::new(tools);
    let most = waiting.batch.max(1);
    let (idle, mut free) = mpsc::unbounded_channel();
    for _ in 0..waiting.batches.clamp(1, 256) {
        let _open = idle.send(BatchVerifier::new(Arc::clone(&tools.verifier)));
    }
    while let Some(first) = coming.recv().await {
        let ready = Instant::now() + waiting.time;
        let mut batch = vec![first];
        let Some(verifier) = free.recv().await else {
            return;
        };
        while batch.len() < most {
            match timeout_at(ready, coming.recv()).await {
                Ok(Some(one)) => batch.push(one),
                Ok(None) | Err(_) => break,
            }
        }
        // What came while all verifiers were at work is there at once, also after the time.
        while batch.len() < most {
            match coming.try_recv() {
                Ok(one) => batch.push(one),
                Err(_) => break,
            }
        }
        let (tools, idle, checked) = (Arc::clone(&tools), idle.clone(), Arc::clone(&checked));
        tokio::spawn(async move {
            let back = check(&tools, verifier, batch, &checked).await;
            let _ended = idle.send(back);
        });
    }
}

/// Checks a batch, and returns the verifier, which has learnt from it.
async fn check(
    tools: &Tools,
    verifier: BatchVerifier,
    batch: Vec<One>,
    checked: &AtomicU64,
) -> BatchVerifier {
    let (mut papers, mut answers) = (Vec::new(), Vec::new());
    for one in batch {
        papers.push(one.paid);
        answers.push(one.answer);
    }
    let many = u64::try_from(papers.len()).unwrap_or(u64::MAX);
    // What the pool does not take comes back.
    let desk = Arc::new(Mutex::new(Some((verifier, papers))));
    let (work, effects) = (Arc::clone(&desk), tools.effects.clone());
    let work = move || {
        let taken = work.lock().unwrap_or_else(PoisonError::into_inner).take();
        let (mut verifier, papers) = taken?;
        let now = effects.now();
        let verdicts = verifier.check_all(&mut *effects.rng(), papers, now);
        Some((verifier, verdicts))
    };
    let done = tools.pool.run(work).await;
    let left = desk.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (done, left) {
        (Ok(Some((verifier, verdicts))), _) => {
            checked.fetch_add(many, Ordering::Relaxed);
            metrics::counter!("milagro_logins_checked_total").increment(many);
            metrics::counter!("milagro_login_batches_total").increment(1);
            for (answer, verdict) in answers.into_iter().zip(verdicts) {
                // Nobody waits any more where the runtime ends.
                let _ended = answer.send(Ok(verdict));
            }
            verifier
        }
        (_, Some((verifier, papers))) => {
            for (paid, answer) in papers.into_iter().zip(answers) {
                paid.give_back(&*tools.ledger).await;
                let _ended = answer.send(Err(Busy::Full));
            }
            verifier
        }
        // It panicked: the attempts stay counted, since they may have been checked.
        (_, None) => BatchVerifier::new(Arc::clone(&tools.verifier)),
    }
}
