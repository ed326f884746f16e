//! The routes with the document that describes them.

use alloc::sync::Arc;

use axum::middleware::map_response;
use axum::routing::get;
use axum::{Json, Router};
use milagro_wire::problem::Problem;
use milagro_wire::server::described;
use milagro_wire::{forms, login as said};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as OpenApiDocument;

use crate::agreements;
use crate::own;
use crate::routes;
use crate::service::Service;

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro login"),
    paths(
        routes::challenge,
        routes::login,
        agreements::agree,
        agreements::confirm,
        routes::sign,
        routes::signing_keys,
        routes::redeem,
        routes::session,
        routes::log_out,
        routes::sessions,
        routes::end_session,
        own::devices,
        own::remove,
        own::code,
        routes::hand_off,
        routes::look,
        routes::events,
        routes::ready
    ),
    components(schemas(
        forms::registrar::CodeAnswer,
        said::ChallengeAnswer,
        said::AgreedKeys,
        said::agreements::AgreementAnswer,
        said::agreements::AgreementRequest,
        said::agreements::ConfirmRequest,
        said::HandOffAnswer,
        said::HandOffRequest,
        said::HandedOver,
        said::LoginAnswer,
        said::LoginRequest,
        said::LookAnswer,
        said::LookRequest,
        said::Purpose,
        said::OwnDevice,
        said::OwnDevicesAnswer,
        said::PermitKinds,
        said::PermitWanted,
        said::RedeemAnswer,
        said::RedeemRequest,
        said::SessionAnswer,
        said::SessionsAnswer,
        said::SignatureAnswer,
        said::SignatureRequest,
        forms::ReadyAnswer,
        Problem
    ))
)]
struct Login;

/// The routes of a login service, to be put into a frame (`milagro_wire::server::frame`), in a runtime of tokio.
pub fn router(service: Arc<Service>) -> Router {
    routes_with(service, Login::openapi())
}

/// The same, where another service is mounted beside it, which `other` describes: one document has the paths of both.
pub fn router_beside(service: Arc<Service>, other: OpenApiDocument) -> Router {
    let mut document = Login::openapi();
    document.merge(other);
    routes_with(service, document)
}

fn routes_with(service: Arc<Service>, document: OpenApiDocument) -> Router {
    let document = Json(described(document));
    let document = get(async move || document);
    routes::paths(service)
        .route("/openapi.json", document)
        .layer(map_response(routes::shown_nowhere))
}
