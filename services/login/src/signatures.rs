//! Signatures: whoever has signed a message submits it, as a login, with the device's cookie, and gets a statement that anybody
//! can check. A verdict on a signature is a verdict on a PIN, so it costs an attempt, and finds copies out.

use alloc::sync::Arc;

use milagro_mpin::client::Signature;
use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::server::{Arrival, Attempts, Signed};
use milagro_mpin::{ChannelBinding, Verifier};
use milagro_wire::bounded::Blob;
use milagro_wire::login::{COOKIE_MAX, MESSAGE_MAX, SignatureAnswer};
use milagro_wire::problem::{Problem, ProblemType};

use crate::alone::Alone;
use crate::countersign::About;
use crate::device::Who;
use crate::gate::Arrived;
use crate::logins::{denied, note};
use crate::notes::{Outcome, What};
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
    let alone = Alone {
        service,
        who: &who,
        stale,
        place: &place,
        counter: "milagro_signatures_checked_total",
    };
    let admit = |verifier: &Verifier, rng: &mut dyn CryptoRng| {
        verifier.admit_signature(rng, signature, message, arrival)
    };
    let check = |verifier: &Verifier, rng: &mut dyn CryptoRng, paid, now| {
        verifier.check_signature(rng, paid, now)
    };
    let signed: Signed = alone.judge(admit, check).await?;
    denied(service, &who, &device).await?;
    give(service, &who, &signed, message).await
}

/// The statement, and the next cookie.
async fn give(
    service: &Service,
    who: &Who,
    signed: &Signed,
    message: &[u8],
) -> Result<SignatureAnswer, Problem> {
    let internal = |_| ProblemType::Internal.problem();
    let ring = service.ring().await;
    let next = ring
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
    let signer = ring.statements.signer(who.at);
    let signer = signer.ok_or_else(|| ProblemType::Internal.problem())?;
    let statement = signer.statement(signed, &about)?;
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
