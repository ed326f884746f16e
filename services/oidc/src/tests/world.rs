//! Replicas, a keeper of sessions, and what browsers and applications send.

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::Mutex;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{Answer, InPlace, Unavailable};
use milagro_wire::login::names::ClientId;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Frame, frame};
use reqwest::Url;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::browser::{Browser, Session, SessionRef};
use crate::clients::Registration;
use crate::keys;
use crate::routes::router;
use crate::service::{Parts, Service};
use crate::settings::{Issuer, Settings};
use crate::shelf::text;

pub(super) const START: u64 = 1_800_000_000;
pub(super) const OWN: &str = "https://login.example";
pub(super) const CALLBACK: &str = "https://shop.example/cb?tenant=1";
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Sessions by what stands in the header `Cookie`.
#[derive(Default)]
pub(super) struct Keeper {
    pub(super) sessions: Mutex<BTreeMap<String, Session>>,
    pub(super) locked: Mutex<Vec<String>>,
}

impl Browser for Keeper {
    fn session<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> Answer<'a, Result<Option<Session>, Unavailable>> {
        let cookie = headers
            .get(header::COOKIE)
            .and_then(|value| value.to_str().ok());
        let sessions = self.sessions.lock().unwrap();
        let found = cookie.and_then(|cookie| sessions.get(cookie).cloned());
        Box::pin(core::future::ready(Ok(found)))
    }

    fn is_open<'a>(&'a self, session: &'a SessionRef) -> Answer<'a, Result<bool, Unavailable>> {
        let sessions = self.sessions.lock().unwrap();
        let open = sessions.values().any(|one| one.of == *session);
        Box::pin(core::future::ready(Ok(open)))
    }

    fn may_stay<'a>(&'a self, user: &'a str) -> Answer<'a, Result<bool, Unavailable>> {
        let locked = self.locked.lock().unwrap().iter().any(|one| one == user);
        Box::pin(core::future::ready(Ok(!locked)))
    }

    fn end<'a>(&'a self, session: &'a SessionRef) -> Answer<'a, Result<(), Unavailable>> {
        self.sessions
            .lock()
            .unwrap()
            .retain(|_, one| one.of != *session);
        Box::pin(core::future::ready(Ok(())))
    }

    fn login_page(&self, return_to: &str, hint: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::from("/login?"));
        query.append_pair("return", return_to);
        if let Some(hint) = hint {
            query.append_pair("hint", hint);
        }
        query.finish()
    }
}

pub(super) struct World {
    pub(super) records: Arc<MemoryRecords>,
    pub(super) ledger: Arc<InPlace<MemoryLedger>>,
    pub(super) operator: Arc<OperatorKey>,
    pub(super) keeper: Arc<Keeper>,
    pub(super) clock: Arc<AtomicU64>,
    pub(super) folder: TempDir,
    audit: Arc<Audit>,
}

/// A process of the service.
#[derive(Clone)]
pub(super) struct Replica {
    pub(super) service: Arc<Service>,
    pub(super) routes: Router,
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
}

impl Reply {
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(super) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    pub(super) fn location(&self) -> Url {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        let location = self.headers[header::LOCATION].to_str().unwrap();
        Url::parse(OWN).unwrap().join(location).unwrap()
    }

    /// A parameter of the address that the browser is sent to.
    pub(super) fn sent(&self, name: &str) -> Option<String> {
        let location = self.location();
        let mut pairs = location.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }

    /// A hidden field of a page.
    pub(super) fn hidden(&self, name: &str) -> String {
        let start = format!("name=\"{name}\" value=\"");
        let (_, rest) = self.body.split_once(&start).expect("a field");
        rest.split_once('"').unwrap().0.replace("&amp;", "&")
    }
}

impl World {
    pub(super) async fn new() -> Self {
        let _installed = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let born = Seconds::new(START - 3600);
        let ledger = Arc::new(InPlace(MemoryLedger::init(&mut rng(), 1 << 16, born)));
        let records = Arc::new(MemoryRecords::new(1 << 24));
        let operator = Arc::new(OperatorKey::random(&mut rng()));
        keys::install(&mut rng(), &*records, &operator)
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(&folder.path().join("audit")).unwrap();
        Self {
            records,
            ledger,
            operator,
            keeper: Arc::default(),
            clock: Arc::new(AtomicU64::new(START)),
            folder,
            audit: Arc::new(audit),
        }
    }

    pub(super) async fn replica(&self) -> Replica {
        let mut settings = Settings::new(Issuer::new(OWN).unwrap());
        settings.private = true;
        self.with(settings).await
    }

    pub(super) async fn with(&self, settings: Settings) -> Replica {
        Replica::new(self.parts(), settings).await
    }

    pub(super) fn parts(&self) -> Parts {
        let clock = Arc::clone(&self.clock);
        let (ledger, records, browser) = (
            Arc::clone(&self.ledger),
            Arc::clone(&self.records),
            Arc::clone(&self.keeper),
        );
        Parts {
            ledger,
            records,
            operator: Arc::clone(&self.operator),
            browser,
            audit: Arc::clone(&self.audit),
            audit_key: Zeroizing::new([7; 32]),
            effects: Effects::new(move || Seconds::new(clock.load(Ordering::SeqCst)), rng),
            teller: Arc::new(reqwest::ClientBuilder::new),
            lookup: Parts::system_lookup(),
        }
    }

    /// Puts a ledger that knows nothing in the place of the one before, as a restoration does.
    pub(super) fn restore(&mut self) {
        let now = Seconds::new(self.now());
        self.ledger = Arc::new(InPlace(MemoryLedger::init(&mut rng(), 1 << 16, now)));
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> u64 {
        self.clock.load(Ordering::SeqCst)
    }

    /// Logs a user in; the browser sends the cookie from then on.
    pub(super) fn log_in(&self, cookie: &str, user: &str) {
        let session = Session {
            of: SessionRef {
                user: user.to_owned(),
                id: format!("{cookie} {}", self.now()).into_bytes(),
            },
            at: Seconds::new(self.now()),
            amr: vec!["pin".to_owned(), "mfa".to_owned()],
            acr: "two".to_owned(),
        };
        self.keeper
            .sessions
            .lock()
            .unwrap()
            .insert(cookie.to_owned(), session);
    }

    pub(super) fn events(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("audit")).unwrap()
    }
}

/// A client of the operator's own with a secret, and refresh tokens.
pub(super) fn shop() -> Value {
    json!({
        "client_name": "Shop", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic",
        "post_logout_redirect_uris": ["https://shop.example/bye"], "first_party": true, "refresh": true,
        "resources": ["tokens"],
    })
}

/// A program on a user's machine.
pub(super) fn tool() -> Value {
    json!({
        "client_name": "Tool", "redirect_uris": ["http://127.0.0.1:8976/cb"],
        "token_endpoint_auth_method": "none", "refresh": true,
    })
}

pub(super) fn merged(mut base: Value, more: Value) -> Value {
    let (Value::Object(base_map), Value::Object(more)) = (&mut base, more) else {
        panic!("objects")
    };
    base_map.extend(more);
    base
}

/// What a good request of the shop has.
pub(super) fn asked() -> BTreeMap<&'static str, String> {
    let challenge = text(&Sha256::digest(VERIFIER));
    [
        ("client_id", "shop"),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid profile"),
        ("state", "a state & more"),
        ("nonce", "a nonce"),
        ("code_challenge", challenge.as_str()),
        ("code_challenge_method", "S256"),
    ]
    .into_iter()
    .map(|(name, value)| (name, value.to_owned()))
    .collect()
}

pub(super) fn form<K: AsRef<str>, V: AsRef<str>>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The header of a client's secret.
pub(super) fn basic(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    let plain = format!("{id}:{secret}");
    format!(
        "Basic {}",
        base64::engine::general_purpose::STANDARD.encode(plain)
    )
}

impl Replica {
    pub(super) async fn new(parts: Parts, settings: Settings) -> Self {
        let service = Arc::new(Service::new(parts, settings).await.unwrap());
        let routes = frame(router(Arc::clone(&service)), Frame::default());
        Self { service, routes }
    }

    pub(super) async fn register(&self, id: &str, registration: Value) -> Option<String> {
        let registration: Registration = serde_json::from_value(registration).unwrap();
        let id = ClientId::new(id).unwrap();
        self.service.register(&id, registration).await.unwrap()
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        Reply {
            status: head.status,
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    pub(super) async fn get(&self, path: &str, cookie: &str) -> Reply {
        let request = Request::get(path).header(header::COOKIE, cookie);
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub(super) async fn post(&self, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let mut request =
            Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(super) async fn authorize<'a>(
        &self,
        cookie: &str,
        params: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Reply {
        self.get(&format!("/oauth/authorize?{}", form(params)), cookie)
            .await
    }

    /// A code for the shop.
    pub(super) async fn code(&self, cookie: &str) -> String {
        let back = self.authorize(cookie, asked()).await;
        let code = back.sent("code");
        code.unwrap_or_else(|| panic!("no code: {}", back.location()))
    }

    pub(super) async fn token(&self, auth: &str, pairs: &[(&str, &str)]) -> Reply {
        let headers = [("authorization", auth)];
        self.post("/oauth/token", &headers, form(pairs.iter().copied()))
            .await
    }

    pub(super) async fn redeem(&self, auth: &str, code: &str) -> Reply {
        self.token(
            auth,
            &[
                ("grant_type", "authorization_code"),
                ("code", code),
                ("redirect_uri", CALLBACK),
                ("code_verifier", VERIFIER),
            ],
        )
        .await
    }

    pub(super) async fn refresh(&self, auth: &str, token: &str) -> Reply {
        self.token(
            auth,
            &[("grant_type", "refresh_token"), ("refresh_token", token)],
        )
        .await
    }

    pub(super) async fn userinfo(&self, token: &str) -> Reply {
        let bearer = format!("Bearer {token}");
        let request = Request::get("/oauth/userinfo").header(header::AUTHORIZATION, bearer);
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

/// A world with the shop, one user who is logged in, and the header of the shop's secret.
pub(super) async fn begun() -> (World, Replica, String) {
    let world = World::new().await;
    let replica = world.replica().await;
    let secret = replica.register("shop", shop()).await.unwrap();
    world.log_in("ann=1", "ann");
    (world, replica, basic("shop", &secret))
}

pub(super) fn part(reply: &Reply, name: &str) -> String {
    reply.json()[name].as_str().unwrap_or_default().to_owned()
}
