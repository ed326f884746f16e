//! Login codes: once, for a minute, for one application and one origin.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::ClientId;
use milagro_wire::login::{LoginAnswer, Purpose, RedeemAnswer, RedeemRequest};
use milagro_wire::problem::ProblemType;

use super::fixture::{
    Got, Phone, Replica, SHOP, START, World, for_shop, origin, posted, shop, user,
};

pub(super) async fn code(replica: &Replica, phone: &mut Phone) -> Blob<32> {
    let request = phone.ask(replica, "2580", for_shop()).await;
    let answer: LoginAnswer = replica.post("/v1/login", &request).await.form();
    phone.cookie = answer.cookie;
    answer.code.unwrap()
}

pub(super) async fn redeem(
    replica: &Replica,
    who: (&str, &Blob<32>),
    code: &Blob<32>,
    at: &str,
) -> Got {
    let (id, secret) = who;
    let request = RedeemRequest {
        code: code.clone(),
        origin: origin(at),
    };
    let plain = format!("{id}:{}", secret.to_text());
    let engine = base64::engine::general_purpose::STANDARD;
    let basic = base64::Engine::encode(&engine, plain);
    let mut request = posted("/v1/codes/redeem", &request);
    let value = format!("Basic {basic}").parse().unwrap();
    request.headers_mut().insert(header::AUTHORIZATION, value);
    replica.send(request).await
}

#[tokio::test]
async fn are_good_once_over_replicas() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let secret = world.shop(&replicas[0]).await;
    let code = code(&replicas[0], &mut phone).await;
    world.pass(10);
    let answer = redeem(&replicas[1], ("shop", &secret), &code, SHOP).await;
    let answer: RedeemAnswer = answer.form();
    assert_eq!(answer.user, user("alice"));
    assert_eq!(answer.at, START);
    for replica in &replicas {
        let again = redeem(replica, ("shop", &secret), &code, SHOP).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
    }
    assert!(world.events().contains("\"code\",\"outcome\":\"used\""));
}

#[tokio::test]
async fn are_good_for_a_minute() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    for (seconds, status) in [
        (59, StatusCode::OK),
        (60, StatusCode::FORBIDDEN),
        (61, StatusCode::FORBIDDEN),
    ] {
        let code = code(&replica, &mut phone).await;
        world.pass(seconds);
        let answer = redeem(&replica, ("shop", &secret), &code, SHOP).await;
        assert_eq!(answer.status, status, "{seconds}");
    }
    // A clock that goes back by more than the machines may differ.
    let code = code(&replica, &mut phone).await;
    world
        .clock
        .fetch_sub(61, core::sync::atomic::Ordering::SeqCst);
    let answer = redeem(&replica, ("shop", &secret), &code, SHOP).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn are_for_one_application_and_one_origin() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    let bank = ClientId::new("bank").unwrap();
    let origins = vec![origin("https://bank.example"), origin(SHOP)];
    let banks = replica.service.put_client(&bank, origins).await.unwrap();
    let banks = Blob::new(*banks).unwrap();
    // Whoever does not say who it is uses nothing up.
    let first = code(&replica, &mut phone).await;
    for who in [
        ("shop", &banks),
        ("bank", &secret),
        ("nobody", &secret),
        ("", &secret),
    ] {
        let answer = redeem(&replica, who, &first, SHOP).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{who:?}");
    }
    let bare = RedeemRequest {
        code: first.clone(),
        origin: origin(SHOP),
    };
    let bare = replica.post("/v1/codes/redeem", &bare).await;
    assert_eq!(bare.status, StatusCode::FORBIDDEN);
    let answer = redeem(&replica, ("shop", &secret), &first, SHOP).await;
    assert_eq!(answer.status, StatusCode::OK);
    // Another application, and another page: the code has leaked, and is used up.
    for (who, at) in [
        (("bank", &banks), SHOP),
        (("shop", &secret), "https://shop.example:8443"),
        (("shop", &secret), "https://bank.example"),
    ] {
        let code = code(&replica, &mut phone).await;
        let answer = redeem(&replica, who, &code, at).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        let late = redeem(&replica, ("shop", &secret), &code, SHOP).await;
        assert_eq!(late.status, StatusCode::FORBIDDEN);
    }
    // Guesses.
    for guess in [Blob::new([0; 32]).unwrap(), Blob::new([]).unwrap()] {
        let answer = redeem(&replica, ("shop", &secret), &guess, SHOP).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

/// A code is nothing but a code.
#[tokio::test]
async fn open_nothing_where_they_do_not_belong() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    let code = code(&replica, &mut phone).await;
    let mut login = phone.ask(&replica, "2580", Purpose::Session {}).await;
    login.cookie = Blob::new(code.as_bytes()).unwrap();
    let as_cookie = replica.post("/v1/login", &login).await;
    login.proof = Blob::new(code.as_bytes()).unwrap();
    let as_proof = replica.post("/v1/login", &login).await;
    let as_secret = redeem(&replica, ("shop", &code), &code, SHOP).await;
    for (answer, status) in [
        (as_cookie, StatusCode::FORBIDDEN),
        (as_proof, StatusCode::BAD_REQUEST),
        (as_secret, StatusCode::FORBIDDEN),
    ] {
        assert_eq!(answer.status, status, "{}", answer.text());
    }
    let text = code.to_text();
    for (path, cookie, status) in [
        (
            "/v1/session",
            "__Host-milagro-session",
            StatusCode::FORBIDDEN,
        ),
        (
            "/v1/handoffs/0000000/events",
            "__Host-milagro-handoff",
            StatusCode::NOT_FOUND,
        ),
    ] {
        let request = Request::get(path).header(header::COOKIE, format!("{cookie}={text}"));
        let answer = replica.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, status);
    }
    // And none of that has used it up.
    let answer = redeem(&replica, ("shop", &secret), &code, SHOP).await;
    assert_eq!(answer.status, StatusCode::OK);
}

#[tokio::test]
async fn are_made_for_known_pages_alone() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let checked = replica.service.checked();
    for (client, at) in [
        ("bank", SHOP),
        ("shop", "https://shop.example.evil"),
        ("shop", "https://evil.example"),
    ] {
        let purpose = Purpose::Code {
            client: ClientId::new(client).unwrap(),
            origin: origin(at),
        };
        let request = phone.ask(&replica, "2580", purpose).await;
        let answer = replica.post("/v1/login", &request).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    // The shop's page asks, and somebody else's page says that it is for the shop.
    for (from, status) in [
        (SHOP, StatusCode::OK),
        ("https://evil.example", StatusCode::FORBIDDEN),
    ] {
        let request = phone.ask(&replica, "2580", for_shop()).await;
        let mut request = posted("/v1/login", &request);
        request
            .headers_mut()
            .insert(header::ORIGIN, from.parse().unwrap());
        let answer = replica.send(request).await;
        assert_eq!(answer.status, status, "{from}");
        if status == StatusCode::OK {
            phone.cookie = answer.form::<LoginAnswer>().cookie;
        }
    }
    assert_eq!(replica.service.checked(), checked + 1);
}

#[tokio::test]
async fn end_with_the_user_and_the_device() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    let alice = user("alice");
    let locked = code(&replica, &mut phone).await;
    replica.service.set_locked(&alice, true).await.unwrap();
    let answer = redeem(&replica, ("shop", &secret), &locked, SHOP).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    replica.service.set_locked(&alice, false).await.unwrap();
    let removed = code(&replica, &mut phone).await;
    let devices = replica.service.devices(&alice).await.unwrap();
    replica
        .service
        .remove(&alice, devices[0].1.id)
        .await
        .unwrap();
    let answer = redeem(&replica, ("shop", &secret), &removed, SHOP).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_application_has_pages() {
    let world = World::new().await;
    let replica = world.replica().await;
    let none = replica.service.put_client(&shop(), Vec::new()).await;
    assert_eq!(none.unwrap_err().known(), Some(ProblemType::Malformed));
}
