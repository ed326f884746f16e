//! What browsers ask for.

use alloc::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use milagro_wire::login::names::{ClientId, Origin};
use milagro_wire::problem::{Problem, ProblemType};
use serde::Deserialize;

use crate::pages::files::{File, PAD, PAGE, Pages};
use crate::service::Service;
use crate::shelf::unavailable;

/// Pages that nothing frames; each is the same document, whose script reads the path.
const PATHS: [&str; 6] = [
    "/login",
    "/enrol",
    "/devices",
    "/hand-off",
    "/change-pin",
    "/logged-out",
];
/// The page for a frame of an application.
const FRAME: &str = "/frame";
/// What a service says that has no pages.
const NONE: &str = "This login service was started without its pages.\n\
    Its operator can build them (apps/pad) and name their directory: milagro login --pad DIRECTORY\n\
    Everything else that the service does works without them.\n";
/// Scripts, styles and the worker of this origin, and nothing else; scripts make no markup. `frame-ancestors` follows.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; \
    require-trusted-types-for 'script'; trusted-types milagro-pad; frame-ancestors ";
/// For files: it is the worker's policy, and that of whoever opens a file by itself.
const FILE_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; frame-ancestors 'none'",
);

/// What the routes share.
struct Shared {
    service: Arc<Service>,
    pages: Pages,
}

/// The routes of the pages, to be put beside those of the service; without pages, each says why there is none.
pub fn router(service: Arc<Service>, pages: Option<Pages>) -> Router {
    let Some(pages) = pages else {
        let paths = PATHS.into_iter().chain([FRAME]);
        return paths.fold(Router::new(), |router, path| {
            router.route(path, get(async || none()))
        });
    };
    let files: Vec<File> = pages.files().cloned().collect();
    let mut router = Router::new().route(FRAME, get(frame));
    for path in PATHS {
        router = router.route(path, get(page));
    }
    if let Some(script) = pages.file(PAD).cloned() {
        let answer = async move |headers: HeaderMap| lasting(&headers, &script);
        router = router.route("/pad.js", get(answer));
    }
    for one in files {
        let path = format!("/{}", one.name);
        router = router.route(&path, get(async move || file(&one)));
    }
    router.with_state(Arc::new(Shared { service, pages }))
}

/// A page that nothing frames.
async fn page(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    document(&shared.pages, &headers, "'none'")
}

/// Who wants to frame the pad.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Framing {
    client: ClientId,
    origin: Origin,
}

/// The pad for a frame of a page of an application: the origin that the application has registered, and no other.
async fn frame(
    State(shared): State<Arc<Shared>>,
    Query(framing): Query<Framing>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let client = shared.service.client(&framing.client).await;
    let client = client.map_err(unavailable)?;
    if !client.is_some_and(|client| client.has(&framing.origin)) {
        return Err(ProblemType::Refused.into());
    }
    // An origin has no space and no semicolon.
    Ok(document(&shared.pages, &headers, framing.origin.as_str()))
}

/// The document of all pages, for those that may frame it.
fn document(pages: &Pages, headers: &HeaderMap, ancestors: &str) -> Response {
    let policy = HeaderValue::from_str(&format!("{POLICY}{ancestors}"));
    let (Some(file), Ok(policy)) = (pages.file(PAGE), policy) else {
        return ProblemType::Internal.problem().into_response();
    };
    let mut response = lasting(headers, file);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    let fixed = [
        ("cross-origin-opener-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    response
}

/// A file under a name that stays when its content changes: browsers ask each time whether it has.
fn lasting(headers: &HeaderMap, file: &File) -> Response {
    let tag = format!("\"{}\"", file.name);
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','));
    let same = known.any(|one| one.trim().trim_start_matches("W/") == tag);
    let mut response = if same {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.content.clone().into_response()
    };
    dress(&mut response, file, "no-cache");
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// A file under the name of its content.
fn file(file: &File) -> Response {
    let mut response = file.content.clone().into_response();
    dress(&mut response, file, "public, max-age=31536000, immutable");
    response
}

fn dress(response: &mut Response, file: &File, cache: &'static str) {
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::CONTENT_SECURITY_POLICY, FILE_POLICY);
    let fixed = [
        ("referrer-policy", "no-referrer"),
        ("cross-origin-resource-policy", "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
}

/// The cause, for people.
fn none() -> Response {
    let media = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (StatusCode::SERVICE_UNAVAILABLE, media, NONE).into_response()
}
