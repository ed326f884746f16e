//! How long one call goes on, and what is reported of it.

use core::fmt::Display;
use core::future::Future;
use core::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use crate::observe::{Event, Observer, Outcome};

/// How long one call goes on, repetitions included.
pub struct Patience<'o> {
    observer: &'o dyn Observer,
    start: Instant,
    end: Instant,
    tries: u32,
}

impl<'o> Patience<'o> {
    /// A call begins.
    #[must_use]
    pub fn new(observer: &'o dyn Observer, longest: Duration) -> Self {
        let start = Instant::now();
        Self {
            observer,
            start,
            end: start + longest,
            tries: 0,
        }
    }

    /// Waits for an answer as long as there is time; `late` if it does not come.
    ///
    /// # Errors
    /// Those of the answer; `late`.
    pub async fn limit<T, E>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
        late: impl FnOnce() -> E,
    ) -> Result<T, E> {
        let limited = timeout_at(self.end, answer).await;
        limited.unwrap_or_else(|_elapsed| Err(late()))
    }

    /// After a failure: whether there is time to ask again, after a pause that grows from this one. `None` if asking
    /// again does not help or must not be.
    pub async fn allows_another(
        &mut self,
        failure: &(dyn Display + Sync),
        pause: Option<Duration>,
    ) -> bool {
        self.observer.observe(&Event::Failed { reason: failure });
        let Some(pause) = pause else {
            return false;
        };
        self.tries = self.tries.saturating_add(1);
        let next = Instant::now() + pause.saturating_mul(self.tries.min(10));
        if next >= self.end {
            return false;
        }
        self.observer.observe(&Event::Retried);
        sleep_until(next).await;
        true
    }

    /// The call is over.
    pub fn report(&self, outcome: Outcome, size: usize) {
        self.observer.observe(&Event::Answered {
            outcome,
            size,
            took: self.start.elapsed(),
        });
    }
}

impl core::fmt::Debug for Patience<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Patience")
            .field("end", &self.end)
            .finish_non_exhaustive()
    }
}
