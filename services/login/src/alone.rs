//! What is checked alone, beside the batches: signatures and key agreements. What of them is there at once is too little for
//! batches. All that comes before and after the check is as with logins.

use alloc::sync::Arc;
use std::sync::{Mutex, PoisonError};

use milagro_base::Seconds;
use milagro_ledger::{Paid, Unspent};
use milagro_mpin::Verifier;
use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::server::Rejected;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Busy;

use crate::device::Who;
use crate::logins::{leaving, left, no_attempts, note_rarely, refused};
use crate::notes::{self, Outcome};
use crate::pay::{NotPaid, pay};
use crate::queue::Place;
use crate::service::Service;

/// Who has something checked.
pub(crate) struct Alone<'a> {
    pub(crate) service: &'a Service,
    pub(crate) who: &'a Who,
    pub(crate) stale: bool,
    /// Held until the request ends.
    pub(crate) place: &'a Place,
    /// The metric that counts such checks.
    pub(crate) counter: &'static str,
}

impl Alone<'_> {
    /// Admits, pays the attempt, checks, and pays what the check found good. What is not admitted costs nobody anything.
    ///
    /// # Errors
    /// [`ProblemType::Refused`] for everything that is wrong with it, and the problems of a service that cannot.
    pub(crate) async fn judge<T, V, A, E, C>(&self, admit: A, check: C) -> Result<V, Problem>
    where
        A: FnOnce(&Verifier, &mut dyn CryptoRng) -> Result<Unspent<T>, E>,
        T: Send + 'static,
        V: Send + 'static,
        C: Send + 'static,
        C: FnOnce(&Verifier, &mut dyn CryptoRng, Paid<T>, Seconds) -> Result<Unspent<V>, Rejected>,
    {
        let (service, who) = (self.service, self.who);
        let admitted = admit(&service.verifier, &mut *service.parts.effects.rng());
        let admitted = admitted.map_err(|_| {
            notes::dropped("not-admitted");
            ProblemType::Refused.problem()
        })?;
        let paid = match pay(service, admitted).await {
            Ok(paid) => paid,
            Err(NotPaid::Problem(problem)) => return Err(problem),
            Err(NotPaid::Exhausted | NotPaid::Over) => {
                return Err(no_attempts(service, who, self.stale).await);
            }
        };
        let left = (!self.stale).then(|| left(&paid));
        let unspent = match self.check(paid, check).await? {
            Ok(unspent) => unspent,
            Err(rejected) => {
                let refused = refused(service, who, rejected).await?;
                return Err(leaving(refused, left));
            }
        };
        match pay(service, unspent).await {
            Ok(good) => Ok(good.into_value()),
            Err(NotPaid::Problem(problem)) => Err(problem),
            Err(NotPaid::Exhausted | NotPaid::Over) => {
                note_rarely(service, who, Outcome::Used).await?;
                Err(ProblemType::Refused.problem())
            }
        }
    }

    /// The verdict on what is paid. If nothing was checked, the attempt is given back.
    async fn check<T, V, C>(
        &self,
        paid: Paid<T>,
        check: C,
    ) -> Result<Result<Unspent<V>, Rejected>, Problem>
    where
        T: Send + 'static,
        V: Send + 'static,
        C: Send + 'static,
        C: FnOnce(&Verifier, &mut dyn CryptoRng, Paid<T>, Seconds) -> Result<Unspent<V>, Rejected>,
    {
        let service = self.service;
        // What the pool does not take comes back.
        let desk = Arc::new(Mutex::new(Some(paid)));
        let (work, effects) = (Arc::clone(&desk), service.parts.effects.clone());
        let verifier = Arc::clone(&service.verifier);
        let work = move || {
            let paid = work.lock().unwrap_or_else(PoisonError::into_inner).take()?;
            let now = effects.now();
            Some(check(&verifier, &mut *effects.rng(), paid, now))
        };
        let done = service.parts.pool.run(work).await;
        let left = desk.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (done, left) {
            (Ok(Some(verdict)), _) => {
                service.queue.count_one(self.place, self.counter);
                Ok(verdict)
            }
            (_, Some(paid)) => {
                paid.give_back(service.ledger()).await;
                Err(Busy::Full.into())
            }
            // It panicked: the attempt stays counted, since it may have been checked.
            (_, None) => Err(ProblemType::Internal.problem()),
        }
    }
}
