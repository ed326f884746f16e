//! The documents of the interfaces.

use milagro_wire::forms;
use milagro_wire::name::Name;
use milagro_wire::problem::Problem;
use milagro_wire::server::described;
use utoipa::OpenApi;
use utoipa::openapi;

use crate::{board, service::routes};

/// The media type of canonical bytes.
pub(crate) const OCTETS: &str = "application/octet-stream";

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro authority"),
    paths(
        routes::domain,
        routes::share,
        routes::permit,
        routes::covers,
        routes::last_list,
        routes::list,
        routes::proof,
        routes::ready
    ),
    components(schemas(
        forms::DomainForm,
        forms::DomainsAnswer,
        forms::Epochs,
        forms::ListAnswer,
        forms::PermitAnswer,
        forms::PermitKind,
        forms::PermitRequest,
        forms::ProofAnswer,
        forms::ProtocolName,
        forms::ReadyAnswer,
        forms::ShareAnswer,
        forms::ShareRequest,
        Problem
    ))
)]
struct Authority;

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro board"),
    paths(board::put_message, board::message, board::names),
    components(schemas(forms::NamesAnswer, Name, Problem))
)]
struct Board;

pub(crate) fn authority() -> openapi::OpenApi {
    described(Authority::openapi())
}

pub(crate) fn board() -> openapi::OpenApi {
    described(Board::openapi())
}
