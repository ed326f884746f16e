//! A login, from the proof to what it is good for. From the moment that its attempt is charged it runs in a task of its own.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_ledger::Paid;
use milagro_mpin::server::{Admitted, Arrival, Attempts, Authenticated, Reason, Rejected};
use milagro_mpin::{ChannelBinding, LoginProof};
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::UserName;
use milagro_wire::login::{CODE_LEN, COOKIE_MAX, Purpose};
use milagro_wire::problem::{Problem, ProblemType};

use crate::codes::CodeFor;
use crate::device::{self, Device, Who};
use crate::gate::Arrived;
use crate::kinds::NOTED;
use crate::notes::{self, Event, Outcome, What};
use crate::pay::{NotPaid, pay};
use crate::permission::Permission;
use crate::queue::Place;
use crate::registrar::Notice;
use crate::service::Service;
use crate::sessions::SessionToken;
use crate::shelf::{digest, unavailable};
use crate::tell::News;

/// What a login asks for.
pub(crate) struct Asked {
    pub(crate) proof: LoginProof,
    pub(crate) cookie: Blob<COOKIE_MAX>,
    pub(crate) purpose: Purpose,
    /// The session that the browser has had until now: it ends with a login for another.
    pub(crate) session: Option<SessionToken>,
}

/// What a login gives.
pub(crate) struct Given {
    pub(crate) cookie: Blob<COOKIE_MAX>,
    pub(crate) user: UserName,
    pub(crate) code: Option<Blob<CODE_LEN>>,
    pub(crate) session: Option<SessionToken>,
}

/// Logs in.
///
/// # Errors
/// [`ProblemType::Refused`] for everything that is wrong with the login, and the problems of a service that cannot.
pub(crate) async fn log_in(service: &Arc<Service>, asked: Asked) -> Result<Given, Problem> {
    let now = service.now();
    let identity = asked.proof.claimed_identity();
    let arrived = service.arrive(identity, asked.cookie.as_bytes(), now);
    let arrived = arrived.await?;
    // What the purpose names is there, before anybody's attempts are touched.
    service.check_purpose(&asked.purpose, &arrived).await?;
    let place = service.queue.enter()?;
    let service = Arc::clone(service);
    // A client that hangs up drops this future, and not the task.
    let task = tokio::spawn(async move { finish(&service, asked, arrived, place).await });
    let ended = task.await;
    ended.map_err(|_| ProblemType::Internal.problem())?
}

/// The three moves, and what follows from them.
async fn finish(
    service: &Arc<Service>,
    asked: Asked,
    arrived: Arrived,
    place: Place,
) -> Result<Given, Problem> {
    let Arrived {
        presented,
        device,
        key,
        stale,
    } = arrived;
    let who = Who::new(&device, &key, service.now());
    let attempts = Attempts::Device(presented);
    let arrival = Arrival::new(&ChannelBinding::None, attempts, who.at);
    let admitted = service
        .verifier
        .admit(&mut *service.parts.effects.rng(), &asked.proof, arrival)
        .map_err(|_| {
            // Nothing was charged, so nothing is written down.
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
    let login = check(service, &who, &place, paid).await;
    let login = login.map_err(|refused| leaving(refused, left))?;
    denied(service, &who, &device).await?;
    give(service, &who, asked, &login).await
}

/// How many more attempts there are after one that was paid.
pub(crate) fn left<T>(paid: &Paid<T>) -> u32 {
    let left = paid
        .charges()
        .map(|(charge, grant)| charge.limit.saturating_sub(grant.used));
    left.min()
        .map_or(0, |left| u32::try_from(left).unwrap_or(u32::MAX))
}

/// A refusal that says how many attempts are left. Whoever has a replaced cookie does not read how the owner's count stands.
pub(crate) fn leaving(refused: Problem, left: Option<u32>) -> Problem {
    match (refused.known(), left) {
        (Some(ProblemType::Refused), Some(left)) => refused.leaving(left),
        _ => refused,
    }
}

/// Refuses what is right and must not be all the same.
///
/// # Errors
/// [`ProblemType::Refused`] for a device that was frozen or whose user was locked since, and where the registrar says no.
pub(crate) async fn denied(service: &Service, who: &Who, device: &Device) -> Result<(), Problem> {
    let open = || async {
        let open = device::is_open(service.records(), &who.key, &who.user).await;
        open.map_err(unavailable)
    };
    let outcome = if !open().await? {
        Outcome::Closed
    } else if service.permission(who, device).await? == Permission::Refused {
        Outcome::NotPermitted
    } else if service.link.is_some() && !open().await? {
        // The registrar takes as long as the application that it asks.
        Outcome::Closed
    } else {
        return Ok(());
    };
    note_rarely(service, who, outcome).await?;
    Err(ProblemType::Refused.problem())
}

/// Points, pairing, and the challenge.
async fn check(
    service: &Service,
    who: &Who,
    place: &Place,
    paid: Paid<Admitted>,
) -> Result<Authenticated, Problem> {
    let verdict = service.queue.check(place, paid).await?;
    let unspent = match verdict {
        Ok(unspent) => unspent,
        Err(rejected) => return Err(refused(service, who, rejected).await?),
    };
    match pay(service, unspent).await {
        Ok(login) => Ok(login.into_value()),
        Err(NotPaid::Problem(problem)) => Err(problem),
        Err(NotPaid::Exhausted | NotPaid::Over) => {
            note_rarely(service, who, Outcome::Used).await?;
            Err(ProblemType::Refused.problem())
        }
    }
}

/// What a refusal leads to, and what the peer is told.
pub(crate) async fn refused(
    service: &Service,
    who: &Who,
    rejected: Rejected,
) -> Result<Problem, Problem> {
    rejected.give_back(service.ledger()).await;
    let reason = rejected.reason();
    // What a copy leads to does not wait for a disk that may be full.
    let noted = note_because(service, who, reason).await;
    if let Some(copied) = rejected.into_copied() {
        match pay(service, copied).await {
            Ok(copied) => {
                drop(copied);
                copy_found(service, who).await?;
            }
            // A recorded login that is sent again says nothing.
            Err(NotPaid::Exhausted | NotPaid::Over) => {}
            Err(NotPaid::Problem(problem)) => return Err(problem),
        }
    }
    noted.map(|()| ProblemType::Refused.problem())
}

/// Two parties have the secrets of one device: it is frozen, its sessions end, its user is told.
async fn copy_found(service: &Service, who: &Who) -> Result<(), Problem> {
    let frozen = device::freeze(service.records(), &who.key).await;
    let found = device::find(service.records(), &who.key).await;
    tracing::error!("a device's cookie was copied: the device is frozen");
    let noted = note(service, who, What::Login, Outcome::CopyFound).await;
    service.parts.tell.tell(&who.user, News::CopyFound).await;
    if let (Some(link), Ok(Some((device, _)))) = (&service.link, &found) {
        link.say(Notice::Copied, &device.identity);
    }
    // They are over already, since a frozen device's sessions are not taken.
    let ended = service.end_sessions(&who.user, Some(who.device)).await;
    frozen.and(ended).map_err(unavailable)?;
    noted
}

/// No attempt is left. With a replaced cookie, wrong guesses have used up what would have shown a copy.
pub(crate) async fn no_attempts(service: &Service, who: &Who, stale: bool) -> Problem {
    let outcome = if stale {
        Outcome::CopySuspected
    } else {
        Outcome::NoAttempts
    };
    let noted = match note_rarely(service, who, outcome).await {
        Ok(noted) => noted,
        Err(problem) => return problem,
    };
    if stale && noted {
        tracing::error!("guesses with a device's old cookie have used up their attempts");
        let tell = &service.parts.tell;
        tell.tell(&who.user, News::CopySuspected).await;
    }
    let refused = ProblemType::Refused.problem();
    if stale {
        refused
    } else {
        // Only whoever has the device's cookie reads this.
        refused.saying(NO_ATTEMPTS).leaving(0)
    }
}

/// What a device is told whose attempts are used up.
pub(crate) const NO_ATTEMPTS: &str = "no attempts are left";

/// What the login is for, and the next cookie.
async fn give(
    service: &Service,
    who: &Who,
    asked: Asked,
    login: &Authenticated,
) -> Result<Given, Problem> {
    let ring = service.ring().await;
    let next = ring
        .cookies
        .next(&mut *service.parts.effects.rng(), login)
        .ok_or_else(|| ProblemType::Internal.problem())?;
    let cookie = next.to_bytes();
    let mut given = Given {
        cookie: Blob::new(cookie.as_slice()).map_err(|_| ProblemType::Internal)?,
        user: who.user.clone(),
        code: None,
        session: None,
    };
    match asked.purpose {
        Purpose::Session {} => {
            let token = service.begin_session(who).await?;
            if let Some(before) = asked.session {
                service.end_session(&before).await.map_err(unavailable)?;
            }
            given.session = Some(token);
        }
        Purpose::Code { client, origin } => {
            let code = service
                .make_code(who, &CodeFor { client, origin }, None)
                .await?;
            given.code = Some(Blob::new(*code).map_err(|_| ProblemType::Internal)?);
        }
        Purpose::HandOff { number, origin } => service.hand_over(number, &origin, who).await?,
        _ => return Err(ProblemType::Malformed.problem()),
    }
    note(service, who, What::Login, Outcome::Accepted).await?;
    Ok(given)
}

/// Writes a decision about a device down.
pub(crate) async fn note(
    service: &Service,
    who: &Who,
    what: What,
    outcome: Outcome,
) -> Result<(), Problem> {
    let event = Event::new(what, outcome)
        .of(&service.book, &who.user)
        .on(&service.book, who.device);
    service.book.note(who.at, event).await
}

async fn note_because(service: &Service, who: &Who, reason: Reason) -> Result<(), Problem> {
    let event = Event::new(What::Login, Outcome::Refused)
        .of(&service.book, &who.user)
        .on(&service.book, who.device)
        .because(reason);
    service.book.note(who.at, event).await
}

/// Notes what a device can cause as often as it likes: once an hour, so that it fills no disk. True if it is noted.
pub(crate) async fn note_rarely(
    service: &Service,
    who: &Who,
    outcome: Outcome,
) -> Result<bool, Problem> {
    let account = digest(outcome.word(), &who.key);
    let charge = service.rate(NOTED, &account, 1, Seconds::hours(1));
    match service.rated(vec![charge]).await {
        Ok(_first) => note(service, who, What::Login, outcome)
            .await
            .map(|()| true),
        Err(problem) if problem.known() == Some(ProblemType::Rate) => {
            notes::count(What::Login, outcome);
            Ok(false)
        }
        Err(problem) => Err(problem),
    }
}
