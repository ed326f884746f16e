//! What a browser brings and is given: the cookies of its session and of the number that it shows.

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use milagro_wire::bounded::Blob;
use milagro_wire::problem::{Problem, ProblemType};
use zeroize::Zeroizing;

use crate::guard;
use crate::handoffs::BrowserSecret;
use crate::service::Service;
use crate::sessions::{Session, SessionToken};
use crate::shelf::unavailable;

/// The cookie of a session.
pub(crate) const SESSION: &str = "__Host-milagro-session";
/// The cookie of a browser that shows a number: it binds the number, is another for each, and is never the browser's choice.
pub(crate) const BROWSER: &str = "__Host-milagro-handoff";
/// The cookie that a browser is known again by. It opens nothing.
pub(crate) const KNOWN_BROWSER: &str = "__Host-milagro-browser";

pub(crate) fn token(headers: &HeaderMap) -> Option<SessionToken> {
    SessionToken::from_text(&guard::cookie(headers, SESSION)?)
}

pub(crate) fn browser(headers: &HeaderMap) -> Option<BrowserSecret> {
    secret(headers, BROWSER)
}

pub(crate) fn known_browser(headers: &HeaderMap) -> Option<BrowserSecret> {
    secret(headers, KNOWN_BROWSER)
}

fn secret(headers: &HeaderMap, name: &str) -> Option<BrowserSecret> {
    let text = guard::cookie(headers, name)?;
    let blob = Blob::<32>::from_text(&text).ok()?;
    blob.to_array().map(Zeroizing::new)
}

/// The session that a browser brings.
pub(crate) async fn signed_in(service: &Service, headers: &HeaderMap) -> Result<Session, Problem> {
    let refused = || ProblemType::Refused.problem();
    let token = token(headers).ok_or_else(refused)?;
    let session = service.session(&token).await.map_err(unavailable)?;
    session.ok_or_else(refused)
}

/// A cookie that only this host gets back, that no script reads, and that travels under TLS alone (RFC 6265bis).
pub(crate) fn set_cookie(
    response: &mut Response,
    name: &str,
    value: &str,
    more: &str,
) -> Result<(), Problem> {
    let line = Zeroizing::new(format!("{name}={value}; Path=/; Secure; HttpOnly; {more}"));
    let mut value = HeaderValue::from_str(&line).map_err(|_| ProblemType::Internal)?;
    value.set_sensitive(true);
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(())
}
