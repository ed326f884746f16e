//! The document of the operator's routes.

use milagro_wire::problem::Problem;
use utoipa::OpenApi;

use crate::admin;
use crate::clients::{Authentication, IdTokenAlgorithm, Registration};

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro OpenID provider, for its operator"),
    paths(
        admin::list,
        admin::shown,
        admin::register,
        admin::secret,
        admin::remove,
        admin::rotate
    ),
    components(schemas(
        Authentication,
        IdTokenAlgorithm,
        admin::Ids,
        admin::Registered,
        Registration,
        Problem
    ))
)]
pub(super) struct Operator;
