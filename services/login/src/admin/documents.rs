//! The document of the operator's routes.

use milagro_wire::login::{SessionAnswer, SessionsAnswer};
use milagro_wire::problem::Problem;
use utoipa::OpenApi;

use super::{forms, routes};

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro login, for its operator"),
    paths(
        routes::users,
        routes::found_user,
        routes::lock,
        routes::unlock,
        routes::sessions,
        routes::end_sessions,
        routes::enrol,
        routes::away,
        routes::back,
        routes::remove,
        routes::recover,
        routes::clients,
        routes::put_client,
        routes::remove_client,
        routes::cookie_key,
        routes::statement_key,
        routes::audit
    ),
    components(schemas(
        forms::AuditAnswer,
        forms::ClientAnswer,
        forms::ClientRequest,
        forms::CookieAnswer,
        forms::DeviceAnswer,
        forms::EndedAnswer,
        forms::EnrolRequest,
        forms::NamesAnswer,
        forms::RotatedAnswer,
        forms::UserAnswer,
        SessionAnswer,
        SessionsAnswer,
        Problem
    ))
)]
pub(super) struct Operator;
