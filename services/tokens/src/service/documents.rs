//! The document of the interface.

use milagro_wire::forms::ReadyAnswer;
use milagro_wire::problem::Problem;
use milagro_wire::server::described;
use utoipa::OpenApi;
use utoipa::openapi;

use crate::forms;
use crate::service::routes;

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro tokens"),
    paths(routes::schedule, routes::issue, routes::redeem, routes::ready),
    components(schemas(
        forms::RedeemAnswer,
        forms::RedeemItem,
        forms::RedeemOutcome,
        forms::RedeemRequest,
        ReadyAnswer,
        Problem
    ))
)]
struct Tokens;

pub(crate) fn tokens() -> openapi::OpenApi {
    described(Tokens::openapi())
}
