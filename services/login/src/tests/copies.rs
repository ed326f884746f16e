//! A device's token and cookie in two hands: whoever comes second is found out, thief or user.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use milagro_wire::login::Purpose;

use super::fixture::{Phone, Replica, World, user};
use crate::tell::News;

/// One logs in and goes on; then the other comes with the cookie of before.
async fn second_is_found_out(first: Phone, second: Phone, at: [&Replica; 2], world: &World) {
    let mut first = first;
    let request = first.ask(at[0], "2580", Purpose::Session {}).await;
    let answer = at[0].post("/v1/login", &request).await;
    let session = answer.cookies();
    let look = || {
        let request = Request::get("/v1/session").header(header::COOKIE, session.as_str());
        at[1].send(request.body(Body::empty()).unwrap())
    };
    first.cookie = answer.form::<milagro_wire::login::LoginAnswer>().cookie;
    assert_eq!(look().await.status, StatusCode::OK);
    world.pass(120);
    // The next cookie is presented for the first time: that of before is replaced.
    assert_eq!(first.log_in(at[1], "2580").await, StatusCode::OK);
    world.pass(120);
    let mut second = second;
    // A wrong guess is counted, and shows nothing.
    assert_eq!(second.log_in(at[0], "0000").await, StatusCode::FORBIDDEN);
    assert_eq!(look().await.status, StatusCode::OK);
    assert!(world.told.0.lock().unwrap().is_empty());
    // The right one is found out: nobody gets in any more.
    assert_eq!(second.log_in(at[0], "2580").await, StatusCode::FORBIDDEN);
    assert_eq!(
        *world.told.0.lock().unwrap(),
        [(user("alice"), News::CopyFound)]
    );
    assert!(world.events().contains("\"copy-found\""));
    let checked = at[0].service.checked() + at[1].service.checked();
    for phone in [&mut first, &mut second] {
        for replica in at {
            assert_eq!(phone.log_in(replica, "2580").await, StatusCode::FORBIDDEN);
        }
    }
    // Nothing is checked for a frozen device, its sessions are over, and it gets no new cookie.
    assert_eq!(at[0].service.checked() + at[1].service.checked(), checked);
    assert_eq!(look().await.status, StatusCode::FORBIDDEN);
    assert!(
        at[0]
            .service
            .sessions(&user("alice"))
            .await
            .unwrap()
            .is_empty()
    );
    let devices = at[0].service.devices(&user("alice")).await.unwrap();
    assert!(devices[0].1.pair.is_frozen());
    assert!(
        at[0]
            .service
            .recover(&user("alice"), devices[0].1.id)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn the_thief_comes_second() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let phone = world.phone(&replicas[0], "alice", "2580").await;
    let thief = phone.copy();
    second_is_found_out(phone, thief, [&replicas[0], &replicas[1]], &world).await;
}

#[tokio::test]
async fn the_user_comes_second() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let phone = world.phone(&replicas[0], "alice", "2580").await;
    let thief = phone.copy();
    second_is_found_out(thief, phone, [&replicas[1], &replicas[0]], &world).await;
}

/// A thief who does not know the PIN guesses with the old cookie: five times, and the user is told.
#[tokio::test]
async fn guesses_with_an_old_cookie_end_and_are_told() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let mut thief = phone.copy();
    for _ in 0..2 {
        assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
        world.pass(120);
    }
    for guess in 0..7 {
        let typed = format!("000{guess}");
        assert_eq!(thief.log_in(&replica, &typed).await, StatusCode::FORBIDDEN);
    }
    assert_eq!(replica.service.checked(), 2 + 5);
    // Once, however often it goes on.
    let told = world.told.0.lock().unwrap().clone();
    assert_eq!(told, [(user("alice"), News::CopySuspected)]);
    assert_eq!(world.events().matches("\"copy-suspected\"").count(), 1);
    // The user's own attempts are untouched.
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
}

/// A recorded copy of a login, sent again later, freezes nobody's device.
#[tokio::test]
async fn a_recorded_login_says_nothing() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let recorded = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &recorded).await;
    phone.cookie = answer.form::<milagro_wire::login::LoginAnswer>().cookie;
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    for _ in 0..3 {
        let again = replica.post("/v1/login", &recorded).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
    }
    assert!(world.told.0.lock().unwrap().is_empty());
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
}
