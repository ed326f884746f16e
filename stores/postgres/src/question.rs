//! Questions, and how long they may be asked again.

use core::future::Future;
use core::time::Duration;

use deadpool_postgres::Object;
use milagro_ledger::Unavailable;
use milagro_store::{Outcome, Patience};

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

    /// How long one call goes on.
    pub(crate) fn patience(&self) -> Patience<'_> {
        Patience::new(&*self.shared.observer, self.shared.patience)
    }

    /// How long to wait before asking again, if that may help.
    pub(crate) fn pause(&self, failure: &Failure) -> Option<Duration> {
        match failure {
            _ if self.shared.closed().is_some() => None,
            Failure::NoRoom | Failure::Refused(_) => None,
            Failure::Collision | Failure::NoTable => Some(Duration::from_millis(1)),
            Failure::Gone => Some(Duration::from_millis(50)),
        }
    }

    async fn ask_while<Q: Question>(
        &self,
        question: Q,
        may_repeat: impl Fn(&Failure) -> bool,
    ) -> Result<Q::Answer, Unavailable> {
        let mut patience = self.patience();
        loop {
            let answer = self.ask_once(&question);
            match patience.limit(answer, || Failure::Gone).await {
                Ok(answer) => {
                    patience.report(Outcome::Complete, question.size());
                    return Ok(answer);
                }
                Err(failure) => {
                    let pause = self.pause(&failure).filter(|_| may_repeat(&failure));
                    if !patience.allows_another(&failure, pause).await {
                        patience.report(Outcome::Unavailable, question.size());
                        return Err(Unavailable);
                    }
                }
            }
        }
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
