//! Who is given numbers for hand-offs, and how often a device may come.

use core::net::SocketAddr;
use core::num::NonZeroU32;

use axum::extract::ConnectInfo;
use axum::http::{StatusCode, header};
use milagro_base::Seconds;
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::Number;
use milagro_wire::login::{HandOffAnswer, HandOffRequest, LoginAnswer, LookRequest, Purpose};
use milagro_wire::server::Pool;

use super::fixture::{Got, Phone, Replica, SHOP, World, origin, posted, shop, user};
use crate::service::Settings;

async fn replica(world: &World, settings: Settings) -> Replica {
    world.with(Pool::new(1, 16), settings).await
}

/// A number for a browser of an address, perhaps behind a proxy, perhaps with its cookie.
async fn open(replica: &Replica, peer: &str, proxied: &str, cookie: &str) -> Got {
    let form = HandOffRequest {
        client: shop(),
        origin: origin(SHOP),
    };
    let mut request = posted("/v1/handoffs", &form);
    if !peer.is_empty() {
        let peer: SocketAddr = peer.parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    for (name, value) in [
        ("x-forwarded-for", proxied),
        (header::COOKIE.as_str(), cookie),
    ] {
        if !value.is_empty() {
            let name = header::HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
        }
    }
    replica.send(request).await
}

#[tokio::test]
async fn strangers_of_one_network_get_a_part() {
    let world = World::new().await;
    let settings = Settings {
        numbers_of_network: 3,
        ..World::settings()
    };
    let replicas = [
        replica(&world, settings.clone()).await,
        replica(&world, settings.clone()).await,
    ];
    world.shop(&replicas[0]).await;
    let ask = async |at: usize, peer: &str, proxied: &str| {
        open(&replicas[at], peer, proxied, "").await.status
    };
    for (place, peer) in ["203.0.113.7:1", "203.0.113.7:2", "[::ffff:203.0.113.8]:1"]
        .into_iter()
        .enumerate()
    {
        assert_eq!(ask(place % 2, peer, "").await, StatusCode::OK);
    }
    for at in [0, 1] {
        let near = ask(at, "203.0.113.200:9", "").await;
        assert_eq!(near, StatusCode::TOO_MANY_REQUESTS);
        // What the request says of itself changes nothing where no proxy is.
        let lie = ask(at, "203.0.113.200:9", "198.51.100.1").await;
        assert_eq!(lie, StatusCode::TOO_MANY_REQUESTS);
    }
    for far in ["203.0.114.7:1", "[2001:db8:0:1::1]:1"] {
        assert_eq!(ask(0, far, "").await, StatusCode::OK, "{far}");
    }
    for last in ["[2001:db8:0:2::1]:1", "[2001:db8:0:ffff::1]:1"] {
        assert_eq!(ask(0, last, "").await, StatusCode::OK, "{last}");
    }
    let full = ask(0, "[2001:db8:0:3::1]:1", "").await;
    assert_eq!(full, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(ask(0, "[2001:db8:1::1]:1", "").await, StatusCode::OK);
    // This machine, where a proxy is that says nothing, is not counted.
    for near in ["127.0.0.1:1", "[::1]:1", "[::ffff:127.0.0.1]:1", ""] {
        for _ in 0..4 {
            assert_eq!(ask(0, near, "").await, StatusCode::OK, "{near}");
        }
    }
    // Behind a proxy of ours the address is the last that it names.
    let behind = Settings {
        forwarded: true,
        ..settings
    };
    let behind = replica(&world, behind).await;
    for _ in 0..3 {
        let answer = open(&behind, "127.0.0.1:1", "1.2.3.4, 198.51.100.1", "").await;
        assert_eq!(answer.status, StatusCode::OK);
    }
    let full = open(&behind, "127.0.0.1:1", "9.9.9.9, 198.51.100.2", "").await;
    assert_eq!(full.status, StatusCode::TOO_MANY_REQUESTS);
    let full = open(&behind, "127.0.0.1:1", "198.51.100.2:5678", "").await;
    assert_eq!(full.status, StatusCode::TOO_MANY_REQUESTS);
    let other = open(&behind, "127.0.0.1:1", "198.51.100.1, 9.9.9.9", "").await;
    assert_eq!(other.status, StatusCode::OK);
    // Whoever is this machine to the proxy is counted like others.
    for status in [200, 200, 200, 429] {
        let answer = open(&behind, "127.0.0.1:1", "127.0.0.1", "").await;
        assert_eq!(answer.status.as_u16(), status);
    }
    // Five minutes later there are others.
    world.pass(300);
    assert_eq!(ask(0, "203.0.113.7:1", "").await, StatusCode::OK);
}

/// A device makes few browsers known in a day: whoever is registered does not fill what is left for known ones.
#[tokio::test]
async fn a_device_makes_few_browsers_known() {
    const FAR: &str = "203.0.113.7:1";
    let world = World::new().await;
    let settings = Settings {
        numbers: 100,
        numbers_of_network: 8,
        ..World::settings()
    };
    let replica = replica(&world, settings).await;
    let mut phone = world.phone(&replica, "mallory", "2580").await;
    world.shop(&replica).await;
    let mut browsers = Vec::new();
    for _ in 0..7 {
        let shown = open(&replica, FAR, "", "").await;
        hand_over(&replica, &mut phone, &shown).await;
        browsers.push(shown.cookies());
    }
    let last = open(&replica, FAR, "", "").await;
    assert_eq!(last.status, StatusCode::OK);
    // The network has had its part: who is known gets another number all the same.
    let mut known = 0;
    for browser in &browsers {
        let answer = open(&replica, FAR, "", browser).await;
        known += usize::from(answer.status == StatusCode::OK);
    }
    assert_eq!(known, 5);
}

/// Days and browsers make no more of it: the user is counted, and a device that is removed vouches for nobody.
#[tokio::test]
async fn what_a_user_makes_known_is_bounded() {
    const FAR: &str = "203.0.113.7:1";
    let world = World::new().await;
    let settings = Settings {
        numbers: 100,
        numbers_of_network: 1,
        ..World::settings()
    };
    let replica = replica(&world, settings).await;
    let mut phone = world.phone(&replica, "mallory", "2580").await;
    world.shop(&replica).await;
    let mut browsers = Vec::new();
    for day in 0..2 {
        for number in 0..5 {
            // Of another network each time.
            let from = format!("203.0.{}.7:1", 10 * day + number);
            let shown = open(&replica, &from, "", "").await;
            hand_over(&replica, &mut phone, &shown).await;
            browsers.push(shown.cookies());
        }
        world.pass(Seconds::days(1).get());
    }
    // Its network has had its part.
    assert_eq!(open(&replica, FAR, "", "").await.status, StatusCode::OK);
    let ask = async |browser: &str| open(&replica, FAR, "", browser).await.status;
    let mut given = 0;
    for browser in browsers.iter().flat_map(|browser| [browser; 5]) {
        given += usize::from(ask(browser).await == StatusCode::OK);
    }
    assert_eq!(given, 25);
    // Five minutes later there are others, as long as the user is not locked.
    world.pass(300);
    assert_eq!(open(&replica, FAR, "", "").await.status, StatusCode::OK);
    assert_eq!(ask(&browsers[9]).await, StatusCode::OK);
    replica
        .service
        .set_locked(&user("mallory"), true)
        .await
        .unwrap();
    assert_eq!(ask(&browsers[9]).await, StatusCode::TOO_MANY_REQUESTS);
}

/// Somebody is handed over to a browser.
async fn hand_over(replica: &Replica, phone: &mut Phone, shown: &Got) {
    let number: Number = shown.form::<HandOffAnswer>().number;
    let purpose = Purpose::HandOff {
        number,
        origin: origin(SHOP),
    };
    let request = phone.ask(replica, "2580", purpose).await;
    let answer = replica.post("/v1/login", &request).await;
    phone.cookie = answer.form::<LoginAnswer>().cookie;
    let path = format!("/v1/handoffs/{number}/events");
    let request = axum::http::Request::get(path).header(header::COOKIE, shown.cookies());
    let request = request.body(axum::body::Body::empty()).unwrap();
    let events = replica.send(request).await;
    assert!(events.text().contains("event: code"), "{}", events.text());
}

#[tokio::test]
async fn strangers_leave_some_for_browsers_that_were_here_before() {
    const FAR: &str = "203.0.113.7:1";
    let world = World::new().await;
    let settings = Settings {
        numbers: 10,
        numbers_of_network: 8,
        ..World::settings()
    };
    let replica = replica(&world, settings).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let seen = open(&replica, FAR, "", "").await;
    let lines: Vec<_> = seen.headers.get_all(header::SET_COOKIE).iter().collect();
    for (line, name, age) in [
        (lines[0], "__Host-milagro-handoff=", "; Max-Age=300"),
        (lines[1], "__Host-milagro-browser=", "; Max-Age=34560000"),
    ] {
        let line = line.to_str().unwrap();
        assert!(line.starts_with(name) && line.ends_with(age), "{line}");
    }
    let only_shown = open(&replica, FAR, "", "").await;
    hand_over(&replica, &mut phone, &seen).await;
    let fill = async |most: usize| {
        for given in 0..20 {
            let answer = open(&replica, FAR, "", "").await;
            if answer.status != StatusCode::OK {
                assert_eq!(
                    (answer.status, given),
                    (StatusCode::TOO_MANY_REQUESTS, most)
                );
                return;
            }
        }
        panic!("strangers are not bounded");
    };
    fill(6).await;
    // Neither another network nor a cookie that nobody was handed over to helps.
    let other = open(&replica, "198.51.100.1:1", "", "").await;
    assert_eq!(other.status, StatusCode::TOO_MANY_REQUESTS);
    for cookie in [&only_shown.cookies(), "__Host-milagro-browser=AAAA"] {
        let answer = open(&replica, FAR, "", cookie).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let known = seen.cookies();
    for status in [
        StatusCode::OK,
        StatusCode::OK,
        StatusCode::TOO_MANY_REQUESTS,
    ] {
        assert_eq!(open(&replica, FAR, "", &known).await.status, status);
    }
    // It is not counted by its network: strangers get as many as before.
    world.pass(300);
    assert_eq!(open(&replica, FAR, "", &known).await.status, StatusCode::OK);
    fill(7).await;
    assert_eq!(open(&replica, FAR, "", &known).await.status, StatusCode::OK);
    // After 400 days it is a stranger again.
    world.pass(Seconds::days(400).get());
    for status in [StatusCode::OK, StatusCode::OK] {
        assert_eq!(open(&replica, FAR, "", &known).await.status, status);
    }
    fill(6).await;
    let late = open(&replica, FAR, "", &known).await;
    assert_eq!(late.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_device_comes_so_often_in_a_minute() {
    let world = World::new().await;
    let settings = Settings {
        visits: NonZeroU32::new(12).unwrap(),
        ..World::settings()
    };
    let replica = replica(&world, settings).await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let mut others = Vec::new();
    for name in ["bob", "carol", "dave"] {
        others.push(world.phone(&replica, name, "2580").await);
    }
    let look = async |phone: &Phone, cookie: &Blob<64>| {
        let request = LookRequest {
            number: Number::with_check(123_456).unwrap(),
            identity: Blob::new(phone.identity.to_bytes()).unwrap(),
            cookie: cookie.clone(),
        };
        replica.post("/v1/handoffs/look", &request).await
    };
    let first = phone.cookie.clone();
    // Ten wrong numbers in an hour are few enough.
    for _ in 0..10 {
        let answer = look(&phone, &first).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
    }
    for _ in 0..2 {
        let answer = look(&phone, &first).await;
        assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    }
    let checked = replica.service.checked();
    let often = phone.log_in(&replica, "2580").await;
    assert_eq!(often, StatusCode::TOO_MANY_REQUESTS);
    let answer = look(&phone, &phone.cookie).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(answer.headers.contains_key(header::RETRY_AFTER));
    assert_eq!(replica.service.checked(), checked);
    // Strangers cannot use a device's visits up, and other devices have their own. Two share a place once in 4,096, so that one
    // of them is counted with the first, at most.
    let stranger = look(&phone, &others[0].cookie).await;
    assert_eq!(stranger.status, StatusCode::FORBIDDEN);
    let mut apart = None;
    for (place, other) in others.iter_mut().enumerate() {
        let old = other.cookie.clone();
        let first = other.log_in(&replica, "2580").await;
        let second = other.log_in(&replica, "2580").await;
        if (first, second) == (StatusCode::OK, StatusCode::OK) {
            apart = Some((place, old));
            break;
        }
    }
    // Whoever has an older cookie uses up its own visits, and none of the owner's.
    let (place, old) = apart.unwrap();
    for _ in 0..12 {
        let _refused = look(&others[place], &old).await;
    }
    let copy = look(&others[place], &old).await;
    assert_eq!(copy.status, StatusCode::TOO_MANY_REQUESTS);
    let mut free = 0;
    for other in &mut others {
        free += usize::from(other.log_in(&replica, "2580").await == StatusCode::OK);
    }
    assert!(free >= 2);
    // The settings say three hundred, where nothing else is said.
    assert_eq!(World::settings().visits.get(), 300);
}
