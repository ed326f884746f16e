//! The proxy in front: login service, registrar and bulletins under one name, as `nginx-login.conf` does it.

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::{any, get};
use futures_util::stream::try_unfold;
use reqwest::Url;

use crate::demo::part::Part;
use crate::exit::{Failure, Outcome};

/// Longest body of a request.
const BODY_MAX: usize = 1 << 20;
/// What is for the operator.
const HIDDEN: [&str; 4] = ["healthz", "readyz", "metrics", "openapi.json"];

/// What is behind it.
pub(crate) struct Behind {
    pub(crate) login: String,
    pub(crate) registrar: String,
    pub(crate) bulletins: PathBuf,
}

struct Front {
    behind: Behind,
    client: reqwest::Client,
}

pub(crate) fn serve(port: u16, behind: Behind) -> Outcome<Part> {
    let redirects = reqwest::redirect::Policy::none();
    let client = reqwest::Client::builder().redirect(redirects).no_proxy();
    let client = client.build().map_err(Failure::other)?;
    let routes = Router::new()
        .route("/bulletins/{name}", get(bulletin))
        .route("/", any(pass))
        .route("/{*path}", any(pass))
        .with_state(Arc::new(Front { behind, client }));
    Part::listening(port, routes)
}

async fn bulletin(
    State(front): State<Arc<Front>>,
    Path(name): Path<String>,
) -> Result<Vec<u8>, StatusCode> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.';
    if !name.bytes().all(plain) || name.starts_with('.') {
        return Err(StatusCode::NOT_FOUND);
    }
    let file = std::fs::read(front.behind.bulletins.join(name));
    file.map_err(|_| StatusCode::NOT_FOUND)
}

async fn pass(
    State(front): State<Arc<Front>>,
    request: Request,
) -> Result<Response<Body>, StatusCode> {
    let (head, body) = request.into_parts();
    let path = head.uri.path_and_query().map_or("/", |path| path.as_str());
    let (base, path) = match path.strip_prefix("/registrar/") {
        Some(rest) => (&front.behind.registrar, rest),
        None => (&front.behind.login, path.strip_prefix('/').unwrap_or(path)),
    };
    // As it is asked for in the end: without the query, and with dot segments gone.
    let address = Url::parse(&format!("{base}/{path}")).map_err(|_| StatusCode::BAD_REQUEST)?;
    if HIDDEN.contains(&address.path().trim_start_matches('/')) {
        return Err(StatusCode::NOT_FOUND);
    }
    let body = to_bytes(body, BODY_MAX).await;
    let body = body.map_err(|_| StatusCode::PAYLOAD_TOO_LARGE)?;
    let asked = front.client.request(head.method, address);
    let asked = asked.headers(end_to_end(&head.headers)).body(body);
    let answer = asked.send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let (status, headers) = (answer.status(), end_to_end(answer.headers()));
    // As it comes: a browser that waits for a code gets it at once.
    let pieces = try_unfold(answer, async |mut answer| {
        let piece = answer.chunk().await?;
        Ok::<_, reqwest::Error>(piece.map(|piece| (piece, answer)))
    });
    let mut passed = Response::new(Body::from_stream(pieces));
    (*passed.status_mut(), *passed.headers_mut()) = (status, headers);
    Ok(passed)
}

/// Without the headers that are of one connection (RFC 9110, section 7.6.1).
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let mut kept = headers.clone();
    for name in [CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING] {
        kept.remove(name);
    }
    kept
}
