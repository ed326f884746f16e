//! Routes for administrators and for the login service, on a listener of their own and under a key of their own.
//!
//! The key is 32 random bytes; a request brings them as `Authorization: Bearer` and 43 characters of base64url. The service
//! keeps their hash.

use alloc::sync::Arc;
use core::fmt;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use milagro_mpin::Identity;
use milagro_mpin::names::Epoch;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::IDENTITY_MAX;
use milagro_wire::forms::registrar::{
    BulletinAnswer, CodeAnswer, NewsRequest, PermitUserAnswer, PushAnswer, ServerAnswer,
    ServerRequest, SubjectForm, SubjectsAnswer, UserRequest,
};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::Form;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::documents;
use crate::service::Service;

type Shared = State<Arc<Service>>;
type Subject = Result<Path<String>, PathRejection>;

/// What an administrator's key is compared with: its hash.
#[derive(Clone)]
pub struct AdminKey([u8; 32]);

impl AdminKey {
    /// That of 32 random bytes.
    #[must_use]
    pub fn of(key: &[u8; 32]) -> Self {
        Self(Sha256::digest(key).into())
    }

    fn opens(&self, request: &Request) -> bool {
        let given = request
            .headers()
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let given = given.and_then(|value| value.strip_prefix("Bearer "));
        let given = given.and_then(|text| Blob::<32>::from_text(text).ok()?.to_array::<32>());
        given.is_some_and(|given| bool::from(Self::of(&given).0.ct_eq(&self.0)))
    }
}

impl fmt::Debug for AdminKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminKey(..)")
    }
}

/// The routes, to be put into a frame (`milagro_wire::server::frame`). Without the key, every path is refused.
pub fn router(service: Arc<Service>, key: AdminKey) -> Router {
    Router::new()
        .route("/v1/codes", post(code))
        .route("/v1/subjects", get(subjects))
        .route("/v1/subjects/{subject}/code", post(code_for_device))
        .route("/v1/subjects/{subject}/login", post(logged_in))
        .route("/v1/subjects/{subject}/permission", post(may_log_in))
        .route("/v1/subjects/{subject}/remove", post(remove))
        .route("/v1/subjects/{subject}/restore", post(restore))
        .route("/v1/news", post(tell))
        .route("/v1/servers", post(server))
        .route("/v1/list", post(push))
        .route("/v1/bulletins", post(publish_due))
        .route("/v1/bulletins/{epoch}", post(publish))
        .route("/openapi.json", get(async || Json(documents::admin())))
        .with_state(service)
        .layer(from_fn(move |request: Request, next: Next| {
            let opens = key.opens(&request);
            async move { guarded(opens, request, next).await }
        }))
}

async fn guarded(opens: bool, request: Request, next: Next) -> Response {
    if opens {
        next.run(request).await
    } else {
        ProblemType::Refused.problem().into_response()
    }
}

/// Makes an activation code for a user.
#[utoipa::path(post, path = "/v1/codes", request_body = UserRequest, responses((status = 200, body = CodeAnswer), Problem))]
pub(crate) async fn code(
    State(service): Shared,
    Form(request): Form<UserRequest>,
) -> Result<Json<CodeAnswer>, Problem> {
    service.code(request.user.as_str()).await.map(Json)
}

/// The live devices of a user.
#[utoipa::path(
    get, path = "/v1/subjects", params(("user" = String, Query)),
    responses((status = 200, body = SubjectsAnswer), Problem)
)]
pub(crate) async fn subjects(
    State(service): Shared,
    query: Result<Query<UserRequest>, QueryRejection>,
) -> Result<Json<SubjectsAnswer>, Problem> {
    let Query(request) = query.map_err(|_| ProblemType::Malformed)?;
    service.devices(request.user.as_str()).await.map(Json)
}

/// Makes an activation code for another device of a subject that is logged in.
#[utoipa::path(
    post, path = "/v1/subjects/{subject}/code", params(("subject" = String, Path)),
    responses((status = 200, body = CodeAnswer), Problem)
)]
pub(crate) async fn code_for_device(
    State(service): Shared,
    subject: Subject,
) -> Result<Json<CodeAnswer>, Problem> {
    service.code_for_device(&identity(subject)?).await.map(Json)
}

/// Says that a subject has logged in.
#[utoipa::path(
    post, path = "/v1/subjects/{subject}/login", params(("subject" = String, Path)),
    responses((status = 204, description = "noted"), Problem)
)]
pub(crate) async fn logged_in(
    State(service): Shared,
    subject: Subject,
) -> Result<StatusCode, Problem> {
    service
        .logged_in(&identity(subject)?)
        .await
        .map(|()| StatusCode::NO_CONTENT)
}

/// Whether a subject may log in now.
#[utoipa::path(
    post, path = "/v1/subjects/{subject}/permission", params(("subject" = String, Path)),
    responses((status = 200, body = PermitUserAnswer), Problem)
)]
pub(crate) async fn may_log_in(
    State(service): Shared,
    subject: Subject,
) -> Result<Json<PermitUserAnswer>, Problem> {
    service.may_log_in(&identity(subject)?).await.map(Json)
}

/// Removes a subject.
#[utoipa::path(
    post, path = "/v1/subjects/{subject}/remove", params(("subject" = String, Path)),
    responses((status = 200, body = SubjectForm), Problem)
)]
pub(crate) async fn remove(
    State(service): Shared,
    subject: Subject,
) -> Result<Json<SubjectForm>, Problem> {
    service.remove(&identity(subject)?).await.map(Json)
}

/// Takes the removal of a subject back.
#[utoipa::path(
    post, path = "/v1/subjects/{subject}/restore", params(("subject" = String, Path)),
    responses((status = 200, body = SubjectForm), Problem)
)]
pub(crate) async fn restore(
    State(service): Shared,
    subject: Subject,
) -> Result<Json<SubjectForm>, Problem> {
    service.restore(&identity(subject)?).await.map(Json)
}

/// Tells a user something of a device, by another way.
#[utoipa::path(
    post, path = "/v1/news", request_body = NewsRequest,
    responses((status = 204, description = "told"), Problem)
)]
pub(crate) async fn tell(
    State(service): Shared,
    Form(request): Form<NewsRequest>,
) -> Result<StatusCode, Problem> {
    service.tell(request.user.as_str(), request.news).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The shares of a server's secret, which only its client's key opens.
#[utoipa::path(
    post, path = "/v1/servers", request_body = ServerRequest,
    responses((status = 200, body = ServerAnswer), Problem)
)]
pub(crate) async fn server(
    State(service): Shared,
    Form(request): Form<ServerRequest>,
) -> Result<Json<ServerAnswer>, Problem> {
    service.server(&request).await.map(Json)
}

/// Makes the next list where there is anything new, and gives the last one to every authority.
#[utoipa::path(post, path = "/v1/list", responses((status = 200, body = PushAnswer), Problem))]
pub(crate) async fn push(State(service): Shared) -> Result<Json<PushAnswer>, Problem> {
    service.push().await.map(Json)
}

/// Publishes the bulletin of an epoch.
#[utoipa::path(
    post, path = "/v1/bulletins/{epoch}", params(("epoch" = u64, Path)),
    responses((status = 200, body = BulletinAnswer), Problem)
)]
pub(crate) async fn publish(
    State(service): Shared,
    epoch: Result<Path<u64>, PathRejection>,
) -> Result<Json<BulletinAnswer>, Problem> {
    let Path(epoch) = epoch.map_err(|_| ProblemType::NotFound)?;
    service.publish(Epoch(epoch)).await.map(Json)
}

/// Publishes the bulletins that are due.
#[utoipa::path(post, path = "/v1/bulletins", responses((status = 204, description = "published"), Problem))]
pub(crate) async fn publish_due(State(service): Shared) -> Result<StatusCode, Problem> {
    service.publish_due().await.map(|()| StatusCode::NO_CONTENT)
}

fn identity(subject: Subject) -> Result<Identity, Problem> {
    let Path(text) = subject.map_err(|_| ProblemType::NotFound)?;
    let bytes = Blob::<IDENTITY_MAX>::from_text(&text).map_err(|_| ProblemType::NotFound)?;
    Ok(Identity::from_bytes(bytes.as_bytes()).map_err(|_| ProblemType::NotFound)?)
}
