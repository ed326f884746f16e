//! Signatures: whoever has signed a message submits it, as a login, with the device's cookie, and gets a statement that anybody
//! can check. A verdict on a signature is a verdict on a PIN, so it costs an attempt, and finds copies out.

use alloc::sync::Arc;
use std::sync::{Mutex, PoisonError};

use milagro_ledger::{Paid, Unspent};
use milagro_mpin::ChannelBinding;
use milagro_mpin::client::Signature;
use milagro_mpin::server::{AdmittedSignature, Arrival, Attempts, Rejected, Signed};
use milagro_wire::bounded::Blob;
use milagro_wire::login::{COOKIE_MAX, MESSAGE_MAX, SignatureAnswer};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Busy;

use crate::countersign::About;
use crate::device::Who;
use crate::gate::Arrived;
use crate::logins::{denied, leaving, left, no_attempts, note, note_rarely, refused};
use crate::notes::{self, Outcome, What};
use crate::pay::{NotPaid, pay};
use crate::queue::Place;
use crate::service::Service;

/// What is submitted.
pub(crate) struct Submitted {
    pub(crate) signature: Signature,
    pub(crate) message: Blob<MESSAGE_MAX>,
    pub(crate) cookie: Blob<COOKIE_MAX>,
}

/// Checks a signature, and says so.
///
/// # Errors
/// [`ProblemType::Refused`] for everything that is wrong with it, and the problems of a service that cannot.
pub(crate) async fn submit(
    service: &Arc<Service>,
    submitted: Submitted,
) -> Result<SignatureAnswer, Problem> {
    let identity = submitted.signature.claimed_identity();
    let arrived = service.arrive(identity, submitted.cookie.as_bytes(), service.now());
    let arrived = arrived.await?;
    let place = service.queue.enter()?;
    let service = Arc::clone(service);
    // A client that hangs up drops this future, and not the task.
    let task = tokio::spawn(async move { finish(&service, submitted, arrived, place).await });
    let ended = task.await;
    ended.map_err(|_| ProblemType::Internal.problem())?
}

async fn finish(
    service: &Arc<Service>,
    submitted: Submitted,
    arrived: Arrived,
    place: Place,
) -> Result<SignatureAnswer, Problem> {
    let Arrived {
        presented,
        device,
        key,
        stale,
    } = arrived;
    let who = Who::new(&device, &key, service.now());
    let attempts = Attempts::Device(presented);
    let arrival = Arrival::new(&ChannelBinding::None, attempts, who.at);
    let (signature, message) = (&submitted.signature, submitted.message.as_bytes());
    let admitted = service
        .verifier
        .admit_signature(
            &mut *service.parts.effects.rng(),
            signature,
            message,
            arrival,
        )
        .map_err(|_| {
            notes::dropped("not-admitted");
            ProblemType::Refused.problem()
        })?;
    let paid = match pay(service, admitted).await {
        Ok(paid) => paid,
        Err(NotPaid::Problem(problem)) => return Err(problem),
        Err(NotPaid::Exhausted | NotPaid::Over) => {
            return Err(no_attempts(service, &who, stale).await);
        }
    };
    let left = (!stale).then(|| left(&paid));
    let verdict = check(service, &place, paid).await?;
    let unspent = match verdict {
        Ok(unspent) => unspent,
        Err(rejected) => {
            let refused = refused(service, &who, rejected).await?;
            return Err(leaving(refused, left));
        }
    };
    let signed = match pay(service, unspent).await {
        Ok(signed) => signed.into_value(),
        Err(NotPaid::Problem(problem)) => return Err(problem),
        Err(NotPaid::Exhausted | NotPaid::Over) => {
            note_rarely(service, &who, Outcome::Used).await?;
            return Err(ProblemType::Refused.problem());
        }
    };
    denied(service, &who, &device).await?;
    give(service, &who, &signed, message).await
}

/// The verdict on a signature whose attempt is paid, alone: what signatures are there at once is too little for batches. If
/// nothing was checked, the attempt is given back.
async fn check(
    service: &Service,
    _place: &Place,
    paid: Paid<AdmittedSignature>,
) -> Result<Result<Unspent<Signed>, Rejected>, Problem> {
    // What the pool does not take comes back.
    let desk = Arc::new(Mutex::new(Some(paid)));
    let (work, effects) = (Arc::clone(&desk), service.parts.effects.clone());
    let verifier = Arc::clone(&service.verifier);
    let work = move || {
        let paid = work.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let now = effects.now();
        Some(verifier.check_signature(&mut *effects.rng(), paid, now))
    };
    let done = service.parts.pool.run(work).await;
    let left = desk.lock().unwrap_or_else(PoisonError::into_inner).take();
    match (done, left) {
        (Ok(Some(verdict)), _) => {
            service.queue.count_one();
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

/// The statement, and the next cookie.
async fn give(
    service: &Service,
    who: &Who,
    signed: &Signed,
    message: &[u8],
) -> Result<SignatureAnswer, Problem> {
    let internal = |_| ProblemType::Internal.problem();
    let next = service
        .cookies
        .next(&mut *service.parts.effects.rng(), signed.login())
        .ok_or_else(|| ProblemType::Internal.problem())?;
    let server = String::from_utf8_lossy(service.verifier.server().as_bytes());
    let about = About {
        server: &server,
        who,
        message,
        now: who.at,
    };
    let statement = service.countersigner.statement(signed, &about)?;
    // Nothing goes out that is not written down.
    note(service, who, What::Signature, Outcome::Accepted).await?;
    Ok(SignatureAnswer {
        cookie: Blob::new(next.to_bytes().as_slice()).map_err(internal)?,
        user: who.user.clone(),
        device: Blob::new(who.device.to_bytes()).map_err(internal)?,
        signed_at: signed.time().get(),
        statement,
    })
}
