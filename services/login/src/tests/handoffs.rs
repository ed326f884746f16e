//! Hand-offs: the right browser gets a code, once, and guesses of numbers are charged.

use alloc::sync::Arc;
use core::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, Request, StatusCode, header};
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::{ClientId, Number};
use milagro_wire::login::{
    HandOffAnswer, HandOffRequest, HandedOver, LoginAnswer, LookAnswer, LookRequest, Purpose,
    RedeemAnswer,
};

use super::codes::redeem;
use super::fixture::{Got, OWN, Phone, Replica, SHOP, World, origin, posted, shop, user};
use crate::handoffs::record_key;
use crate::kinds::HAND_OFF;
use crate::shelf::{self, Kept};

/// A browser that shows a number.
struct Browser {
    number: Number,
    cookie: String,
}

fn wanted() -> HandOffRequest {
    HandOffRequest {
        client: shop(),
        origin: origin(SHOP),
    }
}

async fn open(replica: &Replica) -> Browser {
    let answer = replica.post("/v1/handoffs", &wanted()).await;
    let shown: HandOffAnswer = answer.form();
    let line = answer.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(line.contains("; HttpOnly; SameSite=Strict"), "{line}");
    Browser {
        number: shown.number,
        cookie: answer.cookies(),
    }
}

/// The line that sets the cookie of a number, for a page that says that it is of an origin.
async fn cookie_line(replica: &Replica, from: &str) -> Option<String> {
    let mut request = posted("/v1/handoffs", &wanted());
    let from = HeaderValue::from_str(from).unwrap();
    request.headers_mut().insert(header::ORIGIN, from);
    let answer = replica.send(request).await;
    let line = answer.headers.get(header::SET_COOKIE)?;
    Some(line.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_frame_keeps_its_number_apart_for_the_page_around_it() {
    let world = World::new().await;
    let replica = world.replica().await;
    world.shop(&replica).await;
    let line = cookie_line(&replica, SHOP).await.unwrap();
    assert!(line.ends_with("; SameSite=Strict; Max-Age=300"), "{line}");
    let line = cookie_line(&replica, OWN).await.unwrap();
    let expected = "; Secure; HttpOnly; SameSite=None; Partitioned; Max-Age=300";
    assert!(line.ends_with(expected), "{line}");
    assert_eq!(cookie_line(&replica, "https://evil.example").await, None);
}

async fn events(replica: &Replica, number: Number, cookie: &str) -> Got {
    let path = format!("/v1/handoffs/{number}/events");
    let request = Request::get(path).header(header::COOKIE, cookie);
    replica.send(request.body(Body::empty()).unwrap()).await
}

fn code(events: &Got) -> Option<Blob<32>> {
    assert_eq!(events.status, StatusCode::OK);
    let text = events.text();
    let data = text.lines().find_map(|line| line.strip_prefix("data: "))?;
    assert!(text.contains("event: code"));
    Some(serde_json::from_str::<HandedOver>(data).unwrap().code)
}

async fn look(replica: &Replica, phone: &Phone, number: Number) -> Got {
    let request = LookRequest {
        number,
        identity: Blob::new(phone.identity.to_bytes()).unwrap(),
        cookie: phone.cookie.clone(),
    };
    replica.post("/v1/handoffs/look", &request).await
}

async fn confirm(replica: &Replica, phone: &mut Phone, number: Number, at: &str) -> StatusCode {
    let purpose = Purpose::HandOff {
        number,
        origin: origin(at),
    };
    let request = phone.ask(replica, "2580", purpose).await;
    let answer = replica.post("/v1/login", &request).await;
    if answer.status == StatusCode::OK {
        let answer: LoginAnswer = answer.form();
        assert!(answer.code.is_none(), "the code is the browser's");
        phone.cookie = answer.cookie;
    }
    answer.status
}

#[tokio::test]
async fn one_replica_has_the_browser_and_another_the_phone() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let secret = world.shop(&replicas[0]).await;
    let browser = open(&replicas[0]).await;
    let shown: LookAnswer = look(&replicas[1], &phone, browser.number).await.form();
    assert_eq!((shown.client, shown.origin), (shop(), origin(SHOP)));
    let (waits, logs_in) = tokio::join!(
        events(&replicas[0], browser.number, &browser.cookie),
        confirm(&replicas[1], &mut phone, browser.number, SHOP)
    );
    assert_eq!(logs_in, StatusCode::OK);
    let code = code(&waits).unwrap();
    let answer = redeem(&replicas[1], ("shop", &secret), &code, SHOP).await;
    assert_eq!(answer.form::<RedeemAnswer>().user, user("alice"));
    // The number is gone, for the browser and for phones.
    let late = events(&replicas[0], browser.number, &browser.cookie).await;
    assert_eq!(late.status, StatusCode::NOT_FOUND);
    let again = confirm(&replicas[0], &mut phone, browser.number, SHOP).await;
    assert_eq!(again, StatusCode::NOT_FOUND);
}

/// Whoever has read the cookies of a shared screen, or has set them, has nothing for the numbers that it shows later.
#[tokio::test]
async fn what_binds_a_number_is_drawn_for_it() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let read = open(&replica).await;
    let mut request = posted("/v1/handoffs", &wanted());
    let brought = HeaderValue::from_str(&read.cookie).unwrap();
    request.headers_mut().insert(header::COOKIE, brought);
    let shown = replica.send(request).await;
    let number = shown.form::<HandOffAnswer>().number;
    let status = confirm(&replica, &mut phone, number, SHOP).await;
    assert_eq!(status, StatusCode::OK);
    let thief = events(&replica, number, &read.cookie).await;
    assert_eq!(thief.status, StatusCode::NOT_FOUND);
    let own = events(&replica, number, &shown.cookies()).await;
    assert!(code(&own).is_some());
    // The browser is the one from before.
    let known = |cookies: &str| {
        let name = "__Host-milagro-browser=";
        let pair = cookies.split("; ").find(|pair| pair.starts_with(name));
        pair.unwrap().to_owned()
    };
    assert_eq!(known(&shown.cookies()), known(&read.cookie));
}

#[tokio::test]
async fn another_browser_gets_nothing() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let (browser, other) = (open(&replica).await, open(&replica).await);
    for cookie in [other.cookie.as_str(), "", "__Host-milagro-handoff=A", "a=b"] {
        let answer = events(&replica, browser.number, cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    assert_eq!(
        confirm(&replica, &mut phone, browser.number, SHOP).await,
        StatusCode::OK
    );
    let answer = events(&replica, browser.number, &other.cookie).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer = events(&replica, browser.number, &browser.cookie).await;
    assert!(code(&answer).is_some());
}

/// A number is drawn again when it is over. Whoever has shown it before, and still waits at another replica, gets nothing of
/// the login for the browser that shows it now.
#[tokio::test]
async fn a_number_that_is_drawn_again_is_the_next_browsers() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    world.shop(&replicas[0]).await;
    let before = open(&replicas[0]).await;
    let waits = {
        let (routes, cookie) = (replicas[0].routes.clone(), before.cookie.clone());
        let service = Arc::clone(&replicas[0].service);
        tokio::spawn(async move {
            let replica = Replica { service, routes };
            events(&replica, before.number, &cookie).await
        })
    };
    while replicas[0].service.watch.numbers().is_empty() {
        tokio::task::yield_now().await;
    }
    world.pass(300);
    // Another browser draws the same digits.
    let drawn = open(&replicas[1]).await;
    let records = &*world.records;
    let key = record_key(before.number);
    let theirs = shelf::find(records, HAND_OFF, &record_key(drawn.number)).await;
    let over = shelf::find(records, HAND_OFF, &key).await.unwrap();
    let again = Kept {
        kind: HAND_OFF,
        key: &key,
        value: &theirs.unwrap().unwrap().value,
        until: None,
    };
    let version = over.map(|record| record.version);
    assert!(shelf::put(records, again, version).await.unwrap());
    let status = confirm(&replicas[1], &mut phone, before.number, SHOP).await;
    assert_eq!(status, StatusCode::OK);
    let none = waits.await.unwrap();
    assert!(code(&none).is_none(), "{}", none.text());
    let own = events(&replicas[1], before.number, &drawn.cookie).await;
    assert!(code(&own).is_some());
}

/// A stream is not open for longer than its number, whenever it was opened.
#[tokio::test]
async fn streams_end_with_their_numbers() {
    let world = World::new().await;
    let replica = world.replica().await;
    world.shop(&replica).await;
    let browser = open(&replica).await;
    world.pass(299);
    let ends = events(&replica, browser.number, &browser.cookie);
    let ends = tokio::time::timeout(Duration::from_secs(60), ends).await;
    assert!(code(&ends.unwrap()).is_none());
}

/// A phone whose person has seen another origin than the one that asks logs nobody in, and uses no attempt up.
#[tokio::test]
async fn the_origin_that_was_confirmed_counts() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let browser = open(&replica).await;
    let status = confirm(&replica, &mut phone, browser.number, "https://bank.example").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    assert_eq!(replica.service.checked(), 0);
    assert_eq!(
        confirm(&replica, &mut phone, browser.number, SHOP).await,
        StatusCode::OK
    );
}

#[tokio::test]
async fn numbers_end() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let browser = open(&replica).await;
    world.pass(299);
    assert_eq!(
        look(&replica, &phone, browser.number).await.status,
        StatusCode::OK
    );
    world.pass(1);
    assert_eq!(
        look(&replica, &phone, browser.number).await.status,
        StatusCode::NOT_FOUND
    );
    let status = confirm(&replica, &mut phone, browser.number, SHOP).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    // A number that nobody has logged in for in time can be taken again.
    let hand_off = crate::codes::CodeFor {
        client: shop(),
        origin: origin(SHOP),
    };
    let again = replica
        .service
        .open_number(hand_off, None, None)
        .await
        .unwrap();
    assert!(Number::new(&again.number.to_string()).is_ok());
}

#[tokio::test]
async fn guesses_are_charged_and_right_numbers_are_not() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let phone = world.phone(&replicas[0], "alice", "2580").await;
    world.shop(&replicas[0]).await;
    let browser = open(&replicas[0]).await;
    for _ in 0..20 {
        assert_eq!(
            look(&replicas[0], &phone, browser.number).await.status,
            StatusCode::OK
        );
    }
    let mut guesses = (0..).map(|digits| Number::with_check(digits).unwrap());
    let mut wrong = guesses.by_ref().filter(|number| *number != browser.number);
    for replica in replicas.iter().cycle().take(10) {
        let guess = wrong.next().unwrap();
        assert_eq!(
            look(replica, &phone, guess).await.status,
            StatusCode::NOT_FOUND
        );
    }
    for number in [wrong.next().unwrap(), browser.number] {
        let answer = look(&replicas[1], &phone, number).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    world.pass(3600);
    let later = look(&replicas[1], &phone, wrong.next().unwrap()).await;
    assert_eq!(later.status, StatusCode::NOT_FOUND);
    let refused = world.events();
    assert_eq!(
        refused
            .matches("\"hand-off\",\"outcome\":\"refused\"")
            .count(),
        11
    );
}

#[tokio::test]
async fn a_browser_has_ten_open_at_most() {
    let world = World::new().await;
    let replica = world.replica().await;
    world.shop(&replica).await;
    let first = open(&replica).await;
    let more = async || {
        let mut request = posted("/v1/handoffs", &wanted());
        let cookie = first.cookie.parse().unwrap();
        request.headers_mut().insert(header::COOKIE, cookie);
        replica.send(request).await.status
    };
    // Five in each five minutes of the clock, each good for five: ten.
    let mut opened = 1;
    for _ in 0..2 {
        while more().await == StatusCode::OK {
            opened += 1;
        }
        assert_eq!(more().await, StatusCode::TOO_MANY_REQUESTS);
        world.pass(299);
        world.pass(1);
    }
    assert_eq!(opened, 10);
    // Another browser is not touched, and an application has a bound of its own.
    assert_eq!(
        replica.post("/v1/handoffs", &wanted()).await.status,
        StatusCode::OK
    );
    let settings = crate::service::Settings {
        numbers: 3,
        ..World::settings()
    };
    let pool = milagro_wire::server::Pool::new(1, 1);
    let tight = world.with(pool, settings).await;
    world.pass(300);
    let mut statuses = Vec::new();
    for _ in 0..4 {
        statuses.push(tight.post("/v1/handoffs", &wanted()).await.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 429]);
    // Whoever comes after that makes no account and no record.
    let (accounts, records) = (world.ledger.0.len(), world.records.len());
    for _ in 0..10 {
        let answer = tight.post("/v1/handoffs", &wanted()).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(
        (world.ledger.0.len(), world.records.len()),
        (accounts, records)
    );
}

#[tokio::test]
async fn numbers_are_for_known_pages() {
    let world = World::new().await;
    let replica = world.replica().await;
    world.shop(&replica).await;
    let mut unknown = wanted();
    unknown.client = ClientId::new("bank").unwrap();
    let mut elsewhere = wanted();
    elsewhere.origin = origin("https://evil.example");
    for request in [unknown, elsewhere] {
        let answer = replica.post("/v1/handoffs", &request).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    for (from, status) in [(SHOP, 200), (OWN, 200), ("https://evil.example", 403)] {
        let mut request = posted("/v1/handoffs", &wanted());
        request
            .headers_mut()
            .insert(header::ORIGIN, from.parse().unwrap());
        assert_eq!(replica.send(request).await.status.as_u16(), status);
    }
}
