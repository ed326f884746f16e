//! The operator's routes: a router of its own, for a listener of its own, behind a key of its own.
//!
//! | path | what it does |
//! |---|---|
//! | `GET /admin/v1/users?after=` | names of users, 256 at a time |
//! | `GET /admin/v1/users/{user}` | whether the user is locked, and the devices |
//! | `POST /admin/v1/users/{user}/lock`, `/unlock` | locks, which ends all sessions; unlocks |
//! | `POST /admin/v1/devices` | enrols an identity, and answers with its first cookie |
//! | `POST /admin/v1/devices/away`, `/back` | the registrar has removed a device; takes that back |
//! | `POST /admin/v1/users/{user}/devices/{device}/recover` | a new cookie for a device that lost its own |
//! | `DELETE /admin/v1/users/{user}/devices/{device}` | removes a device for ever |
//! | `GET`, `DELETE /admin/v1/users/{user}/sessions` | the sessions of a user; ends them |
//! | `GET /admin/v1/clients` | ids of applications |
//! | `PUT /admin/v1/clients/{client}` | an application's origins; answers with its new secret |
//! | `DELETE /admin/v1/clients/{client}` | takes no more codes for it |
//! | `GET /admin/v1/audit` | how far the audit file has come: lines, and the chain of the last |
//!
//! All want `Authorization: Bearer` with the key, 32 bytes in base64url.

pub mod forms;

use alloc::sync::Arc;
use core::fmt;

use axum::extract::{Path, Query, Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use milagro_mpin::Identity;
use milagro_mpin::server::DeviceId;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::login::SessionsAnswer;
use milagro_wire::login::names::{ClientId, UserName};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Form;
use serde::Deserialize;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::admin::forms::{
    AuditAnswer, ClientAnswer, ClientRequest, CookieAnswer, DeviceAnswer, EndedAnswer,
    EnrolRequest, NamesAnswer, UserAnswer,
};
use crate::device::{self, Device};
use crate::guard;
use crate::kinds::{CLIENT, USER};
use crate::notes::{Event, Outcome, What};
use crate::routes::answers;
use crate::service::Service;
use crate::shelf::{self, digest, unavailable};

/// Names in one answer.
const PAGE: u16 = 256;

/// The key of the operator's routes. Its hash is kept, and the key is not.
#[derive(Clone)]
pub struct AdminKey([u8; 32]);

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminKey").finish_non_exhaustive()
    }
}

impl AdminKey {
    /// The key of 32 uniformly random bytes.
    #[must_use]
    pub fn new(key: &[u8; 32]) -> Self {
        Self(digest("admin", key))
    }

    fn is(&self, text: &str) -> bool {
        let given = Blob::<32>::from_text(text)
            .ok()
            .and_then(|blob| blob.to_array());
        let given = given.map(Zeroizing::new);
        given.is_some_and(|given: Zeroizing<[u8; 32]>| {
            digest("admin", &*given).ct_eq(&self.0).into()
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct After {
    after: Option<String>,
}

type Shared = State<Arc<Service>>;

/// The operator's routes, to be put into a frame of their own (`milagro_wire::server::frame`), on an address that users do
/// not reach.
pub fn router(service: Arc<Service>, key: AdminKey) -> Router {
    let user = "/admin/v1/users/{user}";
    let one = "/admin/v1/users/{user}/devices/{device}";
    let routes = Router::new()
        .route("/admin/v1/users", get(users))
        .route(user, get(found_user))
        .route(&format!("{user}/lock"), post(lock))
        .route(&format!("{user}/unlock"), post(unlock))
        .route(
            &format!("{user}/sessions"),
            get(sessions).delete(end_sessions),
        )
        .route("/admin/v1/devices", post(enrol))
        .route("/admin/v1/devices/away", post(away))
        .route("/admin/v1/devices/back", post(back))
        .route(one, delete(remove))
        .route(&format!("{one}/recover"), post(recover))
        .route("/admin/v1/clients", get(clients))
        .route(
            "/admin/v1/clients/{client}",
            axum::routing::put(put_client).delete(remove_client),
        )
        .route("/admin/v1/audit", get(audit))
        .with_state(service);
    guarded(routes, key)
}

/// Puts the operator's key in front of other routes, which stand beside those of [`router`].
pub fn guarded(routes: Router, key: AdminKey) -> Router {
    routes.layer(from_fn_with_state(Arc::new(key), authenticated))
}

/// Lets nobody in without the key.
async fn authenticated(State(key): State<Arc<AdminKey>>, request: Request, next: Next) -> Response {
    let known = guard::bearer(request.headers()).is_some_and(|text| key.is(text));
    // No page has a business here, whatever key it may have got hold of.
    let page = guard::from_own(request.headers(), core::iter::empty());
    if known && page.is_ok() {
        next.run(request).await
    } else {
        ProblemType::Refused.problem().into_response()
    }
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

async fn users(
    State(service): Shared,
    Query(after): Query<After>,
) -> Result<Json<NamesAnswer>, Problem> {
    names(&service, USER, after).await
}

async fn clients(
    State(service): Shared,
    Query(after): Query<After>,
) -> Result<Json<NamesAnswer>, Problem> {
    names(&service, CLIENT, after).await
}

async fn found_user(
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

async fn lock(State(service): Shared, Path(user): Path<String>) -> Result<StatusCode, Problem> {
    service.set_locked(&user_of(&user)?, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn unlock(State(service): Shared, Path(user): Path<String>) -> Result<StatusCode, Problem> {
    service.set_locked(&user_of(&user)?, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn enrol(
    State(service): Shared,
    Form(request): Form<EnrolRequest>,
) -> Result<Json<CookieAnswer>, Problem> {
    let identity = Identity::from_bytes(request.identity.as_bytes());
    let identity = identity.map_err(|_| ProblemType::Malformed)?;
    let enrolled = service.enrol(&request.user, &identity).await?;
    cookie(enrolled.device, enrolled.cookie).map(Json)
}

async fn away(
    State(service): Shared,
    Form(request): Form<EnrolRequest>,
) -> Result<StatusCode, Problem> {
    set_away(&service, &request, true).await
}

async fn back(
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

async fn recover(
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

async fn remove(
    State(service): Shared,
    Path((user, device)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    service
        .remove(&user_of(&user)?, device_of(&device)?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sessions(
    State(service): Shared,
    Path(user): Path<String>,
) -> Result<Json<SessionsAnswer>, Problem> {
    let found = service.sessions(&user_of(&user)?).await;
    answers(&found.map_err(unavailable)?).map(Json)
}

async fn end_sessions(
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

async fn put_client(
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

async fn remove_client(
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

async fn audit(State(service): Shared) -> Json<AuditAnswer> {
    let head = service.parts.audit.head();
    Json(AuditAnswer {
        lines: head.lines,
        chain: head.chain.to_string(),
    })
}
