//! Paths. Each handler decodes, has one thing done, and encodes.

use alloc::sync::Arc;

use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

use crate::authorize::{Answered, see_other, shown};
use crate::error::{OAuthError, Word};
use crate::forms::{
    AuthorizationRequest, LogoutRequest, OneToken, OwnForm, PushedAnswer, TokenRequest,
};
use crate::page::Shown;
use crate::params::Params;
use crate::service::Service;
use crate::tokens::Tokens;

type Shared = State<Arc<Service>>;

/// The paths of a provider, to be put into a frame (`milagro_wire::server::frame`) under the issuer's origin.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route(
            "/.well-known/oauth-authorization-server",
            get(server_metadata),
        )
        .route("/oauth/jwks", get(keys))
        .route("/oauth/authorize", get(authorize).post(posted))
        .route("/oauth/consent", post(consent))
        .route("/oauth/token", post(token))
        .route("/oauth/par", post(push))
        .route("/oauth/userinfo", get(userinfo).post(posted_userinfo))
        .route("/oauth/introspect", post(introspect))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/logout", get(log_out).post(posted_log_out))
        .route("/oauth/logout/confirm", post(confirm))
        .with_state(service)
}

/// For how long applications may keep it: [`crate::keys::CACHED`].
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// What the provider says of itself (OpenID Connect Discovery, section 3).
#[utoipa::path(
    get, path = "/.well-known/openid-configuration",
    responses((status = 200, body = Object, content_type = "application/json", description = "metadata"))
)]
pub(crate) async fn metadata(State(service): Shared) -> Response {
    ([(header::CACHE_CONTROL, PUBLIC)], Json(service.metadata())).into_response()
}

/// The same (RFC 8414).
#[utoipa::path(
    get, path = "/.well-known/oauth-authorization-server",
    responses((status = 200, body = Object, content_type = "application/json", description = "metadata"))
)]
pub(crate) async fn server_metadata(service: Shared) -> Response {
    metadata(service).await
}

/// The keys that the provider signs with, has signed with lately, and will.
#[utoipa::path(
    get, path = "/oauth/jwks",
    responses((status = 200, body = Object, content_type = "application/jwk-set+json", description = "a JWK set (RFC 7517)"))
)]
pub(crate) async fn keys(State(service): Shared) -> Response {
    let (keys, now) = (service.keys().await, service.now());
    let body = keys.published(now).to_string();
    let kind = HeaderValue::from_static("application/jwk-set+json");
    let headers = [
        (header::CACHE_CONTROL, PUBLIC),
        (header::CONTENT_TYPE, kind),
    ];
    (headers, body).into_response()
}

/// Asks who is there. The answer goes back with the browser (RFC 6749, section 4.1.2), or is a page for its user.
#[utoipa::path(
    get,
    path = "/oauth/authorize",
    params(AuthorizationRequest),
    responses(Shown)
)]
pub(crate) async fn authorize(
    State(service): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match Params::parse(query.unwrap_or_default().as_bytes()) {
        Ok(params) => {
            service
                .authorize(&headers, &params, Answered::Nothing)
                .await
        }
        Err(error) => shown(error),
    }
}

/// The same by GET, since a form of another site brings no cookie.
#[utoipa::path(
    post, path = "/oauth/authorize",
    request_body(content = AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses(Shown)
)]
pub(crate) async fn posted(request: Request) -> Response {
    again("/oauth/authorize", request).await
}

/// The same by GET.
#[utoipa::path(
    post, path = "/oauth/logout",
    request_body(content = LogoutRequest, content_type = "application/x-www-form-urlencoded"),
    responses(Shown)
)]
pub(crate) async fn posted_log_out(request: Request) -> Response {
    again("/oauth/logout", request).await
}

async fn again(path: &str, request: Request) -> Response {
    match Params::of(request).await {
        Ok(params) => see_other(&format!("{path}?{}", params.to_text())),
        Err(error) => shown(error),
    }
}

/// The answer to a question of ours.
#[utoipa::path(
    post, path = "/oauth/consent",
    request_body(content = OwnForm, content_type = "application/x-www-form-urlencoded"),
    responses(Shown)
)]
pub(crate) async fn consent(State(service): Shared, request: Request) -> Response {
    let headers = request.headers().clone();
    let answered = async {
        let form = own_form(&service, request).await?;
        let (wanted, token) = (form.need("request")?, form.need("token")?);
        let session = service.browser().session(&headers).await?;
        let foreign = OAuthError::new(Word::InvalidRequest, "the form is not of this session");
        let session = session.ok_or(foreign)?;
        if !service.is_form_token("consent", &session, wanted, token) {
            return Err(foreign);
        }
        let answer = match form.get("answer") {
            Some("yes") => Answered::Yes,
            _ => Answered::No,
        };
        let params = Params::parse(wanted.as_bytes())?;
        Ok(service.authorize(&headers, &params, answer).await)
    };
    answered.await.unwrap_or_else(shown)
}

/// The answer to the question whether to log out.
#[utoipa::path(
    post, path = "/oauth/logout/confirm",
    request_body(content = OwnForm, content_type = "application/x-www-form-urlencoded"),
    responses(Shown)
)]
pub(crate) async fn confirm(State(service): Shared, request: Request) -> Response {
    let headers = request.headers().clone();
    match own_form(&service, request).await {
        Ok(form) => service.confirm_leaving(&headers, &form).await,
        Err(error) => shown(error),
    }
}

/// A form that does not say that it comes from another site.
async fn own_form(service: &Service, request: Request) -> Result<Params, OAuthError> {
    const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let headers = request.headers();
    let all = |name: &HeaderName, own: &str| headers.get_all(name).iter().all(|value| value == own);
    if !all(&header::ORIGIN, service.issuer()) || !all(&SITE, "same-origin") {
        return Err(OAuthError::new(
            Word::InvalidRequest,
            "the form comes from another site",
        ));
    }
    Params::of(request).await
}

/// Redeems a code or a refresh token.
#[utoipa::path(
    post, path = "/oauth/token",
    request_body(content = TokenRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Tokens), OAuthError)
)]
pub(crate) async fn token(
    State(service): Shared,
    request: Request,
) -> Result<Response, OAuthError> {
    let head = service.counted.head(&request);
    service.counted.count_source(&head)?;
    let params = Params::of(request).await?;
    let tokens = service.redeem(&head, &params).await?;
    Ok(kept_nowhere(Json(tokens).into_response()))
}

/// Keeps a request for authorization (RFC 9126).
#[utoipa::path(
    post, path = "/oauth/par",
    request_body(content = AuthorizationRequest, content_type = "application/x-www-form-urlencoded"),
    responses((status = 201, body = PushedAnswer), OAuthError)
)]
pub(crate) async fn push(State(service): Shared, request: Request) -> Result<Response, OAuthError> {
    let head = service.counted.head(&request);
    service.counted.count_source(&head)?;
    let answer = service.push(&head, Params::of(request).await?).await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Says who the bearer of a token acts for.
#[utoipa::path(
    get, path = "/oauth/userinfo",
    responses((status = 200, body = Object, description = "claims"), OAuthError)
)]
pub(crate) async fn userinfo(
    State(service): Shared,
    headers: HeaderMap,
) -> Result<Json<Value>, OAuthError> {
    service.userinfo(&headers).await.map(Json)
}

/// The same.
#[utoipa::path(
    post, path = "/oauth/userinfo",
    responses((status = 200, body = Object, description = "claims"), OAuthError)
)]
pub(crate) async fn posted_userinfo(
    service: Shared,
    headers: HeaderMap,
) -> Result<Json<Value>, OAuthError> {
    userinfo(service, headers).await
}

/// Says what a token is worth (RFC 7662).
#[utoipa::path(
    post, path = "/oauth/introspect",
    request_body(content = OneToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, body = Object, description = "`active`, and if it is, what of"), OAuthError)
)]
pub(crate) async fn introspect(
    State(service): Shared,
    request: Request,
) -> Result<Json<Value>, OAuthError> {
    let headers = request.headers().clone();
    let params = Params::of(request).await?;
    service.introspect(&headers, &params).await.map(Json)
}

/// Takes a token back, and what came of the same grant (RFC 7009).
#[utoipa::path(
    post, path = "/oauth/revoke",
    request_body(content = OneToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "it is worth nothing, or never was"), OAuthError)
)]
pub(crate) async fn revoke(
    State(service): Shared,
    request: Request,
) -> Result<StatusCode, OAuthError> {
    let headers = request.headers().clone();
    let params = Params::of(request).await?;
    service.give_back(&headers, &params).await?;
    Ok(StatusCode::OK)
}

/// Logs a user out, or asks whether to.
#[utoipa::path(get, path = "/oauth/logout", params(LogoutRequest), responses(Shown))]
pub(crate) async fn log_out(
    State(service): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    match Params::parse(query.unwrap_or_default().as_bytes()) {
        Ok(params) => service.leave(&headers, &params).await,
        Err(error) => shown(error),
    }
}

/// RFC 6749, section 5.1.
fn kept_nowhere(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
