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
//! | `POST /admin/v1/keys/cookies`, `/countersigning` | makes a new key, which is used in ten minutes; answers with the time |
//! | `GET /admin/v1/audit` | how far the audit file has come: lines, and the chain of the last |
//! | `GET /openapi.json` | what the paths take and answer, and those of the services beside |
//!
//! All want `Authorization: Bearer` with the key, 32 bytes in base64url.

mod documents;
pub mod forms;
mod routes;

use alloc::sync::Arc;
use core::fmt;

use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use milagro_wire::bounded::Blob;
use milagro_wire::problem::ProblemType;
use milagro_wire::server::described;
use subtle::ConstantTimeEq as _;
use utoipa::OpenApi as _;
use utoipa::openapi::OpenApi as OpenApiDocument;
use zeroize::Zeroizing;

use crate::guard;
use crate::service::Service;
use crate::shelf::digest;

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

/// The operator's routes, to be put into a frame of their own (`milagro_wire::server::frame`), on an address that users do
/// not reach.
pub fn router(service: Arc<Service>, key: AdminKey) -> Router {
    with(service, key, documents::Operator::openapi())
}

/// The same, where operator's routes of another service are mounted beside it, which `other` describes: one document has the
/// paths of both.
pub fn router_beside(service: Arc<Service>, key: AdminKey, other: OpenApiDocument) -> Router {
    let mut document = documents::Operator::openapi();
    document.merge(other);
    with(service, key, document)
}

fn with(service: Arc<Service>, key: AdminKey, document: OpenApiDocument) -> Router {
    let document = Json(described(document));
    let user = "/admin/v1/users/{user}";
    let one = "/admin/v1/users/{user}/devices/{device}";
    let client = put(routes::put_client).delete(routes::remove_client);
    let sessions = get(routes::sessions).delete(routes::end_sessions);
    let paths = Router::new()
        .route("/admin/v1/users", get(routes::users))
        .route(user, get(routes::found_user))
        .route(&format!("{user}/lock"), post(routes::lock))
        .route(&format!("{user}/unlock"), post(routes::unlock))
        .route(&format!("{user}/sessions"), sessions)
        .route("/admin/v1/devices", post(routes::enrol))
        .route("/admin/v1/devices/away", post(routes::away))
        .route("/admin/v1/devices/back", post(routes::back))
        .route(one, delete(routes::remove))
        .route(&format!("{one}/recover"), post(routes::recover))
        .route("/admin/v1/clients", get(routes::clients))
        .route("/admin/v1/clients/{client}", client)
        .route("/admin/v1/keys/cookies", post(routes::cookie_key))
        .route("/admin/v1/keys/countersigning", post(routes::statement_key))
        .route("/admin/v1/audit", get(routes::audit))
        .route("/openapi.json", get(async move || document))
        .with_state(service);
    guarded(paths, key)
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
