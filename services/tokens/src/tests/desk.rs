//! Who may do what, over HTTP, and what is said where something is wrong.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};

use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, WWW_AUTHENTICATE};
use axum::http::{Request, StatusCode};
use axum::response::Response;
use milagro_base::Seconds;
use milagro_wire::forms::ReadyAnswer;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::{Frame, frame};
use serde_json::json;
use tower::ServiceExt as _;

use crate::primary::Primary;
use crate::service::routes::router;
use crate::service::{Fault, Keys, Served, Service};
use crate::tenant::Tenant;
use crate::testkit::{Fleet, Role, Size, settings};
use crate::tests::support::{drawn, ground, ledger, rng};

async fn fleet() -> (Fleet, tempfile::TempDir) {
    let (ground, directory) = ground(ledger());
    let fleet = Fleet::found(ground, &settings(Size::SMALL)).await.unwrap();
    (fleet, directory)
}

async fn ask(service: &Arc<Service>, request: Request<Body>) -> Response {
    let routes = frame(router(Arc::clone(service)), Frame::default());
    routes.oneshot(request).await.unwrap()
}

fn post(path: &str, kind: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header(CONTENT_TYPE, kind);
    request
        .header(AUTHORIZATION, "ann")
        .body(body.into())
        .unwrap()
}

async fn faults(service: &Arc<Service>) -> Vec<String> {
    let ready = Request::get("/readyz").body(Body::empty()).unwrap();
    let response = ask(service, ready).await;
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000).await.unwrap();
    let answer: ReadyAnswer = serde_json::from_slice(&body).unwrap();
    assert_eq!(answer.ready, status == StatusCode::OK);
    answer.faults.into_vec()
}

#[tokio::test]
async fn red_before_a_key_is_missing() {
    let (fleet, _directory) = fleet().await;
    let issuer = fleet
        .service(Role::Issuer, Keys::PrimaryAndSigner)
        .await
        .unwrap();
    assert_eq!(faults(&issuer).await, ["weather: no key issues yet"]);
    fleet.clock.advance(Seconds::new(122));
    assert_eq!(faults(&issuer).await, [""; 0]);
    // Two epochs ahead are published: nobody refreshes, and it turns red while there still is a key.
    fleet.clock.advance(Seconds::hours(1));
    assert_eq!(faults(&issuer).await, [""; 0]);
    fleet.clock.advance(Seconds::hours(1));
    assert_eq!(
        faults(&issuer).await,
        ["weather: no key is published for the next epoch"]
    );
    issuer.refresh().await.unwrap();
    assert_eq!(faults(&issuer).await, [""; 0]);
}

#[tokio::test]
async fn what_is_refused() {
    let (fleet, _directory) = fleet().await;
    let issuer = fleet
        .service(Role::Issuer, Keys::PrimaryAndSigner)
        .await
        .unwrap();
    let redeemer = fleet.service(Role::Redeemer, Keys::Primary).await.unwrap();
    fleet.clock.advance(Seconds::new(122));
    let octets = "application/octet-stream";
    let status =
        async |service: &Arc<Service>, request| ask(service, request).await.status().as_u16();

    let mut nobody = post("/v1/weather/issue", octets, vec![1; 65]);
    nobody.headers_mut().remove(AUTHORIZATION);
    let nobody = ask(&issuer, nobody).await;
    assert_eq!(nobody.status().as_u16(), 401);
    assert_eq!(nobody.headers()[WWW_AUTHENTICATE], "Name");
    // The quota is 9 tokens: 33 bytes and 32 for each.
    let longest = 33 + 9 * 32;
    for (request, expected) in [
        (post("/v1/weather/issue", octets, vec![1; longest]), 409),
        (post("/v1/weather/issue", octets, vec![1; longest + 1]), 413),
        (post("/v1/weather/issue", octets, vec![1; longest - 1]), 400),
        (post("/v1/weather/issue", octets, vec![2; longest]), 400),
        (post("/v1/weather/issue", octets, vec![1; 33]), 400),
        (post("/v1/weather/issue", octets, Vec::new()), 400),
        (
            post("/v1/weather/issue", "application/json", vec![1; longest]),
            415,
        ),
        (post("/v1/other/issue", octets, vec![1; longest]), 404),
        (post("/v1/weather/redeem", octets, Vec::new()), 415),
    ] {
        let path = request.uri().clone();
        assert_eq!(status(&issuer, request).await, expected, "{path}");
    }
    let json = "application/json";
    let item = json!({ "request": "AAAA", "context": "", "payload": "" });
    let many = json!({ "redemptions": vec![item.clone(); 129] });
    let more = json!({ "redemptions": [], "user": "ann" });
    for (body, expected) in [
        (json!({ "redemptions": [item] }), 400),
        (json!({ "redemptions": [] }), 400),
        (many, 400),
        (more, 400),
        (json!({ "redemptions": [{ "request": "A" }] }), 400),
    ] {
        let request = post("/v1/weather/redeem", json, body.to_string());
        assert_eq!(status(&redeemer, request).await, expected, "{body}");
    }
    let long = post("/v1/weather/redeem", json, vec![b' '; (1 << 19) + 1]);
    assert_eq!(status(&redeemer, long).await, 413);
    // Each does what it is for, and nothing else.
    assert_eq!(
        status(
            &redeemer,
            post("/v1/weather/issue", octets, vec![1; longest])
        )
        .await,
        404
    );
    assert_eq!(
        status(
            &issuer,
            Request::get("/openapi.json").body(Body::empty()).unwrap()
        )
        .await,
        200
    );
}

#[tokio::test]
async fn two_tenants_of_one_use_case() {
    let (ground, directory) = ground(ledger());
    let mut base = settings(Size::SMALL);
    let fleet = Fleet::found(ground, &base).await.unwrap();
    base.use_case = Some(base.name.clone());
    base.name = "other".to_owned();
    let other = Tenant::new(&base).unwrap();
    Primary::draw(&mut rng(), fleet.safe(), &other, fleet.ledger().id())
        .await
        .unwrap();
    let number = AtomicUsize::new(0);
    let served = |tenant: Tenant| Served {
        tenant,
        verifier: fleet.verifier,
        keys: Keys::Primary,
        issues: None,
        redeems: true,
    };
    let parts = || {
        let number = number.fetch_add(1, Ordering::SeqCst);
        fleet.parts(Audit::open(&directory.path().join(format!("{number}"))).unwrap())
    };
    // A quota of either would be counted for both.
    let both = vec![served(fleet.tenant()), served(other.clone())];
    let both = Service::new(parts(), both).await.unwrap_err();
    assert_eq!(both, Fault::UseCase);
    let twice = vec![served(fleet.tenant()), served(fleet.tenant())];
    assert_eq!(
        Service::new(parts(), twice).await.unwrap_err(),
        Fault::Twice
    );
    assert!(Service::new(parts(), vec![served(other)]).await.is_ok());
}

#[tokio::test]
async fn keys_belong_to_their_ledger() {
    let (one, other) = (ledger(), ledger());
    let (mut both, _directory) = ground(Arc::clone(&one));
    both.ledgers.push(other);
    let fleet = Fleet::found(both, &settings(Size::SMALL)).await.unwrap();
    fleet
        .service(Role::Issuer, Keys::PrimaryAndSigner)
        .await
        .unwrap();
    let elsewhere = fleet
        .service(Role::Redeemer, Keys::Primary)
        .await
        .unwrap_err();
    assert_eq!(elsewhere.downcast_ref::<Fault>(), Some(&Fault::Ledger));
    let exported = fleet
        .service(Role::Issuer, Keys::Exported)
        .await
        .unwrap_err();
    assert_eq!(exported.downcast_ref::<Fault>(), Some(&Fault::Exported));
}

#[tokio::test]
async fn a_server_that_dies_takes_little_of_the_budget_along() {
    let (ground, _directory) = ground(ledger());
    let mut small = settings(Size::SMALL);
    // 1,024 answers.
    (small.budget_bits, small.quota) = (5, 1_000);
    let fleet = Fleet::found(ground, &small).await.unwrap();
    for _ in 0..20 {
        // Each leases a block, answers once, and is killed.
        let keys = Keys::PrimaryAndSigner;
        let issuer = fleet.service(Role::Issuer, keys).await.unwrap();
        fleet.clock.advance(Seconds::new(122));
        assert_eq!(drawn(&fleet, &issuer, 1).await.len(), 1);
    }
}
