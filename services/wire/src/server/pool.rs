//! Work that computes, beside the reactor.

use alloc::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::{Problem, ProblemType};

/// Threads that compute, and a queue in front of them, both bounded.
#[derive(Clone, Debug)]
pub struct Pool {
    /// One permit for each that computes or waits.
    admitted: Arc<Semaphore>,
    /// One permit for each that computes.
    working: Arc<Semaphore>,
    threads: usize,
}

/// The queue is full, or the work did not come to an end.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Busy {
    /// The queue is full.
    Full,
    /// The work panicked.
    Lost,
}

impl Pool {
    /// So many threads at most, and so many that wait for one.
    #[must_use]
    pub fn new(threads: usize, waiting: usize) -> Self {
        let threads = threads.clamp(1, Semaphore::MAX_PERMITS / 2);
        let waiting = waiting.min(Semaphore::MAX_PERMITS / 2);
        Self {
            admitted: Arc::new(Semaphore::new(threads.saturating_add(waiting))),
            working: Arc::new(Semaphore::new(threads)),
            threads,
        }
    }

    /// How many threads compute at most: for whoever makes work of what waits elsewhere.
    #[must_use]
    pub const fn threads(&self) -> usize {
        self.threads
    }

    /// Runs work on a thread that may compute. Whoever drops the future while the work waits has not begun it; work that
    /// has begun runs to its end, and holds its place until then.
    ///
    /// # Errors
    /// [`Busy::Full`] at once if too much waits.
    pub async fn run<T, F>(&self, work: F) -> Result<T, Busy>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let admitted = Arc::clone(&self.admitted);
        let place = admitted.try_acquire_owned().map_err(|_| Busy::Full)?;
        self.compute(Some(place), work).await
    }

    /// As [`Self::run`], of work that was let in at another door, which bounds how much of it there is: it waits for a thread
    /// in its turn, however much waits before it, and takes no place of those that wait.
    ///
    /// # Errors
    /// [`Busy::Lost`].
    pub async fn run_admitted<T, F>(&self, work: F) -> Result<T, Busy>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        self.compute(None, work).await
    }

    async fn compute<T, F>(&self, place: Option<OwnedSemaphorePermit>, work: F) -> Result<T, Busy>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let working = Arc::clone(&self.working).acquire_owned().await;
        let thread = working.map_err(|_| Busy::Full)?;
        let task = tokio::task::spawn_blocking(move || {
            let held = (place, thread);
            let result = work();
            drop(held);
            result
        });
        task.await.map_err(|_| Busy::Lost)
    }
}

impl From<Busy> for Problem {
    fn from(busy: Busy) -> Self {
        match busy {
            Busy::Full => ProblemType::Busy.problem().after(1),
            Busy::Lost => ProblemType::Internal.problem(),
        }
    }
}
