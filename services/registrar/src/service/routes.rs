//! Paths for devices. Each handler decodes, has one thing done, and encodes.

use alloc::sync::Arc;
use core::future::Future;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use milagro_mpin::names::Epoch;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::registrar::{
    BulletinAnswer, DeviceAnswer, DeviceRequest, EnrolmentAnswer, EnrolmentRequest, MailRequest,
    RegistrarAnswer, SharesAnswer,
};
use milagro_wire::forms::{ReadyAnswer, ShareRequest};
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Form, readiness};

use crate::documents;
use crate::service::Service;

type Shared = State<Arc<Service>>;

/// The routes for devices, to be put into a frame (`milagro_wire::server::frame`).
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/registrar", get(about))
        .route("/v1/enrolments", post(enrol))
        .route("/v1/mails", post(mail))
        .route("/v1/shares", post(shares))
        .route("/v1/devices", post(device))
        .route("/v1/bulletins/{epoch}", get(bulletin))
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(async || Json(documents::devices())))
        .with_state(service)
}

/// What this registrar registers for.
#[utoipa::path(get, path = "/v1/registrar", responses((status = 200, body = RegistrarAnswer), Problem))]
pub(crate) async fn about(State(service): Shared) -> Result<Json<RegistrarAnswer>, Problem> {
    Ok(Json(RegistrarAnswer {
        application: service.application().to_owned(),
        domain: Blob::new(service.domain.to_bytes()).map_err(|_| ProblemType::Internal)?,
        registrar: Blob::new(service.keys.public().to_bytes())
            .map_err(|_| ProblemType::Internal)?,
        epoch_seconds: service.window.length.seconds().get(),
        hook: service.hooks.may_enrol.is_some(),
        mail: service.mailer.is_some(),
        logins: service.logins.is_some(),
    }))
}

/// A grant for a device. To the same device again, until it has logged in.
#[utoipa::path(
    post, path = "/v1/enrolments", request_body = EnrolmentRequest,
    responses((status = 200, body = EnrolmentAnswer), Problem)
)]
pub(crate) async fn enrol(
    State(service): Shared,
    Form(request): Form<EnrolmentRequest>,
) -> Result<Json<EnrolmentAnswer>, Problem> {
    // In a task of its own: a device that hangs up changes nothing.
    finish(async move { service.enrol(&request).await })
        .await
        .map(Json)
}

/// Sends an activation code to an address.
#[utoipa::path(
    post, path = "/v1/mails", request_body = MailRequest,
    responses((status = 204, description = "sent"), Problem)
)]
pub(crate) async fn mail(
    State(service): Shared,
    Form(request): Form<MailRequest>,
) -> Result<StatusCode, Problem> {
    finish(async move { service.mail(request.address.as_str()).await }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Presents a grant to all authorities. Only the device can read their answers.
#[utoipa::path(
    post, path = "/v1/shares", request_body = ShareRequest,
    responses((status = 200, body = SharesAnswer), Problem)
)]
pub(crate) async fn shares(
    State(service): Shared,
    Form(request): Form<ShareRequest>,
) -> Result<Json<SharesAnswer>, Problem> {
    service.forward(&request).await.map(Json)
}

/// The first cookie of a device, from the login service. The same again, until it has logged in.
#[utoipa::path(
    post, path = "/v1/devices", request_body = DeviceRequest,
    responses((status = 200, body = DeviceAnswer), Problem)
)]
pub(crate) async fn device(
    State(service): Shared,
    Form(request): Form<DeviceRequest>,
) -> Result<Json<DeviceAnswer>, Problem> {
    finish(async move { service.first_cookie(&request).await })
        .await
        .map(Json)
}

/// Which files the permits of an epoch are in.
#[utoipa::path(
    get, path = "/v1/bulletins/{epoch}", params(("epoch" = u64, Path)),
    responses((status = 200, body = BulletinAnswer), Problem)
)]
pub(crate) async fn bulletin(
    State(service): Shared,
    epoch: Result<Path<u64>, PathRejection>,
) -> Result<Json<BulletinAnswer>, Problem> {
    let Path(epoch) = epoch.map_err(|_| ProblemType::NotFound)?;
    service.bulletin(Epoch(epoch)).await.map(Json)
}

/// Whether everything is as it should be.
#[utoipa::path(
    get, path = "/readyz",
    responses((status = 200, body = ReadyAnswer), (status = 503, body = ReadyAnswer))
)]
pub(crate) async fn ready(State(service): Shared) -> Response {
    let mut faults: Vec<String> = service.parts.effects.clock_fault().into_iter().collect();
    match service.list().await {
        Ok(Some(_)) => {}
        Ok(None) => faults.push("no revocation list yet".to_owned()),
        Err(problem) => faults.push(problem.to_string()),
    }
    if service.bulletins.is_some() {
        let present = Epoch::at(service.parts.effects.now(), service.window.length);
        if let Err(problem) = service.bulletin(present).await {
            faults.push(format!("bulletin of epoch {}: {problem}", present.0));
        }
    }
    readiness(faults)
}

/// Lets something run to its end, whoever waits for it.
async fn finish<T: Send + 'static>(
    work: impl Future<Output = Result<T, Problem>> + Send + 'static,
) -> Result<T, Problem> {
    let done = tokio::spawn(work).await;
    done.unwrap_or_else(|_| Err(ProblemType::Internal.problem()))
}
