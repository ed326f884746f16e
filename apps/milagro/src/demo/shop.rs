//! A shop that keeps no passwords: its customers come by OpenID Connect, or with a login code where a password form was.

mod codes;
mod customers;
mod openid;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, ORIGIN, SET_COOKIE,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::demo::part::Part;
use crate::demo::shop::customers::{Customer, Customers};
use crate::exit::Outcome;

pub(crate) use crate::demo::shop::codes::Codes;
pub(crate) use crate::demo::shop::openid::OpenId;

/// A shop.
pub(crate) struct Shop {
    openid: openid::Client,
    codes: Codes,
    customers: Customers,
}

impl Shop {
    pub(crate) fn new(openid: OpenId, codes: Codes) -> Outcome<Self> {
        Ok(Self {
            openid: openid::Client::new(openid)?,
            codes,
            customers: Customers::default(),
        })
    }

    /// Whether a form comes from a page of the shop.
    fn own(&self, headers: &HeaderMap) -> Result<(), No> {
        let from = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
        if from == Some(self.codes.origin.as_str()) {
            return Ok(());
        }
        let words = "the form comes from another site";
        Err(No(StatusCode::FORBIDDEN, words.to_owned()))
    }
}

/// Serves it.
pub(crate) fn serve(port: u16, shop: Shop) -> Outcome<Part> {
    let routes = Router::new()
        .route("/", get(home))
        .route("/in", get(begin))
        .route("/out", post(leave))
        .route("/cb", get(came_back))
        .route("/code", post(with_code))
        .route("/token", get(token))
        .with_state(Arc::new(shop));
    Part::listening(port, routes)
}

type Shared = State<Arc<Shop>>;

/// Says no, and why.
struct No(StatusCode, String);

fn no(status: StatusCode) -> impl FnOnce(crate::exit::Failure) -> No {
    move |failure| No(status, failure.to_string())
}

async fn home(State(shop): Shared, headers: HeaderMap) -> Response {
    match shop.customers.of(&headers) {
        Some(Customer { user, by, .. }) => {
            let words = format!(
                "<p>You are <b>{}</b>, by {by}.</p>\
                 <form method=\"post\" action=\"/out\"><button>Log out</button></form>",
                escaped(&user),
            );
            // The form leads on to the provider.
            page(StatusCode::OK, &words, Some(shop.openid.issuer()))
        }
        None => page(
            StatusCode::OK,
            "<p>Nobody is logged in.</p><p><a href=\"/in\">Log in with OpenID Connect</a></p>\
             <form method=\"post\" action=\"/code\"><label>or with a login code \
             <input name=\"code\" autocomplete=\"off\"></label> <button>Log in</button></form>",
            None,
        ),
    }
}

/// Sends the browser to the provider.
async fn begin(State(shop): Shared) -> Result<Response, No> {
    let (address, begun) = shop
        .openid
        .begin()
        .await
        .map_err(no(StatusCode::BAD_GATEWAY))?;
    let cookie = shop.customers.begin(begun);
    Ok(see(&address, &cookie))
}

/// What the browser comes back with.
async fn came_back(
    State(shop): Shared,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, No> {
    let begun = shop.customers.begun(&headers);
    let begun = begun.ok_or_else(|| No(StatusCode::FORBIDDEN, "nothing was begun".to_owned()))?;
    let query = query.unwrap_or_default();
    let known = shop.openid.finish(&begun, &query).await;
    let known = known.map_err(no(StatusCode::FORBIDDEN))?;
    let cookie = shop.customers.enter(Customer {
        user: known.user,
        by: "OpenID Connect",
        token: Some(known.access_token),
        id_token: Some(known.id_token),
    });
    Ok(see("/", &cookie))
}

/// A login code that stands where a password stood. Not from a page of another site, which would log a visitor in as whoever the
/// code is for.
async fn with_code(State(shop): Shared, headers: HeaderMap, body: Bytes) -> Result<Response, No> {
    shop.own(&headers)?;
    let mut pairs = form_urlencoded::parse(&body);
    let code = pairs.find(|(name, _)| name == "code");
    let code = code.map(|(_, code)| code.into_owned()).unwrap_or_default();
    let user = shop.codes.redeem(&code).await;
    let user = user.map_err(no(StatusCode::FORBIDDEN))?;
    let cookie = shop.customers.enter(Customer {
        user,
        by: "a login code",
        token: None,
        id_token: None,
    });
    Ok(see("/", &cookie))
}

/// Forgets a customer, and sends the browser to the provider, where the session ends, too. Not from a page of another site, either.
async fn leave(State(shop): Shared, headers: HeaderMap) -> Result<Response, No> {
    shop.own(&headers)?;
    let customer = shop.customers.leave(&headers);
    let id_token = customer.and_then(|customer| customer.id_token);
    let address = match id_token {
        Some(id_token) => shop.openid.leave(&id_token).await,
        None => Ok("/".to_owned()),
    };
    let address = address.map_err(no(StatusCode::BAD_GATEWAY))?;
    Ok(see(
        &address,
        "shop=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
    ))
}

/// The customer's token for the token service, which the customer's own program takes there.
async fn token(State(shop): Shared, headers: HeaderMap) -> Result<Response, No> {
    let customer = shop.customers.of(&headers);
    let token = customer.and_then(|customer| customer.token);
    let token = token.ok_or_else(|| No(StatusCode::FORBIDDEN, "no token".to_owned()))?;
    Ok(([(CACHE_CONTROL, "no-store")], token).into_response())
}

fn see(address: &str, cookie: &str) -> Response {
    let headers = [(LOCATION, address), (SET_COOKIE, cookie)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// A page. What its forms ask may be led on to one more origin.
fn page(status: StatusCode, body: &str, leads_to: Option<&str>) -> Response {
    let leads_to = leads_to.unwrap_or_default();
    let policy = format!(
        "default-src 'none'; form-action 'self' {leads_to}; frame-ancestors 'none'; base-uri 'none'"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy.as_str()),
    ];
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>The shop</title><h1>The shop</h1>{body}</html>"
    );
    (status, headers, text).into_response()
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for one in text.chars() {
        match one {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            one => escaped.push(one),
        }
    }
    escaped
}

impl axum::response::IntoResponse for No {
    fn into_response(self) -> Response {
        let Self(status, words) = self;
        let words = format!("<p>{}.</p><p><a href=\"/\">Back</a></p>", escaped(&words));
        page(status, &words, None)
    }
}
