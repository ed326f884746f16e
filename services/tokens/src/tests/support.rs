//! What the tests stand on.

use alloc::sync::Arc;
use core::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{InPlace, Ledger};
use milagro_voprf::rand_core::UnwrapErr;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Binding, Drawing, Token, TokenKey};
use milagro_voprf::tokens::schedule::SignedSchedule;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::client::{Endpoint, EndpointError, Patience};
use milagro_wire::server::{Frame, frame};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::forms::{RedeemAnswer, RedeemItem, RedeemOutcome, RedeemRequest};
use crate::service::Service;
use crate::service::routes::router;
use crate::testkit::{Fleet, Ground};

/// Ten minutes into an hour.
pub(crate) const NOW: Seconds = Seconds::new(1_800_000_600);

pub(crate) type Rng = UnwrapErr<SysRng>;

pub(crate) fn rng() -> Rng {
    UnwrapErr(SysRng)
}

/// Asks again once, soon.
pub(crate) fn connect(address: &str) -> Result<Endpoint, EndpointError> {
    let _there = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let patience = Patience {
        tries: 2,
        first: Duration::from_millis(1),
        most: Duration::from_millis(5),
        request: Duration::from_secs(20),
    };
    Endpoint::new(address, reqwest::ClientBuilder::new(), patience)
}

pub(crate) fn ledger() -> Arc<dyn Ledger> {
    Arc::new(InPlace(MemoryLedger::init(&mut rng(), 100_000, NOW)))
}

/// Tokens that a user draws of a service, in this process.
pub(crate) async fn drawn(fleet: &Fleet, issuer: &Arc<Service>, count: usize) -> Vec<Token> {
    let get = Request::get("/v1/weather/schedule").body(Body::empty());
    let schedule = said(issuer, get.unwrap()).await;
    let signed = SignedSchedule::from_bytes(&schedule).unwrap();
    let pinned = fleet.verifier.pin(&signed).unwrap();
    let key: TokenKey = TokenKey::from_schedule(&pinned, fleet.clock.now()).unwrap();
    let Drawing { request, pending } = key.draw(&mut rng(), count).unwrap();
    let post = Request::post("/v1/weather/issue").header(AUTHORIZATION, "ann");
    let post = post.header(CONTENT_TYPE, "application/octet-stream");
    let answer = said(issuer, post.body(Body::from(request.to_bytes())).unwrap()).await;
    let answer = TokenResponse::from_bytes(&answer, count).unwrap();
    pending.finish(&answer).unwrap()
}

/// What redeems tokens on one payload.
pub(crate) fn redeeming(fleet: &Fleet, tokens: Vec<Token>, payload: &[u8]) -> RedeemRequest {
    let redeemer = fleet.tenant().redeemer().clone();
    let binding = Binding {
        redeemer: &redeemer,
        context: b"",
        payload,
    };
    let items = tokens.into_iter().map(|token| RedeemItem {
        request: Blob::new(token.redeem(&binding).request.to_bytes()).unwrap(),
        context: Blob::new([]).unwrap(),
        payload: Blob::new(payload).unwrap(),
    });
    RedeemRequest {
        redemptions: List::new(items.collect()).unwrap(),
    }
}

/// What comes of it, at a service in this process.
pub(crate) async fn outcomes(
    service: &Arc<Service>,
    request: &RedeemRequest,
) -> Vec<RedeemOutcome> {
    let post = Request::post("/v1/weather/redeem").header(CONTENT_TYPE, "application/json");
    let body = Body::from(serde_json::to_vec(request).unwrap());
    let answer = said(service, post.body(body).unwrap()).await;
    let answer: RedeemAnswer = serde_json::from_slice(&answer).unwrap();
    answer.outcomes.into_vec()
}

/// The status of the answer to it.
pub(crate) async fn status(service: &Arc<Service>, request: &RedeemRequest) -> u16 {
    let post = Request::post("/v1/weather/redeem").header(CONTENT_TYPE, "application/json");
    let body = Body::from(serde_json::to_vec(request).unwrap());
    let routes = frame(router(Arc::clone(service)), Frame::default());
    let response = routes.oneshot(post.body(body).unwrap()).await.unwrap();
    response.status().as_u16()
}

async fn said(service: &Arc<Service>, request: Request<Body>) -> Vec<u8> {
    let routes = frame(router(Arc::clone(service)), Frame::default());
    let response = routes.oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let body = to_bytes(response.into_body(), 1 << 20).await;
    body.unwrap().to_vec()
}

/// Memory, and a directory that goes with the test.
pub(crate) fn ground(ledger: Arc<dyn Ledger>) -> (Ground<Rng>, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let ground = Ground {
        ledgers: vec![ledger],
        records: Arc::new(MemoryRecords::new(1 << 22)),
        directory: directory.path().to_owned(),
        start: NOW,
        generator: rng,
        connect,
    };
    (ground, directory)
}
