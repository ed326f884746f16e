//! Logins that agree on a key with an application: M-Pin Full over two requests, which may reach two replicas. Between them the
//! server's half lies sealed in the records, under the agreement's number; a login has taken place, and there are keys, when the
//! same device has confirmed with the same cookie.

use alloc::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use milagro_base::{DecodeError, Reader, Seconds, Writer};
use milagro_ledger::records::Version;
use milagro_ledger::rules::SKEW;
use milagro_mpin::full::ServerSession;
use milagro_mpin::full::{Agreed, Answered, ClientConfirmation, ClientHello, ServerHello};
use milagro_mpin::rand_core::CryptoRng;
use milagro_mpin::server::{Arrival, Attempts};
use milagro_mpin::{Identity, Verifier};
use milagro_wire::bounded::Blob;
use milagro_wire::login::agreements::{
    AGREEMENT_LEN, AgreementAnswer, AgreementRequest, CONFIRMATION_MAX, ConfirmRequest, HELLO_MAX,
    SERVER_HELLO_MAX, binding,
};
use milagro_wire::login::{COOKIE_MAX, LoginAnswer};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Form;
use subtle::ConstantTimeEq as _;

use crate::agreed;
use crate::alone::Alone;
use crate::codes::{CodeFor, code_for};
use crate::device::{Device, DeviceKey, Who};
use crate::gate::Arrived;
use crate::guard;
use crate::kinds::AGREEMENT;
use crate::logins::{denied, note, note_rarely};
use crate::notes::{self, Outcome, What};
use crate::pay::{NotPaid, pay};
use crate::queue::Place;
use crate::service::Service;
use crate::shelf::{self, Kept, digest, unavailable};

/// For how long an agreement can be confirmed.
const LIFE: Seconds = Seconds::minutes(1);

/// The start of a login that agrees on a key with an application: the server's half.
#[utoipa::path(
    post, path = "/v1/agreements", request_body = AgreementRequest,
    responses((status = 200, body = AgreementAnswer), Problem)
)]
pub(crate) async fn agree(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    Form(request): Form<AgreementRequest>,
) -> Result<Json<AgreementAnswer>, Problem> {
    let own = service.settings.origins.iter();
    guard::from_own(&headers, own.chain([&request.origin]))?;
    let hello = ClientHello::from_bytes(request.hello.as_bytes());
    let begun = Begun {
        hello: hello.map_err(|_| ProblemType::Malformed.problem())?,
        cookie: request.cookie,
        wanted: CodeFor {
            client: request.client,
            origin: request.origin,
        },
    };
    begin(&service, begun).await.map(Json)
}

/// The end of a login that agrees on a key: a login code, which the application redeems for the keys. No browser brings
/// anything of its own accord here, so any page may ask.
#[utoipa::path(
    post, path = "/v1/agreements/confirm", request_body = ConfirmRequest,
    responses((status = 200, body = LoginAnswer), Problem)
)]
pub(crate) async fn confirm(
    State(service): State<Arc<Service>>,
    Form(request): Form<ConfirmRequest>,
) -> Result<Json<LoginAnswer>, Problem> {
    let malformed = |_| ProblemType::Malformed.problem();
    let identity = Identity::from_bytes(request.identity.as_bytes());
    let confirmation = ClientConfirmation::from_bytes(request.confirmation.as_bytes());
    let ended = Ended {
        agreement: request.agreement,
        identity: identity.map_err(malformed)?,
        cookie: request.cookie,
        confirmation: confirmation.map_err(malformed)?,
    };
    end(&service, ended).await.map(Json)
}

/// What begins an agreement.
struct Begun {
    hello: ClientHello,
    cookie: Blob<COOKIE_MAX>,
    wanted: CodeFor,
}

/// What ends it.
struct Ended {
    agreement: Blob<AGREEMENT_LEN>,
    identity: Identity,
    cookie: Blob<COOKIE_MAX>,
    confirmation: ClientConfirmation,
}

/// An agreement that waits for its confirmation, as the records hold it.
struct Waiting {
    issued: Seconds,
    key: DeviceKey,
    /// A hash of the device's cookie when it began.
    pair: [u8; 32],
    wanted: CodeFor,
    /// Sealed: [`agreed::seal_half`].
    session: Vec<u8>,
}

impl Waiting {
    /// Version (1), issued (8), device's record (32), hash of its cookie (32), application, origin, sealed session.
    fn to_bytes(&self) -> Vec<u8> {
        Writer::new()
            .u8(1)
            .seconds(self.issued)
            .bytes(&self.key)
            .bytes(&self.pair)
            .string(self.wanted.client.as_str().as_bytes())
            .string(self.wanted.origin.as_str().as_bytes())
            .string(&self.session)
            .finish()
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(1)?;
        let waiting = Self {
            issued: reader.seconds()?,
            key: *reader.array()?,
            pair: *reader.array()?,
            wanted: code_for(&mut reader)?,
            session: reader.string()?.to_vec(),
        };
        reader.finish()?;
        Ok(waiting)
    }

    fn is_timely(&self, now: Seconds) -> bool {
        now < self.issued.plus(LIFE) && self.issued <= now.plus(SKEW)
    }

    /// Whether a device has begun it, and has shown no other cookie since. One that was handed out meanwhile and not shown is of
    /// the same number as the one that comes of this: a device keeps the last, as of two logins that are under way at once.
    fn is_of(&self, arrived: &Arrived) -> bool {
        let pair = pair(&arrived.device);
        !arrived.stale && self.key == arrived.key && bool::from(self.pair.ct_eq(&pair))
    }
}

fn pair(device: &Device) -> [u8; 32] {
    digest("pair", &device.pair.to_bytes())
}

/// Checks the proof of a hello, and answers with the server's half.
///
/// # Errors
/// [`ProblemType::Refused`] for everything that is wrong with it, and the problems of a service that cannot.
async fn begin(service: &Arc<Service>, begun: Begun) -> Result<AgreementAnswer, Problem> {
    let identity = begun.hello.claimed_identity();
    let arrived = service.arrive(identity, begun.cookie.as_bytes(), service.now());
    let arrived = arrived.await?;
    service.check_client(&begun.wanted).await?;
    let place = service.queue.enter()?;
    let service = Arc::clone(service);
    // A client that hangs up drops this future, and not the task.
    let task = tokio::spawn(async move { answer(&service, begun, arrived, place).await });
    let ended = task.await;
    ended.map_err(|_| ProblemType::Internal.problem())?
}

async fn answer(
    service: &Service,
    begun: Begun,
    arrived: Arrived,
    place: Place,
) -> Result<AgreementAnswer, Problem> {
    let who = Who::new(&arrived.device, &arrived.key, service.now());
    let (stale, pair) = (arrived.stale, pair(&arrived.device));
    let Begun { hello, wanted, .. } = begun;
    let binding = binding(&wanted.client, &wanted.origin);
    let arrival = Arrival::new(&binding, Attempts::Device(arrived.presented), who.at);
    let alone = Alone {
        service,
        who: &who,
        stale,
        place: &place,
        counter: "milagro_agreements_checked_total",
    };
    let admit =
        |verifier: &Verifier, rng: &mut dyn CryptoRng| verifier.admit_hello(rng, &hello, arrival);
    let check = |verifier: &Verifier, rng: &mut dyn CryptoRng, paid, now| {
        verifier.check_hello(rng, paid, now)
    };
    let Answered { session, hello } = alone.judge(admit, check).await?;
    let sealed = session.seal(&mut *service.parts.effects.rng(), &service.verifier);
    let number = service.random::<AGREEMENT_LEN>();
    let half = sealed.map_err(|_| ProblemType::Internal)?;
    let waiting = Waiting {
        issued: service.now(),
        key: who.key,
        pair,
        wanted,
        session: agreed::seal_half(&half, &number)?,
    };
    service.keep_agreement(&number, &waiting).await?;
    note(service, &who, What::Agreement, Outcome::Accepted).await?;
    Ok(AgreementAnswer {
        hello: Blob::new(hello.to_bytes()).map_err(|_| ProblemType::Internal)?,
        agreement: Blob::new(*number).map_err(|_| ProblemType::Internal)?,
        seconds: LIFE.get(),
    })
}

/// Checks a confirmation: then somebody has logged in, and the application's code stands for the keys.
///
/// # Errors
/// As [`begin`].
async fn end(service: &Arc<Service>, ended: Ended) -> Result<LoginAnswer, Problem> {
    let arrived = service.arrive(&ended.identity, ended.cookie.as_bytes(), service.now());
    let arrived = arrived.await?;
    let place = service.queue.enter()?;
    let service = Arc::clone(service);
    // A client that hangs up drops this future, and not the task, which the end of the process waits for.
    let task = tokio::spawn(async move {
        let _place: Place = place;
        finish(&service, ended, arrived).await
    });
    let ended = task.await;
    ended.map_err(|_| ProblemType::Internal.problem())?
}

async fn finish(service: &Service, ended: Ended, arrived: Arrived) -> Result<LoginAnswer, Problem> {
    let refused = || ProblemType::Refused.problem();
    let who = Who::new(&arrived.device, &arrived.key, service.now());
    let waiting = service.agreement(&ended.agreement).await?;
    let good = |one: &Waiting| one.is_timely(who.at) && one.is_of(&arrived);
    let Some((waiting, version)) = waiting.filter(|(one, _)| good(one)) else {
        notes::dropped("agreement");
        return Err(refused());
    };
    let half = agreed::open_half(&waiting.session, &ended.agreement);
    let session = half.and_then(|half| ServerSession::open(&half, &service.verifier).ok());
    let confirmed = session.and_then(|session| {
        let rng = &mut *service.parts.effects.rng();
        session.confirm(rng, &ended.confirmation, who.at).ok()
    });
    let Some(unspent) = confirmed else {
        note_rarely(service, &who, Outcome::Refused).await?;
        return Err(refused());
    };
    let Agreed { login, keys } = match pay(service, unspent).await {
        Ok(agreed) => agreed.into_value(),
        Err(NotPaid::Problem(problem)) => return Err(problem),
        Err(NotPaid::Exhausted | NotPaid::Over) => {
            note_rarely(service, &who, Outcome::Used).await?;
            return Err(refused());
        }
    };
    // What stays has no more use, and is sealed under a number that nobody keeps.
    let key = digest("agreement", ended.agreement.as_bytes());
    let _gone = shelf::take(service.records(), AGREEMENT, &key, version).await;
    denied(service, &who, &arrived.device).await?;
    let ring = service.ring().await;
    let next = ring
        .cookies
        .next(&mut *service.parts.effects.rng(), &login)
        .ok_or_else(|| ProblemType::Internal.problem())?;
    let code = service
        .make_code(&who, &waiting.wanted, Some(&keys))
        .await?;
    note(service, &who, What::Login, Outcome::Accepted).await?;
    Ok(LoginAnswer {
        cookie: Blob::new(next.to_bytes().as_slice()).map_err(|_| ProblemType::Internal)?,
        user: who.user,
        code: Some(Blob::new(*code).map_err(|_| ProblemType::Internal)?),
    })
}

impl Service {
    async fn keep_agreement(
        &self,
        number: &[u8; AGREEMENT_LEN],
        waiting: &Waiting,
    ) -> Result<(), Problem> {
        let kept = Kept {
            kind: AGREEMENT,
            key: &digest("agreement", number),
            value: &waiting.to_bytes(),
            until: Some(waiting.issued.plus(LIFE)),
        };
        let written = shelf::put(self.records(), kept, None).await;
        if !written.map_err(unavailable)? {
            return Err(ProblemType::Internal.problem());
        }
        Ok(())
    }

    async fn agreement(
        &self,
        number: &Blob<AGREEMENT_LEN>,
    ) -> Result<Option<(Waiting, Version)>, Problem> {
        let key = digest("agreement", number.as_bytes());
        let found = shelf::find(self.records(), AGREEMENT, &key).await;
        let found = found.map_err(unavailable)?;
        Ok(found.and_then(|record| {
            let waiting = Waiting::from_bytes(&record.value).ok()?;
            Some((waiting, record.version))
        }))
    }
}

// Whatever the libraries encode fits into the forms.
const _: () = assert!(ClientHello::MAX_LEN <= HELLO_MAX);
const _: () = assert!(ServerHello::LEN <= SERVER_HELLO_MAX);
const _: () = assert!(ClientConfirmation::LEN <= CONFIRMATION_MAX);
