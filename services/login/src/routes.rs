//! Paths. Each handler decodes, has one thing done, and encodes.

use alloc::sync::Arc;
use core::time::Duration;

use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::sse::{Event as Sent, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use futures_util::stream::{self, StreamExt as _};
use milagro_mpin::client::Signature;
use milagro_mpin::server::DeviceCookie;
use milagro_mpin::{Challenge, Identity, LoginProof};
use milagro_wire::bounded::{Blob, List};
use milagro_wire::forms::ReadyAnswer;
use milagro_wire::login::names::{ClientId, Number};
use milagro_wire::login::{
    CHALLENGE_MAX, COOKIE_MAX, ChallengeAnswer, HandOffAnswer, HandOffRequest, HandedOver,
    LoginAnswer, LoginRequest, LookAnswer, LookRequest, PROOF_MAX, Purpose, RedeemAnswer,
    RedeemRequest, SessionAnswer, SessionsAnswer, SignatureAnswer, SignatureRequest,
};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Form, readiness, source};
use zeroize::Zeroizing;

use crate::agreements;
use crate::codes::CodeFor;
use crate::cookies::{
    BROWSER, KNOWN_BROWSER, SESSION, browser, known_browser, set_cookie, signed_in, token,
};
use crate::guard;
use crate::handoffs::LIFE;
use crate::logins::{self, Asked};
use crate::numbers::KNOWN;
use crate::own;
use crate::permits;
use crate::poll;
use crate::service::Service;
use crate::sessions::Session;
use crate::shelf::unavailable;
use crate::signatures::{self, Submitted};

type Shared = State<Arc<Service>>;

/// The paths, without their document.
pub(crate) fn paths(service: Arc<Service>) -> Router {
    poll::begin(&service);
    Router::new()
        .route("/v1/challenge", get(challenge))
        .route("/v1/login", post(login))
        .route("/v1/agreements", post(agreements::agree))
        .route("/v1/agreements/confirm", post(agreements::confirm))
        .route("/v1/codes/redeem", post(redeem))
        .route("/v1/session", get(session).delete(log_out))
        .route("/v1/sessions", get(sessions))
        .route("/v1/sessions/{id}", delete(end_session))
        .route("/v1/signatures", post(sign))
        .route("/v1/signatures/keys", get(signing_keys))
        .route("/v1/devices", get(own::devices))
        .route("/v1/devices/code", post(own::code))
        .route("/v1/devices/{id}", delete(own::remove))
        .route("/v1/handoffs", post(hand_off))
        .route("/v1/handoffs/look", post(look))
        .route("/v1/handoffs/{number}/events", get(events))
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .route("/readyz", get(ready))
        .with_state(service)
}

/// No answer is a page, and none is shown inside one.
pub(crate) async fn shown_nowhere(mut response: Response) -> Response {
    const NOTHING: HeaderValue =
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
    let headers = response.headers_mut();
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(NOTHING);
    headers.insert(
        HeaderName::from_static("referrer-policy"),
        HeaderValue::from_static("no-referrer"),
    );
    response
}

/// A challenge. Nothing is kept of it.
#[utoipa::path(get, path = "/v1/challenge", responses((status = 200, body = ChallengeAnswer), Problem))]
pub(crate) async fn challenge(State(service): Shared) -> Result<Json<ChallengeAnswer>, Problem> {
    let internal = |_| ProblemType::Internal.problem();
    let challenge = service
        .verifier
        .challenge(&mut *service.parts.effects.rng(), service.now());
    Ok(Json(ChallengeAnswer {
        challenge: Blob::new(challenge.to_bytes()).map_err(internal)?,
        domain: Blob::new(service.domain.to_bytes()).map_err(internal)?,
        server: Blob::new(service.verifier.server().as_bytes()).map_err(internal)?,
        permit: permits::wanted(&service.settings.policy.permits, service.now()),
    }))
}

/// A login: a proof and a device cookie, for a session, a code, or the browser that shows a number.
#[utoipa::path(
    post, path = "/v1/login", request_body = LoginRequest,
    responses((status = 200, body = LoginAnswer), Problem)
)]
pub(crate) async fn login(
    State(service): Shared,
    headers: HeaderMap,
    Form(request): Form<LoginRequest>,
) -> Result<Response, Problem> {
    let page = match &request.purpose {
        Purpose::Code { origin, .. } => Some(origin),
        _ => None,
    };
    guard::from_own(&headers, service.settings.origins.iter().chain(page))?;
    let proof = LoginProof::from_bytes(request.proof.as_bytes());
    let asked = Asked {
        proof: proof.map_err(|_| ProblemType::Malformed.problem())?,
        cookie: request.cookie,
        purpose: request.purpose,
        session: token(&headers),
    };
    let given = logins::log_in(&service, asked).await?;
    let session = given.session;
    let answer = LoginAnswer {
        cookie: given.cookie,
        user: given.user,
        code: given.code,
    };
    let mut response = Json(answer).into_response();
    if let Some(session) = session {
        set_cookie(&mut response, SESSION, &session.to_text(), "SameSite=Lax")?;
    }
    Ok(response)
}

/// A signature on a message, submitted by its signer, for a statement that anybody can check.
#[utoipa::path(
    post, path = "/v1/signatures", request_body = SignatureRequest,
    responses((status = 200, body = SignatureAnswer), Problem)
)]
pub(crate) async fn sign(
    State(service): Shared,
    headers: HeaderMap,
    Form(request): Form<SignatureRequest>,
) -> Result<Json<SignatureAnswer>, Problem> {
    guard::from_own(&headers, service.settings.origins.iter())?;
    let signature = Signature::from_bytes(request.signature.as_bytes());
    let submitted = Submitted {
        signature: signature.map_err(|_| ProblemType::Malformed.problem())?,
        message: request.message,
        cookie: request.cookie,
    };
    signatures::submit(&service, submitted).await.map(Json)
}

/// The keys that statements about signatures are signed with: a JWK set (RFC 7517).
#[utoipa::path(get, path = "/v1/signatures/keys", responses((status = 200, description = "a JWK set")))]
pub(crate) async fn signing_keys(State(service): Shared) -> Json<serde_json::Value> {
    let keys = service.ring().await.statements.published();
    Json(serde_json::json!({ "keys": keys }))
}

/// Redeems a login code for the application that it was made for.
#[utoipa::path(
    post, path = "/v1/codes/redeem", request_body = RedeemRequest,
    responses((status = 200, body = RedeemAnswer), Problem)
)]
pub(crate) async fn redeem(
    State(service): Shared,
    headers: HeaderMap,
    Form(request): Form<RedeemRequest>,
) -> Result<Json<RedeemAnswer>, Problem> {
    let refused = || ProblemType::Refused.problem();
    let (id, secret) = guard::basic(&headers).ok_or_else(refused)?;
    let client = ClientId::new(&id).map_err(|_| refused())?;
    let secret = Blob::<32>::from_text(&secret).map_err(|_| refused())?;
    let known = service.authenticate(&client, &secret).await;
    known.map_err(unavailable)?.ok_or_else(refused)?;
    let origin = request.origin;
    let wanted = CodeFor { client, origin };
    service.redeem(&wanted, &request.code).await.map(Json)
}

/// The session of this browser.
#[utoipa::path(get, path = "/v1/session", responses((status = 200, body = SessionAnswer), Problem))]
pub(crate) async fn session(
    State(service): Shared,
    headers: HeaderMap,
) -> Result<Json<SessionAnswer>, Problem> {
    signed_in(&service, &headers).await?.answer().map(Json)
}

/// Ends the session of this browser.
#[utoipa::path(delete, path = "/v1/session", responses((status = 204), Problem))]
pub(crate) async fn log_out(
    State(service): Shared,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    guard::from_own(&headers, service.settings.origins.iter())?;
    if let Some(token) = token(&headers) {
        service.end_session(&token).await.map_err(unavailable)?;
    }
    let mut response = StatusCode::NO_CONTENT.into_response();
    set_cookie(&mut response, SESSION, "", "SameSite=Lax; Max-Age=0")?;
    Ok(response)
}

/// All sessions of the user of this browser.
#[utoipa::path(get, path = "/v1/sessions", responses((status = 200, body = SessionsAnswer), Problem))]
pub(crate) async fn sessions(
    State(service): Shared,
    headers: HeaderMap,
) -> Result<Json<SessionsAnswer>, Problem> {
    let own = signed_in(&service, &headers).await?;
    let found = service.sessions(&own.user).await.map_err(unavailable)?;
    answers(&found).map(Json)
}

/// Sessions as they are told of.
pub(crate) fn answers(sessions: &[Session]) -> Result<SessionsAnswer, Problem> {
    let sessions: Result<Vec<SessionAnswer>, Problem> =
        sessions.iter().map(Session::answer).collect();
    let sessions = List::new(sessions?).map_err(|_| ProblemType::Internal)?;
    Ok(SessionsAnswer { sessions })
}

/// Ends a session of the user of this browser.
#[utoipa::path(
    delete, path = "/v1/sessions/{id}", params(("id" = String, Path)),
    responses((status = 204), Problem)
)]
pub(crate) async fn end_session(
    State(service): Shared,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    guard::from_own(&headers, service.settings.origins.iter())?;
    let own = signed_in(&service, &headers).await?;
    let id = Blob::<16>::from_text(&id).map_err(|_| ProblemType::NotFound)?;
    let ended = service.end_numbered(&own.user, id.as_bytes()).await;
    let ended = ended.map_err(unavailable)?;
    ended
        .then_some(StatusCode::NO_CONTENT)
        .ok_or(ProblemType::NotFound.into())
}

/// A number for a browser to show, and the cookie that binds it to this browser.
#[utoipa::path(
    post, path = "/v1/handoffs", request_body = HandOffRequest,
    responses((status = 200, body = HandOffAnswer), Problem)
)]
pub(crate) async fn hand_off(
    State(service): Shared,
    head: Parts,
    Form(request): Form<HandOffRequest>,
) -> Result<Response, Problem> {
    let headers = &head.headers;
    let own = service.settings.origins.iter();
    guard::from_own(headers, own.chain([&request.origin]))?;
    let kept = if guard::is_from(headers, &request.origin) {
        "SameSite=Strict"
    } else {
        // Within a page of another site a browser takes none that is `SameSite=Strict`; this one it gives back within pages of
        // that site alone.
        "SameSite=None; Partitioned"
    };
    let wanted = CodeFor {
        client: request.client,
        origin: request.origin,
    };
    let from = source(headers, &head.extensions, service.settings.forwarded);
    let known = known_browser(headers);
    // Whoever hangs up drops this future, and not the task: what was paid for no number is given back.
    let opened = tokio::spawn(async move { service.open_number(wanted, known, from).await });
    let shown = opened.await.map_err(|_| ProblemType::Internal)??;
    let answer = HandOffAnswer {
        number: shown.number,
        seconds: LIFE.get(),
    };
    let mut response = Json(answer).into_response();
    for (name, secret, seconds) in [
        (BROWSER, &shown.browser, LIFE.get()),
        (KNOWN_BROWSER, &shown.known, KNOWN.get()),
    ] {
        let secret = Blob::<32>::new(secret.as_slice()).map_err(|_| ProblemType::Internal)?;
        let text = Zeroizing::new(secret.to_text());
        let kept = format!("{kept}; Max-Age={seconds}");
        set_cookie(&mut response, name, &text, &kept)?;
    }
    Ok(response)
}

/// What a number stands for, for a device to show before its person confirms.
#[utoipa::path(
    post, path = "/v1/handoffs/look", request_body = LookRequest,
    responses((status = 200, body = LookAnswer), Problem)
)]
pub(crate) async fn look(
    State(service): Shared,
    Form(request): Form<LookRequest>,
) -> Result<Json<LookAnswer>, Problem> {
    let identity = Identity::from_bytes(request.identity.as_bytes());
    let identity = identity.map_err(|_| ProblemType::Malformed)?;
    let arrived = service.arrive(&identity, request.cookie.as_bytes(), service.now());
    let wanted = service.look(request.number, &arrived.await?).await?;
    Ok(Json(LookAnswer {
        client: wanted.client,
        origin: wanted.origin,
    }))
}

/// A stream of events (`text/event-stream`): one event `code` with the login code once somebody has logged in for the
/// number, and then its end; its end alone if nobody does.
#[utoipa::path(
    get, path = "/v1/handoffs/{number}/events", params(("number" = String, Path)),
    responses((status = 200, body = HandedOver, content_type = "text/event-stream"), Problem)
)]
pub(crate) async fn events(
    State(service): Shared,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let missing = || ProblemType::NotFound.problem();
    let number = Number::new(&number).map_err(|_| missing())?;
    let browser = browser(&headers).ok_or_else(missing)?;
    let shown = service.is_shown_by(number, &browser).await?;
    let shown = shown.ok_or_else(missing)?;
    let known = known_browser(&headers);
    let told = service.watch.wait(number);
    let told = told.ok_or_else(|| ProblemType::Busy.problem().after(5))?;
    let code = async move {
        let most = Duration::from_secs(shown.get());
        let _over = tokio::time::timeout(most, told).await;
        let code = service
            .collect(number, &browser, known.as_ref())
            .await
            .ok()
            .flatten()?;
        let code = Blob::new(code.as_slice()).ok()?;
        let event = Sent::default().event("code");
        Some(event.json_data(HandedOver { code }))
    };
    let events = stream::once(code).filter_map(core::future::ready);
    Ok(Sse::new(events)
        .keep_alive(KeepAlive::default())
        .into_response())
}

/// Whether everything is as it should be.
#[utoipa::path(
    get, path = "/readyz",
    responses((status = 200, body = ReadyAnswer), (status = 503, body = ReadyAnswer))
)]
pub(crate) async fn ready(State(service): Shared) -> Response {
    let mut faults: Vec<String> = service.parts.effects.clock_fault().into_iter().collect();
    let probe = ClientId::new("readyz");
    let records = match &probe {
        Ok(id) => service.client(id).await.is_ok(),
        Err(_) => false,
    };
    if !records {
        faults.push("the records do not answer".to_owned());
    }
    if service.ledger().usage(&[]).await.is_err() {
        faults.push("the ledger does not answer".to_owned());
    }
    if service.ledger().id() != service.verifier.ledger() {
        faults.push("the ledger is not the one that the service's key belongs to".to_owned());
    }
    readiness(faults)
}

// Whatever the libraries encode fits into the forms.
const _: () = assert!(LoginProof::MAX_LEN <= PROOF_MAX);
const _: () = assert!(DeviceCookie::LEN <= COOKIE_MAX);
const _: () = assert!(Challenge::LEN <= CHALLENGE_MAX);
const _: () = assert!(Signature::MAX_LEN <= PROOF_MAX);
