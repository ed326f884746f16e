//! What stands around the handlers of every service.

use alloc::sync::Arc;
use core::time::Duration;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse as _, Response};

use crate::forms::BODY_MAX;
use crate::problem::{Problem, ProblemType};

/// How a service is framed.
#[derive(Clone, Debug)]
pub struct Frame {
    /// How long a request may take, from its head to the head of the answer.
    pub time: Duration,
    /// The names, with ports where they are in the address, under which the service is asked; empty: any.
    pub hosts: Vec<String>,
}

impl Default for Frame {
    /// 30 s, any name.
    fn default() -> Self {
        Self {
            time: Duration::from_secs(30),
            hosts: Vec::new(),
        }
    }
}

/// Puts limits, times, names and a log line around routes. Paths that are not there are problems, too. Bodies have at most
/// [`BODY_MAX`] bytes where a route does not say otherwise.
pub fn frame(routes: Router, frame: Frame) -> Router {
    let frame = Arc::new(frame);
    routes
        .fallback(async || Problem::from(ProblemType::NotFound))
        .method_not_allowed_fallback(async || Problem::from(ProblemType::Method))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn(move |request: Request, next: Next| {
            let frame = Arc::clone(&frame);
            async move { around(&frame, request, next).await }
        }))
}

async fn around(frame: &Frame, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let method = request.method().clone();
    // The pattern, not the path: a path can be anything that somebody has typed.
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let response = if is_ours(&frame.hosts, &request) {
        let answered = tokio::time::timeout(frame.time, next.run(request)).await;
        answered.unwrap_or_else(|_| ProblemType::Slow.problem().into_response())
    } else {
        ProblemType::Misdirected.problem().into_response()
    };
    let response = in_our_words(response);
    let status = response.status().as_u16();
    let milliseconds = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    let id = request_id();
    // What went well is a line for whoever looks for something, and is in the metrics and the audit file.
    if status < 400 {
        tracing::debug!(%id, %method, path, status, milliseconds, "request");
    } else {
        tracing::info!(%id, %method, path, status, milliseconds, "request");
    }
    finished(response, &id)
}

fn is_ours(hosts: &[String], request: &Request) -> bool {
    if hosts.is_empty() {
        return true;
    }
    let named = request.headers().get(header::HOST);
    let named = named.and_then(|host| host.to_str().ok());
    named.is_some_and(|named| hosts.iter().any(|host| host.eq_ignore_ascii_case(named)))
}

/// A problem in place of what the router says of a path or a query that it cannot read: its words quote what was sent.
fn in_our_words(response: Response) -> Response {
    let media = response.headers().get(header::CONTENT_TYPE);
    let plain = media.is_some_and(|media| media.as_bytes().starts_with(b"text/plain"));
    if plain && response.status() == StatusCode::BAD_REQUEST {
        ProblemType::Malformed.problem().into_response()
    } else {
        response
    }
}

/// Adds what every answer has.
fn finished(mut response: Response, id: &str) -> Response {
    const REQUEST: HeaderName = HeaderName::from_static("x-request-id");
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST, id);
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Finds a line of the log from an answer; means nothing else.
fn request_id() -> String {
    let mut bytes = [0; 8];
    let _zeros = getrandom::fill(&mut bytes);
    format!("{:016x}", u64::from_be_bytes(bytes))
}
