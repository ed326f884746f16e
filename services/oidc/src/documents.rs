//! The document that describes the paths.

use alloc::collections::BTreeMap;

use milagro_wire::server::described;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::{self, Content, Ref, RefOr};
use utoipa::{IntoResponses, OpenApi};

use crate::error::{OAuthError, Refusal};
use crate::forms;
use crate::page::Shown;
use crate::routes;
use crate::tokens::Tokens;

#[derive(OpenApi)]
#[openapi(
    info(title = "milagro OpenID provider"),
    paths(
        routes::metadata,
        routes::server_metadata,
        routes::keys,
        routes::authorize,
        routes::posted,
        routes::consent,
        routes::token,
        routes::push,
        routes::userinfo,
        routes::posted_userinfo,
        routes::introspect,
        routes::revoke,
        routes::log_out,
        routes::posted_log_out,
        routes::confirm
    ),
    components(schemas(
        forms::AuthorizationRequest,
        forms::LogoutRequest,
        forms::OneToken,
        forms::OwnForm,
        forms::PushedAnswer,
        forms::TokenRequest,
        Refusal,
        Tokens
    ))
)]
struct Provider;

/// The OpenAPI document of [`router`](crate::router), to be merged into that of the service beside it.
#[must_use]
pub fn document() -> openapi::OpenApi {
    described(Provider::openapi())
}

impl IntoResponses for OAuthError {
    /// What every path for applications may answer instead of what was asked for.
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let statuses = [
            (
                "400",
                "not a right request, or a grant that is worth nothing",
            ),
            ("401", "nobody who is known"),
            ("429", "too often"),
            ("500", "a fault of the provider"),
            ("503", "ask again"),
        ];
        let response = |words| {
            let content = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Refusal"))));
            let response = ResponseBuilder::new().description(words);
            response.content("application/json", content).build().into()
        };
        let statuses = statuses.into_iter();
        statuses
            .map(|(status, words)| (status.to_owned(), response(words)))
            .collect()
    }
}

impl IntoResponses for Shown {
    fn responses() -> BTreeMap<String, RefOr<openapi::Response>> {
        let statuses = [
            ("200", "a page"),
            ("303", "elsewhere: to log in, or back to the application"),
            ("400", "a page that says what is wrong"),
            ("503", "a page that says to come back"),
        ];
        let response = |status, words| {
            let mut response = ResponseBuilder::new().description(words);
            // A redirect says nothing itself.
            if status != "303" {
                response = response.content("text/html", Content::default());
            }
            response.build().into()
        };
        let statuses = statuses.into_iter();
        statuses
            .map(|(status, words)| (status.to_owned(), response(status, words)))
            .collect()
    }
}
