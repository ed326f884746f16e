//! Whoever has no good cookie makes no work, uses nothing up, and learns nothing.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use milagro_base::Seconds;
use milagro_mpin::server::{Cookies, DeviceId};
use milagro_mpin::{Identity, ServerId};
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::Number;
use milagro_wire::login::{LookRequest, Purpose};

use super::fixture::{Got, START, World, for_shop, posted, rng};
use crate::keys;

/// What a peer sees, but for the number of the request.
fn seen(mut got: Got) -> (StatusCode, axum::http::HeaderMap, String) {
    got.headers.remove("x-request-id");
    let text = got.text();
    (got.status, got.headers, text)
}

#[tokio::test]
async fn without_a_good_cookie_nothing_is_checked() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let bob = world.phone(&replica, "bob", "1111").await;
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    let good = phone.cookie.as_bytes().to_vec();
    let domain = milagro_mpin::TrustDomainId::from_bytes(replica.service.domain.to_bytes());
    let server = ServerId::new(b"login.example").unwrap();
    let device = DeviceId::random(&mut rng());
    let alien = Cookies::new(&mut rng(), domain, server).enrol(&mut rng(), &phone.identity, device);
    let mut cookies = vec![
        Vec::new(),
        vec![0; good.len()],
        bob.cookie.as_bytes().to_vec(),
        alien.cookie.to_bytes().to_vec(),
        [good.as_slice(), &[0]].concat(),
    ];
    for place in 0..good.len() {
        let mut off = good.clone();
        off[place] ^= 1 << (place % 8);
        cookies.push(off);
        cookies.push(good[..place].to_vec());
    }
    let unknown = Identity::device("example", "nobody", &[7; 16]).unwrap();
    let (accounts, records) = (world.ledger.0.len(), world.records.len());
    let (lines, checked) = (world.events(), replica.service.checked());
    let mut answers = Vec::new();
    for purpose in [Purpose::Session {}, for_shop()] {
        let known = phone.ask(&replica, "2580", purpose.clone()).await;
        // The same proof with another name: its form is right, and its name is not known.
        let mut other = known.proof.as_bytes().to_vec();
        let (from, to) = (phone.identity.as_bytes(), unknown.as_bytes());
        let place = other.windows(from.len()).position(|part| part == from);
        if from.len() == to.len() {
            let place = place.unwrap();
            other[place..place + to.len()].copy_from_slice(to);
        }
        for cookie in &cookies {
            for proof in [known.proof.as_bytes(), &other] {
                let mut request = known.clone();
                request.proof = Blob::new(proof).unwrap();
                let Ok(cookie) = Blob::new(cookie.as_slice()) else {
                    continue;
                };
                request.cookie = cookie;
                answers.push(seen(replica.post("/v1/login", &request).await));
            }
        }
    }
    assert!(answers.len() > 400);
    assert_eq!(answers[0].0, StatusCode::FORBIDDEN);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
    assert_eq!(replica.service.checked(), checked);
    assert_eq!(
        (world.ledger.0.len(), world.records.len()),
        (accounts, records)
    );
    assert_eq!(world.events(), lines);
    // And nobody is locked out.
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
}

/// Keys of cookies overlap for 400 days, and then a cookie under the one before is nobody's.
#[tokio::test]
async fn a_cookie_under_an_old_key_is_no_cookie() {
    let world = World::new().await;
    let before = world.replica().await;
    let mut alice = world.phone(&before, "alice", "2580").await;
    let mut bob = world.phone(&before, "bob", "2580").await;
    let now = Seconds::new(START);
    keys::rotate_cookies(&mut rng(), &*world.records, &world.operator, now)
        .await
        .unwrap();
    let replica = world.replica().await;
    world.pass(Seconds::days(399).get());
    assert_eq!(alice.log_in(&replica, "2580").await, StatusCode::OK);
    world.pass(Seconds::days(2).get());
    assert_eq!(bob.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), 1);
    // Whoever came in time has a cookie under the new key.
    assert_eq!(alice.log_in(&replica, "2580").await, StatusCode::OK);
}

/// Thousands of logins without a cookie at once, and one with.
#[tokio::test(flavor = "multi_thread")]
async fn a_crowd_keeps_nobody_out() {
    const CROWD: usize = 2000;
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let mut stranger = phone.ask(&replica, "2580", Purpose::Session {}).await;
    stranger.cookie = Blob::new([0; 61]).unwrap();
    let accounts = world.ledger.0.len();
    let mut crowd = tokio::task::JoinSet::new();
    for _ in 0..CROWD {
        let (routes, request) = (replica.routes.clone(), posted("/v1/login", &stranger));
        crowd.spawn(async move { tower::ServiceExt::oneshot(routes, request).await });
    }
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    let mut refused = 0;
    while let Some(answer) = crowd.join_next().await {
        refused += usize::from(answer.unwrap().unwrap().status() == StatusCode::FORBIDDEN);
    }
    assert_eq!((refused, replica.service.checked()), (CROWD, 1));
    // The challenge of the one.
    assert_eq!(world.ledger.0.len(), accounts + 1);
}

#[tokio::test]
async fn strangers_ask_about_no_number() {
    let world = World::new().await;
    let replica = world.replica().await;
    let phone = world.phone(&replica, "alice", "2580").await;
    let accounts = world.ledger.0.len();
    let mut look = LookRequest {
        number: Number::with_check(1).unwrap(),
        identity: Blob::new(phone.identity.to_bytes()).unwrap(),
        cookie: Blob::new([1; 61]).unwrap(),
    };
    let answer = replica.post("/v1/handoffs/look", &look).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert_eq!(world.ledger.0.len(), accounts);
    look.cookie = phone.cookie;
    let answer = replica.post("/v1/handoffs/look", &look).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}

/// Bodies that are no login: bounded, and answered with problems.
#[tokio::test]
async fn bad_bodies_are_problems() {
    let world = World::new().await;
    let replica = world.replica().await;
    let phone = world.phone(&replica, "alice", "2580").await;
    let good = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let good = serde_json::to_string(&good).unwrap();
    let padded = good.replacen("\",\"cookie\"", "=\",\"cookie\"", 1);
    let deep = format!("{}1{}", "[".repeat(30_000), "]".repeat(30_000));
    let long = format!("{{\"proof\":\"{}\"", "A".repeat(65_537));
    let bodies: Vec<(Vec<u8>, u16)> = vec![
        (Vec::new(), 400),
        (b"{}".to_vec(), 400),
        (b"null".to_vec(), 400),
        (deep.into_bytes(), 400),
        (long.into_bytes(), 413),
        (padded.into_bytes(), 400),
        (
            good.replacen("\"proof\"", "\"proof\":\"\",\"proof\"", 1)
                .into_bytes(),
            400,
        ),
        (good.replacen('{', "{\"more\":1,", 1).into_bytes(), 400),
        (
            good.replacen("session", "session\",\"client\":\"a", 1)
                .into_bytes(),
            400,
        ),
        (good.replacen("session", "everything", 1).into_bytes(), 400),
        ([b"\xef\xbb\xbf", good.as_bytes()].concat(), 400),
        ([good.as_bytes(), b"\0"].concat(), 400),
        (
            good.replacen("proof\":\"", "proof\":\"\\u0000", 1)
                .into_bytes(),
            400,
        ),
        ([good.as_bytes(), b"\xe4"].concat(), 400),
    ];
    for (body, status) in bodies {
        let shown = String::from_utf8_lossy(&body[..body.len().min(60)]).into_owned();
        let request = Request::post("/v1/login").header(header::CONTENT_TYPE, "application/json");
        let answer = replica.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status.as_u16(), status, "{shown}");
        assert_eq!(
            answer.headers[header::CONTENT_TYPE],
            "application/problem+json"
        );
    }
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let request = Request::post("/v1/login").header(header::CONTENT_TYPE, kind);
        let answer = replica
            .send(request.body(Body::from(good.clone())).unwrap())
            .await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }
    // The good one is good.
    let request = Request::post("/v1/login").header(header::CONTENT_TYPE, "application/json");
    let answer = replica.send(request.body(Body::from(good)).unwrap()).await;
    assert_eq!(answer.status, StatusCode::OK);
}
