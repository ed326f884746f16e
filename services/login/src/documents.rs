//! The documents of the interfaces.

use milagro_wire::problem::Problem;
use milagro_wire::{forms, login as said};
use utoipa::OpenApi;
use utoipa::openapi;

use crate::routes;

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro login"),
    paths(
        routes::challenge,
        routes::login,
        routes::redeem,
        routes::session,
        routes::log_out,
        routes::sessions,
        routes::end_session,
        routes::hand_off,
        routes::look,
        routes::events,
        routes::ready
    ),
    components(schemas(
        said::ChallengeAnswer,
        said::HandOffAnswer,
        said::HandOffRequest,
        said::HandedOver,
        said::LoginAnswer,
        said::LoginRequest,
        said::LookAnswer,
        said::LookRequest,
        said::Purpose,
        said::RedeemAnswer,
        said::RedeemRequest,
        said::SessionAnswer,
        said::SessionsAnswer,
        forms::ReadyAnswer,
        Problem
    ))
)]
struct Login;

pub(crate) fn login() -> openapi::OpenApi {
    Login::openapi()
}
