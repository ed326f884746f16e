//! What users do with their devices in a browser.

use alloc::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use milagro_wire::forms::registrar::CodeAnswer;
use milagro_wire::login::{OwnDevice, OwnDevicesAnswer};

use super::fixture::{OWN, SHOP, World, factors, user};
use super::link::{Office, Says, browser, linked, with};
use crate::registrar::WhenAway;

#[tokio::test]
async fn devices_are_seen_and_removed_by_their_user_alone() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let replica = linked(&world, &office, WhenAway::Refuse).await;
    let mut alice = world.phone(&replica, "alice", "2580").await;
    let mut bob = world.phone(&replica, "bob", "2580").await;
    let mine = browser(&replica, &mut alice).await;
    let bobs = browser(&replica, &mut bob).await;
    let spare = World::identity("alice's other");
    replica.service.enrol(&user("alice"), &spare).await.unwrap();
    let seen = async |session: &str| {
        let seen = with(&replica, Method::GET, "/v1/devices", session).await;
        seen.form::<OwnDevicesAnswer>().devices.into_vec()
    };
    let devices = seen(&mine).await;
    let (own, other): (Vec<OwnDevice>, Vec<OwnDevice>) =
        devices.into_iter().partition(|device| device.own);
    assert_eq!((own.len(), other.len()), (1, 1));
    assert!(own[0].confirmed && !own[0].closed);
    assert!(!other[0].confirmed && !other[0].closed);
    assert_eq!(seen(&bobs).await.len(), 1);
    let path = |device: &OwnDevice| format!("/v1/devices/{}", device.device.to_text());
    // Another user, another page, nobody.
    let missing = with(&replica, Method::DELETE, &path(&other[0]), &bobs).await;
    assert_eq!(missing.status, StatusCode::NOT_FOUND);
    for (method, path) in [
        (Method::DELETE, path(&other[0])),
        (Method::POST, "/v1/devices/code".to_owned()),
    ] {
        for (origin, session) in [(SHOP, mine.as_str()), (OWN, "")] {
            let request = Request::builder().method(&method).uri(&path);
            let request = request.header(header::ORIGIN, origin);
            let request = request.header(header::COOKIE, session);
            let answer = replica.send(request.body(Body::empty()).unwrap()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {origin}");
        }
    }
    assert_eq!(office.heard("remove", &spare), 0);
    // The registrar does not listen: the device is frozen all the same, and asking again says so there.
    office.say(Says::Nothing);
    let answer = with(&replica, Method::DELETE, &path(&other[0]), &mine).await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(seen(&mine).await.iter().any(|one| one.closed));
    office.say(Says::Yes);
    // Whoever finds the browser five minutes later removes nothing.
    world.pass(300);
    let late = with(&replica, Method::DELETE, &path(&other[0]), &mine).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.text().contains("log in again"), "{}", late.text());
    let mine = browser(&replica, &mut alice).await;
    let answer = with(&replica, Method::DELETE, &path(&other[0]), &mine).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(office.heard("remove", &spare), 1);
    assert_eq!(world.events().matches("\"removal\"").count(), 1);
    // With its own device a session ends.
    let answer = with(&replica, Method::DELETE, &path(&own[0]), &mine).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    let over = with(&replica, Method::GET, "/v1/devices", &mine).await;
    assert_eq!(over.status, StatusCode::FORBIDDEN);
    assert!(alice.token.unlock(&factors("2580")).is_ok());
    assert_eq!(alice.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn another_device_is_added_soon_after_a_login() {
    let world = World::new().await;
    let office = Arc::new(Office::default());
    let replica = linked(&world, &office, WhenAway::Refuse).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let session = browser(&replica, &mut phone).await;
    let ask = async |session: &str| with(&replica, Method::POST, "/v1/devices/code", session).await;
    world.pass(299);
    let code: CodeAnswer = ask(&session).await.form();
    assert_eq!(code.code.len(), 23);
    assert_eq!(office.heard("code", &phone.identity), 1);
    // A second later the user types the PIN again: whoever finds a browser open adds no device.
    world.pass(1);
    let late = ask(&session).await;
    assert_eq!(late.status, StatusCode::FORBIDDEN);
    assert!(late.text().contains("log in again"), "{}", late.text());
    let session = browser(&replica, &mut phone).await;
    for _ in 0..9 {
        assert_eq!(ask(&session).await.status, StatusCode::OK);
    }
    assert_eq!(ask(&session).await.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!world.events().contains("01234"));
    assert_eq!(world.events().matches("\"device-code\"").count(), 10);
    // Where there is no registrar, there is no such thing.
    let alone = world.replica().await;
    let session = browser(&alone, &mut phone).await;
    let answer = with(&alone, Method::POST, "/v1/devices/code", &session).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
