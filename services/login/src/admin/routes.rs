//! The operator's paths. Each handler decodes, has one thing done, and encodes.

use alloc::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use milagro_mpin::Identity;
use milagro_mpin::server::DeviceId;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::login::SessionsAnswer;
use milagro_wire::login::names::{ClientId, UserName};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Form;
use serde::Deserialize;

use crate::admin::forms::{
    AuditAnswer, ClientAnswer, ClientRequest, CookieAnswer, DeviceAnswer, EndedAnswer,
    EnrolRequest, NamesAnswer, RotatedAnswer, UserAnswer,
};
use crate::device::{self, Device};
use crate::kinds::{CLIENT, USER};
use crate::notes::{Event, Outcome, What};
use crate::ring::Rotated;
use crate::routes::answers;
use crate::service::Service;
use crate::shelf::{self, unavailable};

/// Names in one answer.
const PAGE: u16 = 256;

type Shared = State<Arc<Service>>;

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct After {
    after: Option<String>,
}

fn user_of(text: &str) -> Result<UserName, Problem> {
    UserName::new(text).map_err(|_| ProblemType::NotFound.problem())
}

fn device_of(text: &str) -> Result<DeviceId, Problem> {
    let blob = Blob::<16>::from_text(text).ok();
    let bytes = blob.and_then(|blob| blob.to_array());
    bytes
        .map(DeviceId::from_bytes)
        .ok_or_else(|| ProblemType::NotFound.problem())
}

async fn names(
    service: &Service,
    kind: milagro_ledger::Kind,
    after: After,
) -> Result<Json<NamesAnswer>, Problem> {
    let after = after.after.unwrap_or_default();
    let page = service
        .records()
        .list(kind, &[], after.as_bytes(), PAGE)
        .await;
    let page = page.map_err(unavailable)?;
    let names = page.keys.into_iter();
    let names = names
        .filter_map(|key| String::from_utf8(key).ok())
        .collect();
    Ok(Json(NamesAnswer {
        names: List::new(names).map_err(|_| ProblemType::Internal)?,
        more: page.more,
    }))
}

/// Names of users, 256 at a time.
#[utoipa::path(
    get, path = "/admin/v1/users", params(("after" = Option<String>, Query)),
    responses((status = 200, body = NamesAnswer), Problem)
)]
pub(super) async fn users(
    State(service): Shared,
    Query(after): Query<After>,
) -> Result<Json<NamesAnswer>, Problem> {
    names(&service, USER, after).await
}

/// Ids of applications, 256 at a time.
#[utoipa::path(
    get, path = "/admin/v1/clients", params(("after" = Option<String>, Query)),
    responses((status = 200, body = NamesAnswer), Problem)
)]
pub(super) async fn clients(
    State(service): Shared,
    Query(after): Query<After>,
) -> Result<Json<NamesAnswer>, Problem> {
    names(&service, CLIENT, after).await
}

/// A user: whether locked, and the devices.
#[utoipa::path(
    get, path = "/admin/v1/users/{user}", params(("user" = String, Path)),
    responses((status = 200, body = UserAnswer), Problem)
)]
pub(super) async fn found_user(
    State(service): Shared,
    Path(user): Path<String>,
) -> Result<Json<UserAnswer>, Problem> {
    let user = user_of(&user)?;
    let records = service.records();
    let known = shelf::find(records, USER, user.as_str().as_bytes()).await;
    known.map_err(unavailable)?.ok_or(ProblemType::NotFound)?;
    let locked = device::is_locked(records, &user)
        .await
        .map_err(unavailable)?;
    let found = service.devices(&user).await.map_err(unavailable)?;
    let devices: Result<Vec<DeviceAnswer>, Problem> = found
        .iter()
        .map(|(_, device)| device_answer(device))
        .collect();
    let devices = List::new(devices?).map_err(|_| ProblemType::Internal)?;
    Ok(Json(UserAnswer {
        user,
        locked,
        devices,
    }))
}

fn device_answer(device: &Device) -> Result<DeviceAnswer, Problem> {
    let internal = |_| ProblemType::Internal.problem();
    Ok(DeviceAnswer {
        device: Blob::new(device.id.to_bytes()).map_err(internal)?,
        identity: Blob::new(device.identity.to_bytes()).map_err(internal)?,
        enrolled: device.enrolled.get(),
        frozen: device.pair.is_frozen(),
        confirmed: device.confirmed,
        away: device.away,
    })
}

/// Locks a user, which ends all sessions.
#[utoipa::path(
    post, path = "/admin/v1/users/{user}/lock", params(("user" = String, Path)),
    responses((status = 204, description = "locked"), Problem)
)]
pub(super) async fn lock(
    State(service): Shared,
    Path(user): Path<String>,
) -> Result<StatusCode, Problem> {
    service.set_locked(&user_of(&user)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Unlocks a user.
#[utoipa::path(
    post, path = "/admin/v1/users/{user}/unlock", params(("user" = String, Path)),
    responses((status = 204, description = "unlocked"), Problem)
)]
pub(super) async fn unlock(
    State(service): Shared,
    Path(user): Path<String>,
) -> Result<StatusCode, Problem> {
    service.set_locked(&user_of(&user)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Enrols an identity, and answers with its first cookie.
#[utoipa::path(
    post, path = "/admin/v1/devices", request_body = EnrolRequest,
    responses((status = 200, body = CookieAnswer), Problem)
)]
pub(super) async fn enrol(
    State(service): Shared,
    Form(request): Form<EnrolRequest>,
) -> Result<Json<CookieAnswer>, Problem> {
    let identity = Identity::from_bytes(request.identity.as_bytes());
    let identity = identity.map_err(|_| ProblemType::Malformed)?;
    let enrolled = service.enrol(&request.user, &identity).await?;
    cookie(enrolled.device, enrolled.cookie).map(Json)
}

/// The registrar has removed a device.
#[utoipa::path(
    post, path = "/admin/v1/devices/away", request_body = EnrolRequest,
    responses((status = 204, description = "it logs in no more"), Problem)
)]
pub(super) async fn away(
    State(service): Shared,
    Form(request): Form<EnrolRequest>,
) -> Result<StatusCode, Problem> {
    set_away(&service, &request, true).await
}

/// The registrar has taken the removal of a device back.
#[utoipa::path(
    post, path = "/admin/v1/devices/back", request_body = EnrolRequest,
    responses((status = 204, description = "it may log in again"), Problem)
)]
pub(super) async fn back(
    State(service): Shared,
    Form(request): Form<EnrolRequest>,
) -> Result<StatusCode, Problem> {
    set_away(&service, &request, false).await
}

async fn set_away(
    service: &Service,
    request: &EnrolRequest,
    away: bool,
) -> Result<StatusCode, Problem> {
    let identity = Identity::from_bytes(request.identity.as_bytes());
    let identity = identity.map_err(|_| ProblemType::Malformed)?;
    service.set_away(&request.user, &identity, away).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A new cookie for a device that lost its own.
#[utoipa::path(
    post, path = "/admin/v1/users/{user}/devices/{device}/recover", params(("user" = String, Path), ("device" = String, Path)),
    responses((status = 200, body = CookieAnswer), Problem)
)]
pub(super) async fn recover(
    State(service): Shared,
    Path((user, device)): Path<(String, String)>,
) -> Result<Json<CookieAnswer>, Problem> {
    let id = device_of(&device)?;
    let fresh = service.recover(&user_of(&user)?, id).await?;
    cookie(id, fresh).map(Json)
}

fn cookie(device: DeviceId, cookie: Blob<64>) -> Result<CookieAnswer, Problem> {
    let device = Blob::new(device.to_bytes()).map_err(|_| ProblemType::Internal)?;
    Ok(CookieAnswer { device, cookie })
}

/// Removes a device for ever.
#[utoipa::path(
    delete, path = "/admin/v1/users/{user}/devices/{device}", params(("user" = String, Path), ("device" = String, Path)),
    responses((status = 204, description = "removed"), Problem)
)]
pub(super) async fn remove(
    State(service): Shared,
    Path((user, device)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    service
        .remove(&user_of(&user)?, device_of(&device)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The sessions of a user.
#[utoipa::path(
    get, path = "/admin/v1/users/{user}/sessions", params(("user" = String, Path)),
    responses((status = 200, body = SessionsAnswer), Problem)
)]
pub(super) async fn sessions(
    State(service): Shared,
    Path(user): Path<String>,
) -> Result<Json<SessionsAnswer>, Problem> {
    let found = service.sessions(&user_of(&user)?).await;
    answers(&found.map_err(unavailable)?).map(Json)
}

/// Ends the sessions of a user.
#[utoipa::path(
    delete, path = "/admin/v1/users/{user}/sessions", params(("user" = String, Path)),
    responses((status = 200, body = EndedAnswer), Problem)
)]
pub(super) async fn end_sessions(
    State(service): Shared,
    Path(user): Path<String>,
) -> Result<Json<EndedAnswer>, Problem> {
    let user = user_of(&user)?;
    let ended = service
        .end_sessions(&user, None)
        .await
        .map_err(unavailable)?;
    let event = Event::new(What::Session, Outcome::Closed).of(&service.book, &user);
    service.book.note(service.now(), event).await?;
    Ok(Json(EndedAnswer { ended }))
}

/// Registers an application, or changes it, and gives it a new secret.
#[utoipa::path(
    put, path = "/admin/v1/clients/{client}", params(("client" = String, Path)), request_body = ClientRequest,
    responses((status = 200, body = ClientAnswer), Problem)
)]
pub(super) async fn put_client(
    State(service): Shared,
    Path(client): Path<String>,
    Form(request): Form<ClientRequest>,
) -> Result<Json<ClientAnswer>, Problem> {
    let client = ClientId::new(&client).map_err(|_| ProblemType::NotFound)?;
    let secret = service
        .put_client(&client, request.origins.into_vec())
        .await?;
    note_client(&service, &client).await?;
    let secret = Blob::new(*secret).map_err(|_| ProblemType::Internal)?;
    Ok(Json(ClientAnswer { client, secret }))
}

/// Removes an application.
#[utoipa::path(
    delete, path = "/admin/v1/clients/{client}", params(("client" = String, Path)),
    responses((status = 204, description = "removed"), Problem)
)]
pub(super) async fn remove_client(
    State(service): Shared,
    Path(client): Path<String>,
) -> Result<StatusCode, Problem> {
    let client = ClientId::new(&client).map_err(|_| ProblemType::NotFound)?;
    let key = client.as_str().as_bytes();
    let gone = shelf::delete(service.records(), CLIENT, key).await;
    if !gone.map_err(unavailable)? {
        return Err(ProblemType::NotFound.problem());
    }
    note_client(&service, &client).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn note_client(service: &Service, client: &ClientId) -> Result<(), Problem> {
    let event = Event::new(What::Client, Outcome::Accepted).by(client);
    service.book.note(service.now(), event).await
}

/// Makes a new key of device cookies, which is used in ten minutes.
#[utoipa::path(
    post, path = "/admin/v1/keys/cookies",
    responses((status = 200, body = RotatedAnswer), Problem)
)]
pub(super) async fn cookie_key(State(service): Shared) -> Result<Json<RotatedAnswer>, Problem> {
    rotated(service, Rotated::Cookies).await
}

/// Makes a new key of statements about signatures, which signs in ten minutes.
#[utoipa::path(
    post, path = "/admin/v1/keys/countersigning",
    responses((status = 200, body = RotatedAnswer), Problem)
)]
pub(super) async fn statement_key(State(service): Shared) -> Result<Json<RotatedAnswer>, Problem> {
    rotated(service, Rotated::Statements).await
}

async fn rotated(service: Arc<Service>, what: Rotated) -> Result<Json<RotatedAnswer>, Problem> {
    // A client that hangs up drops this future, and not the task.
    let ended = tokio::spawn(async move { service.rotate(what).await }).await;
    let from = ended.map_err(|_| ProblemType::Internal.problem())??;
    Ok(Json(RotatedAnswer { from: from.get() }))
}

/// How far the audit file has come.
#[utoipa::path(
    get, path = "/admin/v1/audit",
    responses((status = 200, body = AuditAnswer), Problem)
)]
pub(super) async fn audit(State(service): Shared) -> Json<AuditAnswer> {
    let head = service.parts.audit.head();
    Json(AuditAnswer {
        lines: head.lines,
        chain: head.chain.to_string(),
    })
}
