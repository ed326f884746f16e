//! Who is logged in: what the provider asks of whoever keeps the sessions of browsers.

use axum::http::HeaderMap;
use milagro_base::Seconds;
use milagro_ledger::{Answer, Unavailable};

/// A session, by its user and a name that its keeper gives it. The name opens nothing: it is kept in records, and never shown.
#[derive(Clone, Eq, PartialEq)]
#[expect(clippy::exhaustive_structs, reason = "a pair with names")]
pub struct SessionRef {
    /// The user, as the keeper calls the person: at most 255 bytes.
    pub user: String,
    /// The name of the session, at most 64 bytes.
    pub id: Vec<u8>,
}

milagro_base::opaque_debug!(SessionRef);

/// A session that is open.
#[derive(Clone)]
#[expect(clippy::exhaustive_structs, reason = "a keeper fills in all of it")]
pub struct Session {
    /// Which one.
    pub of: SessionRef,
    /// When the user logged in for it (`auth_time`).
    pub at: Seconds,
    /// How the user logged in (`amr`, RFC 8176).
    pub amr: Vec<String>,
    /// How good that is (`acr`).
    pub acr: String,
}

milagro_base::opaque_debug!(Session);

/// Keeps the sessions of browsers.
///
/// Sessions end in many ways: by the user, by the operator, by time, on another replica. A keeper need not tell: the provider
/// asks [`Self::is_open`] whenever something hangs on it, and [`Service::sweep`](crate::Service::sweep) now and then for all
/// sessions that an application was told of. A keeper that knows at once says so with
/// [`Service::ended`](crate::Service::ended) or [`Service::look_at`](crate::Service::look_at), or has its routes watched by [`Service::watch`](crate::Service::watch).
pub trait Browser: Send + Sync {
    /// The session that a request belongs to, if there is one and it is open.
    fn session<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Answer<'a, Result<Option<Session>, Unavailable>>;

    /// Whether a session is open still.
    fn is_open<'a>(&'a self, session: &'a SessionRef) -> Answer<'a, Result<bool, Unavailable>>;

    /// Whether a user may be served without a session, by a grant for offline access: known, and not locked.
    fn may_stay<'a>(&'a self, user: &'a str) -> Answer<'a, Result<bool, Unavailable>>;

    /// Ends a session.
    fn end<'a>(&'a self, session: &'a SessionRef) -> Answer<'a, Result<(), Unavailable>>;

    /// The address, on this origin, of the page where a user logs in, who is then sent to `return_to`: a path of this origin with
    /// its query. `hint` is whom the application expects.
    fn login_page(&self, return_to: &str, hint: Option<&str>) -> String;
}
