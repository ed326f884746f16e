//! The keys of a provider, over HTTP: bounded, fetched again, and forgotten.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use axum::Router;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use milagro_base::Seconds;
use milagro_wire::bounded::Blob;
use milagro_wire::client::{CallError, Endpoint, EndpointError, Patience};
use serde_json::json;

use crate::authenticate::{Authenticate as _, Bearer, KeySet, Provider, Unauthenticated, UserKey};
use crate::client::KeySource;
use crate::testkit::Process;
use crate::tests::support::{NOW, connect, rng};

/// What the provider answers, and how often it was asked.
#[derive(Clone, Default)]
struct Shown(Arc<Seen>);

#[derive(Default)]
struct Seen {
    answer: Mutex<(u16, Vec<u8>)>,
    asked: AtomicUsize,
}

impl Shown {
    fn set(&self, status: u16, text: impl Into<Vec<u8>>) {
        *self.0.answer.lock().unwrap() = (status, text.into());
    }

    fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }

    fn answer(&self) -> Response {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        let (status, text) = self.0.answer.lock().unwrap().clone();
        let status = StatusCode::from_u16(status).unwrap();
        (status, [(LOCATION, "/elsewhere")], text).into_response()
    }
}

/// The set with the key of one name, and a token under it.
fn key(kid: &str) -> (String, String) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let point = pair.public_key_raw();
    let coordinate = |at: usize| Blob::<32>::new(&point[at..at + 32]).unwrap().to_text();
    let set = json!({ "keys": [{
        "kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(33), "kid": kid, "use": "sig",
    }] });
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(kid.to_owned());
    let claims =
        json!({ "iss": "https://login.example", "aud": "tokens", "sub": "ann", "exp": u64::MAX });
    let secret = EncodingKey::from_ec_der(&pair.serialize_der());
    (set.to_string(), encode(&header, &claims, &secret).unwrap())
}

struct World {
    shown: Shown,
    door: Arc<Bearer>,
    source: KeySource,
    _provider: Process,
}

impl World {
    async fn new() -> Self {
        let shown = Shown::default();
        let elsewhere = key("elsewhere").0;
        let routes = Router::new()
            .route(
                "/jwks.json",
                get(async |State(shown): State<Shown>| shown.answer()),
            )
            .with_state(shown.clone())
            .route("/elsewhere", get(async move || elsewhere));
        let provider = Process::listen(routes, None).await.unwrap();
        let named = Provider {
            issuer: "https://login.example".to_owned(),
            audience: "tokens".to_owned(),
            leeway: Seconds::new(10),
        };
        let door = Arc::new(Bearer::waiting(
            named,
            Arc::new(UserKey::random(&mut rng())),
        ));
        let endpoint = connect(&format!("{}/jwks.json", provider.address)).unwrap();
        Self {
            shown,
            source: KeySource::new(endpoint, Arc::clone(&door)),
            door,
            _provider: provider,
        }
    }

    fn ask(&self, token: &str) -> Result<(), Unauthenticated> {
        let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
        let head = request.body(()).unwrap().into_parts().0;
        self.door.user(&head, NOW).map(|_| ())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_cached_and_change() {
    let world = World::new().await;
    let ((first, of_first), (second, of_second)) = (key("first"), key("second"));
    // Before there are any, nobody can be asked: no verdict on the token.
    assert_eq!(world.ask(&of_first), Err(Unauthenticated::Unavailable));
    world.shown.set(200, first);
    world.source.renew(NOW).await.unwrap();
    assert_eq!(world.ask(&of_first), Ok(()));
    for second in 0..599 {
        world
            .source
            .renew(NOW.plus(Seconds::new(second)))
            .await
            .unwrap();
    }
    assert_eq!(world.shown.asked(), 1);

    // The provider changes its keys: the first token of the new one has them fetched, once, whoever makes such tokens.
    world.shown.set(200, second);
    let later = NOW.plus(Seconds::new(30));
    for _ in 0..10 {
        assert_eq!(world.ask(&of_second), Err(Unauthenticated::Invalid));
    }
    for _ in 0..3 {
        world.source.renew(later).await.unwrap();
    }
    assert_eq!(world.shown.asked(), 2);
    assert_eq!(world.ask(&of_second), Ok(()));
    // What it has withdrawn is gone.
    assert_eq!(world.ask(&of_first), Err(Unauthenticated::Invalid));

    // It does not answer: the last set stands for a day, and is looked after all the time.
    world.shown.set(500, "");
    for age in [KeySource::FRESH, Seconds::hours(23)] {
        assert!(world.source.renew(later.plus(age)).await.is_err());
        assert_eq!(world.ask(&of_second), Ok(()));
    }
    assert!(
        world
            .source
            .renew(later.plus(KeySource::STALE))
            .await
            .is_err()
    );
    assert_eq!(world.ask(&of_second), Err(Unauthenticated::Unavailable));
    // A clock that was set back is no reason to wait.
    let asked = world.shown.asked();
    assert!(world.source.renew(NOW).await.is_err());
    assert!(world.shown.asked() > asked);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_taken_away_are_forgotten() {
    let other = r#"{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"first"}]}"#;
    for (status, text) in [
        (200, r#"{"keys":[]}"#),
        (200, other),
        (404, ""),
        (410, "gone"),
    ] {
        let world = World::new().await;
        let (set, token) = key("first");
        world.shown.set(200, set.clone());
        world.source.renew(NOW).await.unwrap();
        assert_eq!(world.ask(&token), Ok(()));
        // The provider takes its keys away: no token of theirs is good until there are some again.
        world.shown.set(status, text);
        let later = NOW.plus(KeySource::FRESH);
        assert!(world.source.renew(later).await.is_err());
        let asked = world.ask(&token);
        assert_eq!(asked, Err(Unauthenticated::Unavailable), "{status} {text}");
        world.shown.set(200, set);
        world.source.renew(later).await.unwrap();
        assert_eq!(world.ask(&token), Ok(()));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_was_years_ahead_keeps_no_keys_for_years() {
    let world = World::new().await;
    let (set, token) = key("first");
    world.shown.set(200, set);
    world
        .source
        .renew(NOW.plus(Seconds::days(1_000)))
        .await
        .unwrap();
    // The clock is right again, and the provider does not answer: a day from now its keys are forgotten.
    world.shown.set(500, "");
    assert!(world.source.renew(NOW).await.is_err());
    assert_eq!(world.ask(&token), Ok(()));
    let stale = NOW.plus(KeySource::STALE);
    assert!(world.source.renew(stale).await.is_err());
    assert_eq!(world.ask(&token), Err(Unauthenticated::Unavailable));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_else_is_believed() {
    let world = World::new().await;
    let (good, token) = key("first");
    let long = format!("{good}{}", " ".repeat(KeySet::BYTES_MAX));
    for (status, text) in [
        (302, good.clone()),
        (307, String::new()),
        (200, long),
        (200, String::new()),
        (200, r#"{"keys":[]}"#.to_owned()),
        (200, "<html>".to_owned()),
        (404, good.clone()),
    ] {
        world.shown.set(status, text);
        let renewed = world.source.renew(NOW).await;
        assert!(
            matches!(renewed, Err(CallError::Answer | CallError::Status(_))),
            "{status} {renewed:?}"
        );
        assert_eq!(world.ask(&token), Err(Unauthenticated::Unavailable));
    }
    world.shown.set(200, good);
    world.source.renew(NOW).await.unwrap();
    assert_eq!(world.ask(&token), Ok(()));
    // In the open only on this machine.
    for address in [
        "http://login.example/jwks.json",
        "ftp://login.example/jwks.json",
        "https://user@login.example/jwks.json",
        "file:///etc/passwd",
    ] {
        let endpoint = Endpoint::new(address, reqwest::ClientBuilder::new(), Patience::NONE);
        assert!(matches!(endpoint, Err(EndpointError::Address)), "{address}");
    }
}
