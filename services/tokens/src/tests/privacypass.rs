//! Our issuer and our origin, over HTTP, and the client of the crate `privacypass`.

use alloc::sync::Arc;
use core::num::NonZeroU32;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use http::{HeaderMap, HeaderValue};
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{InPlace, Ledger, LedgerId, Records};
use milagro_voprf::Ristretto255;
use milagro_voprf::privacypass::{
    Directory, DirectoryMaxima, IssuerKeys, IssuerSecretKey, Origin, ServerName, TokenChallenge,
    TokenSuite, Window, media,
};
use milagro_voprf::suite::P384;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Pool};
use privacypass::Serialize as _;
use privacypass::amortized_tokens::{AmortizedBatchTokenRequest, AmortizedBatchTokenResponse};
use privacypass::auth::authenticate::parse_www_authenticate_header;
use privacypass::auth::authorize::build_authorization_header;
use privacypass::common::private::{PrivateCipherSuite, deserialize_public_key};
use privacypass::private_tokens::{PrivateToken, TokenRequest, TokenResponse};
use reqwest::{Client, Response};

use crate::primary::{KeyError, Safe};
use crate::privacypass::{Allowance, Gate, Grounds, Issuer, Series, Start, admit, issuer_router};
use crate::testkit::{ByName, Process};
use crate::tests::support::{NOW, connect, rng};

pub(crate) fn name(text: &str) -> ServerName {
    ServerName::new(text).unwrap()
}

fn keys<S: TokenSuite>() -> Arc<IssuerKeys<S>> {
    let day = Seconds::days(1);
    let window = Window::new(NOW, NOW.plus(day), NOW.plus(day).plus(day)).unwrap();
    let mut keys = IssuerKeys::new();
    keys.insert(IssuerSecretKey::generate(&mut rng(), window).unwrap())
        .unwrap();
    Arc::new(keys)
}

struct World {
    issuer: Process,
    origin: Process,
    client: Client,
}

impl World {
    async fn new() -> Self {
        let ledger = MemoryLedger::init(&mut rng(), 10_000, NOW.minus(Seconds::days(1)));
        let ledger: Arc<dyn Ledger> = Arc::new(InPlace(ledger));
        let grounds = Grounds {
            ledger: Arc::clone(&ledger),
            pool: Pool::new(2, 64),
            effects: Effects::new(|| NOW.plus(Seconds::new(60)), rng),
        };
        let (p384, ristretto255) = (keys::<P384>(), keys::<Ristretto255>());
        let routes = Router::new()
            .merge(gated("/one", &p384, &grounds))
            .merge(gated("/five", &ristretto255, &grounds));
        let issuer = Issuer {
            door: Arc::new(ByName),
            allowance: Allowance {
                tokens: NonZeroU32::new(9).unwrap(),
                window: Seconds::days(1),
            },
            p384,
            ristretto255,
            ledger,
            pool: grounds.pool.clone(),
            effects: grounds.effects,
        };
        let _prepared = connect("http://127.0.0.1:9");
        Self {
            issuer: Process::listen(issuer_router(Arc::new(issuer)), None)
                .await
                .unwrap(),
            origin: Process::listen(routes, None).await.unwrap(),
            client: Client::new(),
        }
    }

    async fn post(&self, user: &str, kind: &str, body: Vec<u8>) -> Response {
        let directory = format!("{}{}", self.issuer.address, media::DIRECTORY_PATH);
        let directory = self.client.get(directory).send().await.unwrap();
        assert_eq!(directory.headers()["content-type"], media::DIRECTORY);
        let directory = directory.bytes().await.unwrap();
        let directory = Directory::from_json(&directory, &DirectoryMaxima::USUAL).unwrap();
        assert_eq!(directory.keys().len(), 2);
        let url = format!("{}{}", self.issuer.address, directory.request_uri());
        let request = self.client.post(url).header("authorization", user);
        request
            .header("content-type", kind)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    async fn get(&self, path: &str, authorization: Option<HeaderValue>) -> Response {
        let mut request = self.client.get(format!("{}{path}", self.origin.address));
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        request.send().await.unwrap()
    }
}

fn gated<S>(path: &str, keys: &Arc<IssuerKeys<S>>, grounds: &Grounds) -> Router
where
    S: TokenSuite + Send + Sync + 'static,
    Gate<S>: Send + Sync,
{
    let (origin, issuer) = (name("origin.example"), name("issuer.example"));
    let challenge = TokenChallenge::new(issuer.clone())
        .with_origins(core::slice::from_ref(&origin))
        .unwrap();
    let origin = Origin::new(origin, issuer, Arc::clone(keys), grounds.ledger.id());
    let gate = Gate::new(origin, Arc::clone(keys), challenge, grounds.clone()).unwrap();
    let handler = get(async |headers: HeaderMap| {
        assert!(!headers.contains_key("authorization"));
        "inside"
    });
    Router::new()
        .route(path, handler)
        .layer(from_fn_with_state(Arc::new(gate), admit::<S>))
}

/// Asked by our origin, drawn from our issuer alone and in a batch, and spent once each.
async fn plays<C: PrivateCipherSuite>(world: &World, path: &str) {
    let asked = world.get(path, None).await;
    assert_eq!(asked.status().as_u16(), 401);
    // Their parser takes no quotes.
    let offer = asked.headers()["www-authenticate"]
        .to_str()
        .unwrap()
        .replace('"', "");
    let offers = parse_www_authenticate_header(&HeaderValue::from_str(&offer).unwrap()).unwrap();
    let challenge = offers[0].token_challenge();
    let public = deserialize_public_key::<C>(offers[0].token_key()).unwrap();

    let (request, state) = TokenRequest::<C>::new(public, challenge).unwrap();
    let request = request.tls_serialize_detached().unwrap();
    for _ in 0..2 {
        let answer = world
            .post(path, media::TOKEN_REQUEST, request.clone())
            .await;
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], media::TOKEN_RESPONSE);
        let answer = answer.bytes().await.unwrap();
        let answer = TokenResponse::<C>::try_from_bytes(&answer).unwrap();
        let token = answer.issue_token(&state).unwrap();
        // The same request gives the same token: it is spent the first time alone.
        spend_once::<C>(world, path, &token).await;
    }

    let (request, state) = AmortizedBatchTokenRequest::<C>::new(public, challenge, 8).unwrap();
    let request = request.tls_serialize_detached().unwrap();
    let answer = world.post(path, media::BATCH_REQUEST, request).await;
    assert_eq!(answer.headers()["content-type"], media::BATCH_RESPONSE);
    let answer = answer.bytes().await.unwrap();
    let answer = AmortizedBatchTokenResponse::<C>::try_from_bytes(&answer).unwrap();
    for token in answer.issue_tokens(&state).unwrap() {
        assert_eq!(
            world
                .get(path, Some(authorization::<C>(&token)))
                .await
                .status()
                .as_u16(),
            200
        );
        spend_once::<C>(world, path, &token).await;
    }

    // Nine are drawn: no tenth.
    let (request, _) = TokenRequest::<C>::new(public, challenge).unwrap();
    let request = request.tls_serialize_detached().unwrap();
    let over = world
        .post(path, media::TOKEN_REQUEST, request.clone())
        .await;
    assert_eq!(over.status().as_u16(), 422);
    let other = world
        .post("somebody else", media::TOKEN_REQUEST, request.clone())
        .await;
    assert_eq!(other.status().as_u16(), 200);
    assert_eq!(
        world
            .post(path, "text/plain", request.clone())
            .await
            .status()
            .as_u16(),
        415
    );
    for wrong in [
        &request[..request.len() - 1],
        &[0, 2, 1],
        &[],
        &request[..2],
    ] {
        let answer = world.post(path, media::TOKEN_REQUEST, wrong.to_vec()).await;
        assert_eq!(answer.status().as_u16(), 422);
    }
}

pub(crate) fn authorization<C: PrivateCipherSuite>(token: &PrivateToken<C>) -> HeaderValue {
    build_authorization_header(token).unwrap().1
}

/// Whether or not it was spent before, it is spent afterwards.
async fn spend_once<C: PrivateCipherSuite>(world: &World, path: &str, token: &PrivateToken<C>) {
    let first = world.get(path, Some(authorization::<C>(token))).await;
    if first.status().as_u16() == 200 {
        assert_eq!(first.text().await.unwrap(), "inside");
    }
    for again in [path.to_owned(), format!("{path}?again")] {
        let refused = world.get(&again, Some(authorization::<C>(token))).await;
        assert_eq!(refused.status().as_u16(), 401);
        assert!(refused.headers().contains_key("www-authenticate"));
    }
    let nonsense = world
        .get(
            path,
            Some(HeaderValue::from_static("PrivateToken token=AAAA")),
        )
        .await;
    assert_eq!(nonsense.status().as_u16(), 401);
}

pub(crate) async fn series(safe: Safe<'_>, now: Seconds, ledger: LedgerId) -> Series {
    let start = Start {
        ledger,
        length: Seconds::hours(1),
        now,
    };
    Series::find_or_draw(&mut rng(), safe, start).await.unwrap()
}

#[tokio::test]
async fn keys_follow_one_another() {
    let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let records: &dyn Records = &records;
    let safe = Safe { records, key: &key };
    let ledger = crate::tests::support::ledger().id();
    let first = series(safe, NOW, ledger).await;
    // Every process has the same keys, whenever it was started; another ledger has others.
    let late = series(safe, NOW.plus(Seconds::days(9)), ledger).await;
    let restored = series(safe, NOW, crate::tests::support::ledger().id()).await;
    let ids = |series: &Series, now| -> Vec<[u8; 32]> {
        let keys: IssuerKeys<Ristretto255> = series.keys(now).unwrap();
        let keys = keys.preferred().into_iter();
        keys.map(|key| *key.id().as_bytes()).collect()
    };
    assert_eq!(ids(&first, NOW), ids(&late, NOW));
    assert!(
        ids(&first, NOW)
            .iter()
            .all(|id| !ids(&restored, NOW).contains(id))
    );
    // Before the first window there was none; then there are three, of which two stay when the next begins.
    assert_eq!(ids(&first, NOW).len(), 2);
    let mut before = ids(&first, NOW);
    for hour in 1..40 {
        let now = NOW.plus(Seconds::hours(hour));
        let after = ids(&first, now);
        assert_eq!(after[1..], before[..2], "hour {hour}");
        assert_eq!(after.len(), 3);
        before = after;
    }
    // The first opens when the ledger counts, the others with their hour, and there is always one that issues.
    let keys: IssuerKeys<P384> = first.keys(NOW).unwrap();
    assert!(keys.current(NOW).is_none());
    let opens = NOW.plus(Seconds::new(121));
    assert_eq!(keys.current(opens).unwrap().window().opens(), opens);
    // A series keeps its windows.
    for length in [Seconds::hours(2), Seconds::new(3_599)] {
        let start = Start {
            ledger,
            length,
            now: NOW,
        };
        let other = Series::find_or_draw(&mut rng(), safe, start).await;
        assert_eq!(other.unwrap_err(), KeyError::OtherForm);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn repeats_are_charged_once_and_are_bounded() {
    let world = World::new().await;
    let asked = world.get("/five", None).await;
    let offer = asked.headers()["www-authenticate"].to_str().unwrap();
    let offer = HeaderValue::from_str(&offer.replace('"', "")).unwrap();
    let offers = parse_www_authenticate_header(&offer).unwrap();
    let public = deserialize_public_key::<voprf_ng::Ristretto255>(offers[0].token_key()).unwrap();
    let challenge = offers[0].token_challenge();
    let batch =
        AmortizedBatchTokenRequest::<voprf_ng::Ristretto255>::new(public, challenge, 9).unwrap();
    let request = batch.0.tls_serialize_detached().unwrap();
    let mut statuses = Vec::new();
    for _ in 0..=Allowance::ANSWERS {
        let answer = world
            .post("ann", media::BATCH_REQUEST, request.clone())
            .await;
        statuses.push(answer.status().as_u16());
    }
    // Nine are drawn, whatever is lost; but nobody has work done without end.
    let (last, before) = statuses.split_last().unwrap();
    assert!(before.iter().all(|status| *status == 200), "{before:?}");
    assert_eq!(*last, 422);
    let bob = world.post("bob", media::BATCH_REQUEST, request).await;
    assert_eq!(bob.status().as_u16(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn their_client_draws_and_spends() {
    let world = World::new().await;
    plays::<p384::NistP384>(&world, "/one").await;
    plays::<voprf_ng::Ristretto255>(&world, "/five").await;
}
