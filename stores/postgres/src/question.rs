//! Questions, and how long they may be asked again.

use core::future::Future;
use core::time::Duration;

use deadpool_postgres::Object;
use milagro_ledger::Unavailable;
use milagro_store::{Event, Outcome};
use tokio::time::{Instant, sleep, timeout_at};

use crate::failure::Failure;
use crate::link::Link;

/// Something that is asked on a connection of its own.
pub(crate) trait Question: Sync {
    /// What the answer is.
    type Answer: Send;

    /// How many accounts or keys it asks for.
    fn size(&self) -> usize;

    /// Asks once.
    fn ask(
        &self,
        client: &mut Object,
    ) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

impl Link {
    /// Asks something that may be asked again, until there is an answer or patience is over.
    pub(crate) async fn ask<Q: Question>(&self, question: Q) -> Result<Q::Answer, Unavailable> {
        self.ask_while(question, |_failure| true).await
    }

    /// Asks something that must not be asked again once it may have taken effect.
    pub(crate) async fn ask_only_once<Q: Question>(
        &self,
        question: Q,
    ) -> Result<Q::Answer, Unavailable> {
        self.ask_while(question, |failure| matches!(failure, Failure::Collision))
            .await
    }

    async fn ask_while<Q: Question>(
        &self,
        question: Q,
        may_repeat: impl Fn(&Failure) -> bool,
    ) -> Result<Q::Answer, Unavailable> {
        let start = Instant::now();
        let mut patience = Patience::new(self);
        loop {
            match patience.limit(self.ask_once(&question)).await {
                Ok(answer) => {
                    self.report(Outcome::Complete, question.size(), start);
                    return Ok(answer);
                }
                Err(failure) => {
                    if !patience
                        .allows_another(&failure, may_repeat(&failure))
                        .await
                    {
                        self.report(Outcome::Unavailable, question.size(), start);
                        return Err(Unavailable);
                    }
                }
            }
        }
    }

    /// Tells the observer how a call ended.
    pub(crate) fn report(&self, outcome: Outcome, size: usize, start: Instant) {
        let took = start.elapsed();
        self.shared.observer.observe(&Event::Answered {
            outcome,
            size,
            took,
        });
    }

    async fn ask_once<Q: Question>(&self, question: &Q) -> Result<Q::Answer, Failure> {
        let mut lease = self.lease().await?;
        let answer = match lease.client() {
            Ok(client) => question.ask(client).await,
            Err(failure) => Err(failure),
        };
        lease.end(answer)
    }
}

/// How long one call may go on.
pub(crate) struct Patience<'l> {
    link: &'l Link,
    end: Instant,
    tries: u32,
}

impl<'l> Patience<'l> {
    pub(crate) fn new(link: &'l Link) -> Self {
        Self {
            link,
            end: Instant::now() + link.shared.patience,
            tries: 0,
        }
    }

    pub(crate) async fn limit<T>(
        &self,
        answer: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        let limited = timeout_at(self.end, answer).await;
        limited.unwrap_or(Err(Failure::Gone))
    }

    /// Whether there is time to ask again, after a pause that grows.
    pub(crate) async fn allows_another(&mut self, failure: &Failure, may_repeat: bool) -> bool {
        let observer = &self.link.shared.observer;
        observer.observe(&Event::Failed { reason: failure });
        let pause = match failure {
            Failure::NoRoom | Failure::Refused(_) => return false,
            Failure::Collision | Failure::NoTable => Duration::from_millis(1),
            Failure::Gone => Duration::from_millis(50),
        };
        self.tries = self.tries.saturating_add(1);
        let next = Instant::now() + pause.saturating_mul(self.tries.min(10));
        if !may_repeat || next >= self.end || self.link.shared.closed().is_some() {
            return false;
        }
        observer.observe(&Event::Retried);
        sleep(next - Instant::now()).await;
        true
    }
}
