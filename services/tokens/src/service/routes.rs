//! Paths. Each handler decodes, has one thing done, and encodes.

use alloc::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use milagro_wire::forms::ReadyAnswer;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::{Form, Octets, readiness};

use crate::forms::{REDEEM_BODY_MAX, RedeemAnswer, RedeemRequest};
use crate::service::{Service, documents, issue, redeem};

type Shared = State<Arc<Service>>;

/// The media type of canonical bytes.
const OCTETS: HeaderValue = HeaderValue::from_static("application/octet-stream");

/// The routes of a token service, to be put into a frame (`milagro_wire::server::frame`).
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/v1/{tenant}/schedule", get(schedule))
        .route(
            "/v1/{tenant}/issue",
            post(issue).layer(DefaultBodyLimit::disable()),
        )
        .route(
            "/v1/{tenant}/redeem",
            post(redeem).layer(DefaultBodyLimit::max(REDEEM_BODY_MAX)),
        )
        .route("/healthz", get(async || StatusCode::NO_CONTENT))
        .route("/readyz", get(ready))
        .route("/openapi.json", get(async || Json(documents::tokens())))
        .with_state(service)
}

/// The published schedule of a tenant: a `SignedSchedule`, the same bytes for everybody.
#[utoipa::path(
    get, path = "/v1/{tenant}/schedule", params(("tenant" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem)
)]
pub(crate) async fn schedule(
    State(service): Shared,
    Path(tenant): Path<String>,
) -> Result<Response, Problem> {
    let shown = service.desk(&tenant)?.shown();
    let shown = shown.ok_or_else(|| ProblemType::Unavailable.problem().after(5))?;
    let cached = HeaderValue::from_static("public, max-age=30");
    let headers = [
        (header::CONTENT_TYPE, OCTETS),
        (header::CACHE_CONTROL, cached),
    ];
    Ok((headers, shown.signed.clone()).into_response())
}

/// Tokens for a user who is known: a `TokenRequest`, answered by a `TokenResponse`. The same request of the same user is
/// charged once, and gets the same answer.
#[utoipa::path(
    post, path = "/v1/{tenant}/issue", params(("tenant" = String, Path)),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), Problem)
)]
pub(crate) async fn issue(
    State(service): Shared,
    Path(tenant): Path<String>,
    request: Request,
) -> Result<Response, Response> {
    let desk = service
        .desk(&tenant)
        .map_err(|kind| kind.problem().into_response())?;
    let door = desk.served.issues.as_ref();
    let door = door.ok_or_else(|| ProblemType::NotFound.problem().into_response())?;
    let (head, body) = request.into_parts();
    let typed = head.headers.get(header::CONTENT_TYPE).cloned();
    let user = issue::user(desk, door, head).await.map_err(|problem| {
        let unauthorized = problem.status == 401;
        let mut response = problem.into_response();
        if unauthorized {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, door.challenge());
        }
        response
    })?;
    let mut request = Request::new(body);
    if let Some(typed) = typed {
        request.headers_mut().insert(header::CONTENT_TYPE, typed);
    }
    let answered = async {
        let Octets(body) = Octets::limited(request, issue::longest(desk)).await?;
        issue::answer(Arc::clone(desk), user, body.to_vec()).await
    };
    let answer = answered.await.map_err(Problem::into_response)?;
    Ok(([(header::CONTENT_TYPE, OCTETS)], answer).into_response())
}

/// Spends tokens. Whose they are is neither asked nor read: no header but the type of the body.
#[utoipa::path(
    post, path = "/v1/{tenant}/redeem", params(("tenant" = String, Path)), request_body = RedeemRequest,
    responses((status = 200, body = RedeemAnswer), Problem)
)]
pub(crate) async fn redeem(
    State(service): Shared,
    Path(tenant): Path<String>,
    Form(request): Form<RedeemRequest>,
) -> Result<Json<RedeemAnswer>, Problem> {
    let desk = service.desk(&tenant)?;
    redeem::redeem(Arc::clone(desk), request).await.map(Json)
}

/// Whether everything is as it should be. Red before a key for the next epoch is missing.
#[utoipa::path(
    get, path = "/readyz",
    responses((status = 200, body = ReadyAnswer), (status = 503, body = ReadyAnswer))
)]
pub(crate) async fn ready(State(service): Shared) -> Response {
    let clock = service.clock_fault().into_iter();
    let desks = service.desks().flat_map(|desk| desk.faults());
    readiness(clock.chain(desks).collect())
}
