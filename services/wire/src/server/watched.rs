//! What an operator's tools read: whether a service is ready, and its metrics.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use crate::bounded::List;
use crate::forms::ReadyAnswer;
use crate::problem::ProblemType;

/// So many faults are told; whoever mends them sees the others.
const FAULTS_MAX: usize = 16;

/// The answer of `/readyz`: 200 where there is no fault, and 503 with the first 16 of them.
#[must_use]
pub fn readiness(mut faults: Vec<String>) -> Response {
    let ready = faults.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    faults.truncate(FAULTS_MAX);
    let answer = List::new(faults).map(|faults| ReadyAnswer { ready, faults });
    answer.map_or_else(
        |_| ProblemType::Internal.problem().into_response(),
        |answer| (status, Json(answer)).into_response(),
    )
}

/// The answer of `/metrics`: a text in the format of Prometheus.
#[must_use]
pub fn metrics(text: String) -> Response {
    let kind = HeaderValue::from_static("text/plain; version=0.0.4");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
