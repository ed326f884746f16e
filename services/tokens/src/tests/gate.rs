//! A gate for proxies: one token, one request, whatever else stands in the header.

use alloc::sync::Arc;
use core::num::NonZeroU32;

use axum::body::Body;
use http::{HeaderValue, Request};
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::{Ledger, Records};
use milagro_voprf::privacypass::media;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Pool};
use p384::NistP384;
use privacypass::Serialize as _;
use privacypass::auth::authenticate::parse_www_authenticate_header;
use privacypass::common::private::deserialize_public_key;
use privacypass::private_tokens::{TokenRequest, TokenResponse};
use reqwest::{Client, Response};
use tower::ServiceExt as _;

use crate::primary::Safe;
use crate::privacypass::{Allowance, Mounted, Mounting};
use crate::testkit::{ByName, Clock, Process};
use crate::tests::privacypass::{authorization, name, series};
use crate::tests::support::{NOW, connect, ledger, rng};

/// Gates of two origins with one issuer, over one ledger.
struct World {
    clock: Clock,
    here: Gate,
    there: Gate,
}

struct Gate {
    mounted: Arc<Mounted>,
    process: Process,
    client: Client,
}

impl World {
    async fn new() -> Self {
        let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
        let records: &dyn Records = &records;
        let safe = Safe { records, key: &key };
        let clock = Clock::at(NOW.plus(Seconds::new(200)));
        let ledger = ledger();
        Self {
            here: Gate::new("origin.example", safe, &ledger, &clock).await,
            there: Gate::new("other.example", safe, &ledger, &clock).await,
            clock,
        }
    }
}

impl Gate {
    async fn new(origin: &str, safe: Safe<'_>, ledger: &Arc<dyn Ledger>, clock: &Clock) -> Self {
        let reading = clock.clone();
        let mounted = Mounted::new(Mounting {
            issuer: name("issuer.example"),
            origin: name(origin),
            door: Arc::new(ByName),
            allowance: Allowance {
                tokens: NonZeroU32::new(9).unwrap(),
                window: Seconds::hours(1),
            },
            series: series(safe, NOW, ledger.id()).await,
            ledger: Arc::clone(ledger),
            pool: Pool::new(2, 64),
            effects: Effects::new(move || reading.now(), rng),
        });
        let mounted = Arc::new(mounted.unwrap());
        let routes = Arc::clone(&mounted).router();
        let _prepared = connect("http://127.0.0.1:9");
        Self {
            mounted,
            process: Process::listen(routes, None).await.unwrap(),
            client: Client::new(),
        }
    }

    async fn request(&self, headers: &[HeaderValue]) -> Response {
        let mut request = self
            .client
            .get(format!("{}{}", self.process.address, Mounted::GATE));
        for header in headers {
            request = request.header("authorization", header.clone());
        }
        request.send().await.unwrap()
    }

    async fn pass(&self, headers: &[HeaderValue]) -> u16 {
        let answer = self.request(headers).await;
        let status = answer.status().as_u16();
        let asks = answer.headers().contains_key("www-authenticate");
        assert_eq!(asks, status == 401, "{status}");
        status
    }

    async fn post(&self, kind: &str, body: Vec<u8>) -> Response {
        let url = format!("{}/private-token/requests", self.process.address);
        let post = self.client.post(url).header("authorization", "ann");
        let post = post.header("content-type", kind).body(body);
        post.send().await.unwrap()
    }

    /// A token that this gate asks for, as a header.
    async fn draw(&self) -> HeaderValue {
        let asked = self.request(&[]).await;
        assert_eq!(asked.status().as_u16(), 401);
        let offer = asked.headers()["www-authenticate"].to_str().unwrap();
        let offer = HeaderValue::from_str(&offer.replace('"', "")).unwrap();
        let offers = parse_www_authenticate_header(&offer).unwrap();
        let public = deserialize_public_key::<NistP384>(offers[0].token_key()).unwrap();
        let made = TokenRequest::<NistP384>::new(public, offers[0].token_challenge());
        let (request, state) = made.unwrap();
        let request = request.tls_serialize_detached().unwrap();
        let answer = self.post(media::TOKEN_REQUEST, request).await;
        assert_eq!(answer.status().as_u16(), 200);
        let answer = answer.bytes().await.unwrap();
        let answer = TokenResponse::<NistP384>::try_from_bytes(&answer).unwrap();
        authorization::<NistP384>(&answer.issue_token(&state).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_is_good_for_one_request_of_its_hours() {
    let World { clock, here, .. } = World::new().await;
    let mut drawn: Vec<HeaderValue> = Vec::new();
    for _ in 0..3 {
        drawn.push(here.draw().await);
        // The keys of the next hour, and of the one after: the token of the first is good for an hour more.
        clock.advance(Seconds::hours(1));
        here.mounted.refresh().unwrap();
    }
    let mut statuses = Vec::new();
    for token in [&drawn[0], &drawn[1], &drawn[1], &drawn[2], &drawn[2]] {
        statuses.push(here.pass(core::slice::from_ref(token)).await);
    }
    assert_eq!(statuses, [401, 401, 401, 204, 401]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_origin_passes_there_and_not_here() {
    let World { here, there, .. } = World::new().await;
    let token = [there.draw().await];
    for _ in 0..3 {
        assert_eq!(here.pass(&token).await, 401);
    }
    // Nothing was charged for that.
    assert_eq!(there.pass(&token).await, 204);
    assert_eq!(there.pass(&token).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn headers_that_are_malformed_pass_nobody_and_spend_nothing() {
    let World { here, .. } = World::new().await;
    let good = here.draw().await;
    let text = good.to_str().unwrap().to_owned();
    let token = text.split_once("token=").unwrap().1;
    let mut headers: Vec<Vec<u8>> = [
        String::new(),
        "PrivateToken".to_owned(),
        "PrivateToken ".to_owned(),
        "PrivateToken token".to_owned(),
        "PrivateToken token=".to_owned(),
        "PrivateToken token=\"".to_owned(),
        "PrivateToken token=AAAA".to_owned(),
        format!("Bearer {token}"),
        format!("PrivateToken {token}"),
        format!("PrivateToken key={token}"),
        format!("{text}, token={token}"),
        format!("PrivateToken token={}", "A".repeat(12_000)),
        format!("{text}{}", ", a=b".repeat(2_000)),
    ]
    .into_iter()
    .map(String::into_bytes)
    .collect();
    headers.push(b"PrivateToken token=\xff\xfe".to_vec());
    // Each character of the token another one.
    let bytes = text.as_bytes();
    let first = text.len() - token.len();
    for place in (first..bytes.len()).filter(|place| bytes[*place].is_ascii_alphanumeric()) {
        let mut other = bytes.to_vec();
        other[place] = if other[place] == b'A' { b'B' } else { b'A' };
        headers.push(other);
    }
    // How many of its characters are letters and digits hangs on the token.
    assert!(headers.len() > 150);
    for header in headers {
        let sent = HeaderValue::from_bytes(&header).unwrap();
        let status = here.pass(&[sent]).await;
        assert_eq!(status, 401, "{}", String::from_utf8_lossy(&header));
    }
    let nonsense = HeaderValue::from_static("PrivateToken token=AAAA");
    assert_eq!(here.pass(&[nonsense, good.clone()]).await, 401);
    assert_eq!(here.pass(core::slice::from_ref(&good)).await, 204);
    assert_eq!(here.pass(&[good]).await, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_hundred_thousand_is_not_read() {
    let World { here, .. } = World::new().await;
    let long = vec![0; 49 * 100_000];
    for kind in [media::BATCH_REQUEST, media::TOKEN_REQUEST] {
        let post = Request::post("/private-token/requests").header("authorization", "ann");
        let post = post.header("content-type", kind);
        let post = post.body(Body::from(long.clone())).unwrap();
        let routes = Arc::clone(&here.mounted).router();
        let answer = routes.oneshot(post).await.unwrap();
        assert_eq!(answer.status().as_u16(), 413);
    }
    here.draw().await;
}
