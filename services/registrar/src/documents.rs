//! The documents of the interfaces.

use milagro_wire::forms;
use milagro_wire::forms::registrar;
use milagro_wire::problem::Problem;
use milagro_wire::server::described;
use utoipa::OpenApi;
use utoipa::openapi;

use crate::{admin, service::routes};

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro registrar"),
    paths(
        routes::about,
        routes::enrol,
        routes::mail,
        routes::shares,
        routes::device,
        routes::bulletin,
        routes::ready
    ),
    components(schemas(
        forms::ReadyAnswer,
        forms::ShareAnswer,
        forms::ShareRequest,
        registrar::BulletinAnswer,
        registrar::DeviceAnswer,
        registrar::DeviceRequest,
        registrar::EnrolmentAnswer,
        registrar::EnrolmentRequest,
        registrar::Entitlement,
        registrar::HookEntitlement,
        registrar::MailRequest,
        registrar::RegistrarAnswer,
        registrar::SharesAnswer,
        Problem
    ))
)]
struct Devices;

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro registrar, for administrators"),
    paths(
        admin::code,
        admin::subjects,
        admin::code_for_device,
        admin::tell,
        admin::server,
        admin::logged_in,
        admin::may_log_in,
        admin::remove,
        admin::restore,
        admin::push,
        admin::publish_due,
        admin::publish
    ),
    components(schemas(
        registrar::BulletinAnswer,
        forms::ShareAnswer,
        registrar::CodeAnswer,
        registrar::NewsForm,
        registrar::NewsRequest,
        registrar::PermitUserAnswer,
        registrar::PushAnswer,
        registrar::ServerAnswer,
        registrar::ServerRequest,
        registrar::SharesAnswer,
        registrar::SubjectForm,
        registrar::SubjectState,
        registrar::SubjectsAnswer,
        registrar::UserRequest,
        Problem
    ))
)]
struct Admin;

pub(crate) fn devices() -> openapi::OpenApi {
    described(Devices::openapi())
}

pub(crate) fn admin() -> openapi::OpenApi {
    described(Admin::openapi())
}
