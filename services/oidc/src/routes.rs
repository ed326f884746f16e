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
use crate::params::Params;
use crate::service::Service;

type Shared = State<Arc<Service>>;

/// The paths of a provider, to be put into a frame (`milagro_wire::server::frame`) under the issuer's origin.
pub fn router(service: Arc<Service>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/.well-known/oauth-authorization-server", get(metadata))
        .route("/oauth/jwks", get(keys))
        .route("/oauth/authorize", get(authorize).post(posted))
        .route("/oauth/consent", post(consent))
        .route("/oauth/token", post(token))
        .route("/oauth/par", post(push))
        .route("/oauth/userinfo", get(userinfo).post(userinfo))
        .route("/oauth/introspect", post(introspect))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/logout", get(log_out).post(posted_log_out))
        .route("/oauth/logout/confirm", post(confirm))
        .with_state(service)
}

/// For how long applications may keep it: [`crate::keys::CACHED`].
const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=300");

async fn metadata(State(service): Shared) -> Response {
    ([(header::CACHE_CONTROL, PUBLIC)], Json(service.metadata())).into_response()
}

async fn keys(State(service): Shared) -> Response {
    let (keys, now) = (service.keys().await, service.now());
    let body = keys.published(now).to_string();
    let kind = HeaderValue::from_static("application/jwk-set+json");
    let headers = [
        (header::CACHE_CONTROL, PUBLIC),
        (header::CONTENT_TYPE, kind),
    ];
    (headers, body).into_response()
}

async fn authorize(
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
async fn posted(request: Request) -> Response {
    again("/oauth/authorize", request).await
}

async fn posted_log_out(request: Request) -> Response {
    again("/oauth/logout", request).await
}

async fn again(path: &str, request: Request) -> Response {
    match Params::of(request).await {
        Ok(params) => see_other(&format!("{path}?{}", params.to_text())),
        Err(error) => shown(error),
    }
}

/// The answer to a question of ours.
async fn consent(State(service): Shared, request: Request) -> Response {
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

async fn confirm(State(service): Shared, request: Request) -> Response {
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

async fn token(State(service): Shared, request: Request) -> Result<Response, OAuthError> {
    let headers = request.headers().clone();
    let params = Params::of(request).await?;
    let tokens = service.redeem(&headers, &params).await?;
    Ok(kept_nowhere(Json(tokens).into_response()))
}

async fn push(State(service): Shared, request: Request) -> Result<Response, OAuthError> {
    let headers = request.headers().clone();
    let answer = service.push(&headers, Params::of(request).await?).await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

async fn userinfo(State(service): Shared, headers: HeaderMap) -> Result<Json<Value>, OAuthError> {
    service.userinfo(&headers).await.map(Json)
}

async fn introspect(State(service): Shared, request: Request) -> Result<Json<Value>, OAuthError> {
    let headers = request.headers().clone();
    let params = Params::of(request).await?;
    service.introspect(&headers, &params).await.map(Json)
}

async fn revoke(State(service): Shared, request: Request) -> Result<StatusCode, OAuthError> {
    let headers = request.headers().clone();
    let params = Params::of(request).await?;
    service.give_back(&headers, &params).await?;
    Ok(StatusCode::OK)
}

async fn log_out(
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
