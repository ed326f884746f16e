//! Sessions of browsers: their ends, their lists, and other people's pages.

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use milagro_wire::login::{LoginAnswer, Purpose, SessionAnswer, SessionsAnswer};
use milagro_wire::problem::ProblemType;

use super::fixture::{Got, OWN, Phone, Replica, World, posted, user};
use crate::browsers::OnDevice;
use crate::device::Who;
use crate::sessions::OF_DEVICE;

/// Logs a browser in.
async fn browser(replica: &Replica, phone: &mut Phone) -> String {
    let request = phone.ask(replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &request).await;
    phone.cookie = answer.form::<LoginAnswer>().cookie;
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(line.starts_with("__Host-milagro-session="), "{line}");
    for part in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
        assert!(line.contains(part), "{line}");
    }
    assert!(!line.contains("Domain"));
    answer.cookies()
}

async fn with(replica: &Replica, method: Method, path: &str, cookie: &str) -> Got {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, cookie);
    replica.send(request.body(Body::empty()).unwrap()).await
}

async fn look(replica: &Replica, cookie: &str) -> StatusCode {
    with(replica, Method::GET, "/v1/session", cookie)
        .await
        .status
}

#[tokio::test]
async fn end_without_use_and_with_it() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let idle = browser(&replicas[0], &mut phone).await;
    world.pass(29 * 60 + 59);
    assert_eq!(look(&replicas[1], &idle).await, StatusCode::OK);
    world.pass(29 * 60 + 59);
    assert_eq!(look(&replicas[0], &idle).await, StatusCode::OK);
    world.pass(30 * 60);
    assert_eq!(look(&replicas[0], &idle).await, StatusCode::FORBIDDEN);
    let used = browser(&replicas[0], &mut phone).await;
    for _ in 0..47 {
        world.pass(15 * 60);
        assert_eq!(look(&replicas[1], &used).await, StatusCode::OK);
    }
    world.pass(15 * 60);
    assert_eq!(look(&replicas[1], &used).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn begin_anew_with_each_login_and_end_by_one() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let first = browser(&replica, &mut phone).await;
    // The browser logs in again: another token, and the old one is worthless.
    let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let mut again = posted("/v1/login", &request);
    again
        .headers_mut()
        .insert(header::COOKIE, first.parse().unwrap());
    let answer = replica.send(again).await;
    phone.cookie = answer.form::<LoginAnswer>().cookie;
    let second = answer.cookies();
    assert_ne!(first, second);
    assert_eq!(look(&replica, &first).await, StatusCode::FORBIDDEN);
    assert_eq!(look(&replica, &second).await, StatusCode::OK);
    // A login that fails ends nothing.
    let request = phone.ask(&replica, "2581", Purpose::Session {}).await;
    let mut wrong = posted("/v1/login", &request);
    wrong
        .headers_mut()
        .insert(header::COOKIE, second.parse().unwrap());
    assert_eq!(replica.send(wrong).await.status, StatusCode::FORBIDDEN);
    assert_eq!(look(&replica, &second).await, StatusCode::OK);
    let out = with(&replica, Method::DELETE, "/v1/session", &second).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert!(
        out.headers[header::SET_COOKIE]
            .to_str()
            .unwrap()
            .contains("Max-Age=0")
    );
    assert_eq!(look(&replica, &second).await, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn are_listed_and_ended_by_their_user_alone() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut alice = world.phone(&replica, "alice", "2580").await;
    let mut bob = world.phone(&replica, "bob", "2580").await;
    let mine = browser(&replica, &mut alice).await;
    let other = browser(&replica, &mut alice).await;
    let bobs = browser(&replica, &mut bob).await;
    let list = with(&replica, Method::GET, "/v1/sessions", &mine).await;
    let list: SessionsAnswer = list.form();
    assert_eq!(list.sessions.as_slice().len(), 2);
    let id = with(&replica, Method::GET, "/v1/session", &other).await;
    let id = id.form::<SessionAnswer>().id.to_text();
    let path = format!("/v1/sessions/{id}");
    let answer = with(&replica, Method::DELETE, &path, &bobs).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(look(&replica, &other).await, StatusCode::OK);
    let answer = with(&replica, Method::DELETE, &path, &mine).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(look(&replica, &other).await, StatusCode::FORBIDDEN);
    assert_eq!(look(&replica, &mine).await, StatusCode::OK);
    // By user.
    replica
        .service
        .set_locked(&user("alice"), true)
        .await
        .unwrap();
    assert_eq!(look(&replica, &mine).await, StatusCode::FORBIDDEN);
    assert_eq!(alice.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    replica
        .service
        .set_locked(&user("alice"), false)
        .await
        .unwrap();
    assert_eq!(look(&replica, &mine).await, StatusCode::FORBIDDEN);
    assert_eq!(alice.log_in(&replica, "2580").await, StatusCode::OK);
    // By device.
    let again = browser(&replica, &mut alice).await;
    let devices = replica.service.devices(&user("alice")).await.unwrap();
    let alice_name = user("alice");
    replica
        .service
        .remove(&alice_name, devices[0].1.id)
        .await
        .unwrap();
    assert_eq!(look(&replica, &again).await, StatusCode::FORBIDDEN);
    assert_eq!(look(&replica, &bobs).await, StatusCode::OK);
    // Removed for ever.
    let identity = World::identity("alice");
    assert!(replica.service.enrol(&alice_name, &identity).await.is_err());
}

/// A login that was on its way when its user was locked leaves nothing that is good once the user is unlocked.
#[tokio::test]
async fn none_begins_behind_a_lock() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    let (service, alice) = (&replica.service, user("alice"));
    let devices = service.devices(&alice).await.unwrap();
    let who = Who::new(&devices[0].1, &devices[0].0, service.now());
    service.set_locked(&alice, true).await.unwrap();
    let late = service.begin_session(&who).await;
    assert_eq!(late.err().unwrap().known(), Some(ProblemType::Refused));
    service.set_locked(&alice, false).await.unwrap();
    assert_eq!(service.sessions(&alice).await.unwrap().len(), 0);
    assert!(service.begin_session(&who).await.is_ok());
}

/// However often a device logs in, its sessions are few, and all of them are in its user's list.
#[tokio::test]
async fn a_device_has_few() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let first = browser(&replicas[0], &mut phone).await;
    let second = browser(&replicas[1], &mut phone).await;
    let records = world.records.len();
    for more in replicas.iter().cycle().take(OF_DEVICE - 1) {
        world.pass(60);
        assert_eq!(look(&replicas[0], &first).await, StatusCode::OK);
        browser(more, &mut phone).await;
    }
    // That which was used least lately has ended.
    assert_eq!(look(&replicas[1], &second).await, StatusCode::FORBIDDEN);
    assert_eq!(look(&replicas[1], &first).await, StatusCode::OK);
    for more in replicas.iter().cycle().take(2 * OF_DEVICE) {
        browser(more, &mut phone).await;
    }
    let list = replicas[0].service.sessions(&user("alice")).await;
    assert_eq!(list.unwrap().len(), OF_DEVICE);
    assert_eq!(world.records.len(), records + OF_DEVICE - 2);
}

#[tokio::test]
async fn tokens_are_whole() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let good = browser(&replica, &mut phone).await;
    let (name, value) = good.split_once('=').unwrap();
    for place in 0..value.len() {
        let mut off = value.as_bytes().to_vec();
        off[place] = if off[place] == b'A' { b'B' } else { b'A' };
        let off = format!("{name}={}", String::from_utf8(off).unwrap());
        assert_eq!(look(&replica, &off).await, StatusCode::FORBIDDEN, "{place}");
    }
    for bad in [
        String::new(),
        format!("{name}="),
        format!("{good}A"),
        format!("{good}; {good}"),
    ] {
        assert_eq!(look(&replica, &bad).await, StatusCode::FORBIDDEN, "{bad}");
    }
    assert_eq!(look(&replica, &good).await, StatusCode::OK);
}

#[tokio::test]
async fn other_pages_change_nothing() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let cookie = browser(&replica, &mut phone).await;
    let from = |origin: &str, site: &str| {
        Request::delete("/v1/session")
            .header(header::COOKIE, cookie.as_str())
            .header(header::ORIGIN, origin)
            .header("sec-fetch-site", site)
            .body(Body::empty())
            .unwrap()
    };
    for (origin, site) in [
        ("https://evil.example", "cross-site"),
        ("https://evil.example", "same-origin"),
        ("null", "same-origin"),
        (OWN, "cross-site"),
        (OWN, "same-site"),
    ] {
        assert_eq!(
            replica.send(from(origin, site)).await.status,
            StatusCode::FORBIDDEN
        );
        assert_eq!(look(&replica, &cookie).await, StatusCode::OK);
    }
    // A login that another page sends changes nobody's session, and costs no attempt.
    let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let mut login = posted("/v1/login", &request);
    login
        .headers_mut()
        .insert(header::ORIGIN, "https://evil.example".parse().unwrap());
    let checked = replica.service.checked();
    assert_eq!(replica.send(login).await.status, StatusCode::FORBIDDEN);
    assert_eq!(replica.service.checked(), checked);
    let answer = replica.send(from(OWN, "same-origin")).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    // No answer may be shown inside a page, or read by one.
    assert!(
        answer.headers[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap()
            .contains("frame-ancestors 'none'")
    );
    assert!(
        answer
            .headers
            .get(header::ACCESS_CONTROL_ALLOW_ORIGIN)
            .is_none()
    );
}

/// Whoever is mounted beside the service hears of each end that this process makes, by whatever way, and of nothing else.
#[tokio::test]
async fn ends_are_told_to_whoever_listens() {
    let world = World::new().await;
    let replica = world.replica().await;
    let (service, alice) = (&replica.service, user("alice"));
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let mut endings = service.endings();
    let device = service.devices(&alice).await.unwrap()[0].1.id;
    let expected = OnDevice {
        user: alice.clone(),
        device,
    };
    let cookie = browser(&replica, &mut phone).await;
    assert_eq!(look(&replica, &cookie).await, StatusCode::OK);
    let wrong = with(&replica, Method::DELETE, "/v1/session", "x=y").await;
    assert_eq!(wrong.status, StatusCode::NO_CONTENT);
    assert!(endings.try_recv().is_err(), "nothing has ended");
    with(&replica, Method::DELETE, "/v1/session", &cookie).await;
    assert_eq!(endings.try_recv().as_ref(), Ok(&expected));
    // From another of the user's browsers, by number.
    let cookie = browser(&replica, &mut phone).await;
    let other = browser(&replica, &mut phone).await;
    let said = with(&replica, Method::GET, "/v1/session", &other).await;
    let id = said.form::<SessionAnswer>().id.to_text();
    let path = format!("/v1/sessions/{id}");
    let gone = with(&replica, Method::DELETE, &path, &cookie).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(endings.try_recv().as_ref(), Ok(&expected));
    // By the operator, by a lock, and with the device. Each has one session left to end.
    assert_eq!(service.end_sessions(&alice, None).await.unwrap(), 1);
    assert_eq!(endings.try_recv().as_ref(), Ok(&expected));
    browser(&replica, &mut phone).await;
    service.set_locked(&alice, true).await.unwrap();
    assert_eq!(endings.try_recv().as_ref(), Ok(&expected));
    service.set_locked(&alice, false).await.unwrap();
    browser(&replica, &mut phone).await;
    service.remove(&alice, device).await.unwrap();
    assert_eq!(endings.try_recv().as_ref(), Ok(&expected));
    // What is over is not told of again.
    assert_eq!(service.end_sessions(&alice, None).await.unwrap(), 0);
    assert!(endings.try_recv().is_err());
}
