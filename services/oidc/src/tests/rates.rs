//! Strangers, clients and browsers that ask too often.

use core::net::SocketAddr;
use core::num::NonZeroU32;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};

use crate::rates::Rates;
use crate::settings::{Issuer, Settings};
use crate::tests::world::{OWN, Replica, Reply, World, asked, basic, form, shop, tool};

const FEW: NonZeroU32 = NonZeroU32::new(3).unwrap();

async fn house(rates: Rates) -> (World, Replica, String) {
    let world = World::new().await;
    let settings = Settings {
        rates,
        ..Settings::new(Issuer::new(OWN).unwrap())
    };
    let replica = world.with(settings).await;
    let secret = replica.register("shop", shop()).await.unwrap();
    world.log_in("ann=1", "ann");
    (world, replica, basic("shop", &secret))
}

/// A request for tokens, with a refresh token that is none.
async fn asks(replica: &Replica, from: &str, auth: &str) -> Reply {
    sends(replica, from, ("/oauth/token", auth, "")).await
}

/// A path, a header and a client without one.
async fn sends(replica: &Replica, from: &str, what: (&str, &str, &str)) -> Reply {
    let (path, auth, id) = what;
    let pairs = [
        ("grant_type", "refresh_token"),
        ("refresh_token", "x"),
        ("client_id", id),
    ];
    let mut request =
        Request::post(path).header("content-type", "application/x-www-form-urlencoded");
    if !auth.is_empty() {
        request = request.header("authorization", auth);
    }
    let mut request = request.body(Body::from(form(pairs))).unwrap();
    let peer: SocketAddr = from.parse().unwrap();
    request.extensions_mut().insert(ConnectInfo(peer));
    replica.send(request).await
}

fn is_too_often(reply: &Reply) -> bool {
    let often = reply.status == StatusCode::TOO_MANY_REQUESTS;
    if often {
        assert_eq!(reply.error(), "slow_down");
        assert_eq!(reply.headers[header::RETRY_AFTER], "1");
    }
    often
}

#[tokio::test]
async fn a_stranger_who_asks_too_often_keeps_nobody_else_out() {
    let rates = Rates {
        source: FEW,
        ..Rates::default()
    };
    let (_world, replica, auth) = house(rates).await;
    let wrong = basic("shop", "wrong");
    for path in ["/oauth/token", "/oauth/token", "/oauth/par"] {
        let reply = sends(&replica, "9.9.9.9:1", (path, &wrong, "")).await;
        assert_eq!(reply.error(), "invalid_client");
    }
    // Another port is the same address, and so is its form in IPv6; the right secret is not looked at.
    for (path, from) in [
        ("/oauth/token", "9.9.9.9:2"),
        ("/oauth/token", "[::ffff:9.9.9.9]:3"),
        ("/oauth/par", "9.9.9.9:4"),
    ] {
        let reply = sends(&replica, from, (path, &auth, "")).await;
        assert!(is_too_often(&reply), "{from}");
    }
    // The client itself is somewhere else, or on this machine, and was not counted.
    for from in ["8.8.8.8:1", "127.0.0.1:1"] {
        let reply = asks(&replica, from, &auth).await;
        assert_eq!(reply.error(), "invalid_grant", "{from}");
    }
}

#[tokio::test]
async fn a_client_that_asks_too_often_keeps_no_other_out() {
    let rates = Rates {
        client: FEW,
        ..Rates::default()
    };
    let (_world, replica, auth) = house(rates).await;
    let other = replica.register("other", shop()).await.unwrap();
    // Who only says to be the shop is not counted as the shop.
    for _ in 0..9 {
        let reply = asks(&replica, "9.9.9.9:1", &basic("shop", "wrong")).await;
        assert_eq!(reply.error(), "invalid_client");
    }
    for from in ["8.8.8.8:1", "7.7.7.7:1", "127.0.0.1:1"] {
        assert_eq!(asks(&replica, from, &auth).await.error(), "invalid_grant");
    }
    assert!(is_too_often(&asks(&replica, "6.6.6.6:1", &auth).await));
    let pushed = sends(&replica, "6.6.6.6:1", ("/oauth/par", &auth, "")).await;
    assert!(is_too_often(&pushed));
    let reply = asks(&replica, "6.6.6.6:1", &basic("other", &other)).await;
    assert_eq!(reply.error(), "invalid_grant");
    // Anybody can name a program that shows nothing: its users elsewhere go on.
    replica.register("tool", tool()).await;
    for number in 0..9 {
        let reply = sends(&replica, "9.9.9.9:1", ("/oauth/token", "", "tool")).await;
        assert_eq!(is_too_often(&reply), number >= 3);
    }
    let reply = sends(&replica, "8.8.8.8:1", ("/oauth/token", "", "tool")).await;
    assert_eq!(reply.error(), "invalid_grant");
}

#[tokio::test]
async fn a_browser_that_goes_round_gets_so_many_codes() {
    let rates = Rates {
        codes: FEW,
        ..Rates::default()
    };
    let (world, replica, _) = house(rates).await;
    for _ in 0..3 {
        let back = replica.authorize("ann=1", asked()).await;
        assert!(back.sent("code").is_some());
    }
    let back = replica.authorize("ann=1", asked()).await;
    assert_eq!(
        (back.sent("code"), back.sent("error").as_deref()),
        (None, Some("temporarily_unavailable"))
    );
    assert_eq!(back.sent("state").as_deref(), Some("a state & more"));
    // Another user, and the same at another client.
    world.log_in("bob=1", "bob");
    let back = replica.authorize("bob=1", asked()).await;
    assert!(back.sent("code").is_some());
    replica.register("other", shop()).await.unwrap();
    let mut other = asked();
    other.insert("client_id", "other".to_owned());
    let back = replica.authorize("ann=1", other).await;
    assert!(back.sent("code").is_some());
}
