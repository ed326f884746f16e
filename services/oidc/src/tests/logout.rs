//! Ends of sessions, and who is told.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::routing::{delete, post};
use jsonwebtoken::decode_header;
use milagro_ledger::Records as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::kinds::VISIT;
use crate::settings::{Issuer, Settings};
use crate::tests::flow::verified;
use crate::tests::world::{OWN, Replica, Reply, World, asked, begun, form, merged, part, shop};

/// An application that is told of ended sessions.
#[derive(Clone)]
struct Told {
    heard: Arc<Mutex<Vec<String>>>,
    status: Arc<Mutex<StatusCode>>,
    address: String,
}

impl Told {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/told", listener.local_addr().unwrap());
        let told = Self {
            heard: Arc::default(),
            status: Arc::new(Mutex::new(StatusCode::OK)),
            address,
        };
        let (heard, status) = (Arc::clone(&told.heard), Arc::clone(&told.status));
        let routes = Router::new().route(
            "/told",
            post(async move |body: String| {
                let token = body.strip_prefix("logout_token=").unwrap().to_owned();
                heard.lock().unwrap().push(token);
                let status = *status.lock().unwrap();
                (status, [(header::LOCATION, "http://127.0.0.1:1/")])
            }),
        );
        tokio::spawn(async move { axum::serve(listener, routes).await });
        told
    }

    /// What was heard, after a while.
    async fn heard(&self, count: usize) -> Vec<String> {
        for _ in 0..6_000 {
            if self.heard.lock().unwrap().len() >= count {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.heard.lock().unwrap().clone()
    }
}

/// Waits until the records hold no visit any more.
async fn no_visit_left(world: &World) {
    for _ in 0..6_000 {
        let left = world.records.list(VISIT, &[], &[], 1).await.unwrap();
        if left.keys.is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a visit is left after a minute");
}

async fn leave(replica: &Replica, cookie: &str, params: &[(&str, &str)]) -> Reply {
    let path = format!("/oauth/logout?{}", form(params.iter().copied()));
    replica.get(&path, cookie).await
}

async fn id_token(replica: &Replica, auth: &str, cookie: &str) -> String {
    part(
        &replica.redeem(auth, &replica.code(cookie).await).await,
        "id_token",
    )
}

const BYE: &str = "https://shop.example/bye";

#[tokio::test]
async fn an_application_that_shows_the_sessions_token_logs_its_user_out() {
    let (world, replica, auth) = begun().await;
    let hint = id_token(&replica, &auth, "ann=1").await;
    world.pass(10_000);
    let params = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", BYE),
        ("state", "s"),
    ];
    let gone = leave(&replica, "ann=1", &params).await;
    assert_eq!(gone.location().as_str(), "https://shop.example/bye?state=s");
    assert!(world.keeper.sessions.lock().unwrap().is_empty());
    // Who is logged out already goes on.
    let gone = leave(&replica, "ann=1", &params).await;
    assert_eq!(gone.location().as_str(), "https://shop.example/bye?state=s");
}

/// Another site could end sessions by a picture, and send users anywhere: RFC 9700, section 4.11.
#[tokio::test]
async fn nobody_else_does_and_nobody_is_sent_elsewhere() {
    let (world, replica, auth) = begun().await;
    let hint = id_token(&replica, &auth, "ann=1").await;
    replica
        .register(
            "other",
            merged(shop(), json!({ "post_logout_redirect_uris": [] })),
        )
        .await;
    world.log_in("ann=2", "ann");
    world.log_in("bob=1", "bob");
    for params in [
        vec![("post_logout_redirect_uri", BYE)],
        vec![
            ("post_logout_redirect_uri", "https://evil.example/"),
            ("client_id", "shop"),
        ],
        vec![
            ("post_logout_redirect_uri", "https://shop.example/bye/"),
            ("client_id", "shop"),
        ],
        vec![("post_logout_redirect_uri", BYE), ("client_id", "other")],
        vec![("post_logout_redirect_uri", BYE), ("client_id", "nobody")],
        vec![
            ("post_logout_redirect_uri", "https://evil.example/"),
            ("id_token_hint", &hint),
        ],
        vec![("id_token_hint", &hint), ("client_id", "other")],
        vec![("id_token_hint", "x")],
    ] {
        for cookie in ["ann=1", ""] {
            let reply = leave(&replica, cookie, &params).await;
            assert_eq!(reply.status, StatusCode::BAD_REQUEST, "{params:?}");
            assert!(!reply.headers.contains_key(header::LOCATION));
        }
    }
    // Without the token of this very session the user is asked.
    let known = [("post_logout_redirect_uri", BYE), ("client_id", "shop")];
    for (cookie, params) in [
        ("ann=1", vec![]),
        ("ann=1", known.to_vec()),
        ("ann=2", vec![("id_token_hint", hint.as_str())]),
        ("bob=1", vec![("id_token_hint", hint.as_str())]),
    ] {
        let page = leave(&replica, cookie, &params).await;
        assert_eq!(page.status, StatusCode::OK, "{cookie} {params:?}");
        assert!(page.body.contains("Log out?"));
    }
    assert_eq!(world.keeper.sessions.lock().unwrap().len(), 3);
    let page = leave(&replica, "ann=1", &known).await;
    let body = |answer: &str, token: &str| {
        form([
            ("request", page.hidden("request").as_str()),
            ("token", token),
            ("answer", answer),
        ])
    };
    let token = page.hidden("token");
    for (headers, body) in [
        (
            vec![("cookie", "ann=1"), ("origin", "https://evil.example")],
            body("yes", &token),
        ),
        (
            vec![("cookie", "ann=1"), ("sec-fetch-site", "same-site")],
            body("yes", &token),
        ),
        (vec![("cookie", "ann=1"), ("origin", OWN)], body("yes", "")),
        (
            vec![("cookie", "bob=1"), ("origin", OWN)],
            body("yes", &token),
        ),
    ] {
        let reply = replica.post("/oauth/logout/confirm", &headers, body).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    }
    let headers = [
        ("cookie", "ann=1"),
        ("origin", OWN),
        ("sec-fetch-site", "same-origin"),
    ];
    let stays = replica
        .post("/oauth/logout/confirm", &headers, body("no", &token))
        .await;
    assert_eq!(stays.status, StatusCode::OK);
    assert_eq!(world.keeper.sessions.lock().unwrap().len(), 3);
    let gone = replica
        .post("/oauth/logout/confirm", &headers, body("yes", &token))
        .await;
    assert_eq!(gone.location().as_str(), BYE);
    assert_eq!(world.keeper.sessions.lock().unwrap().len(), 2);
}

async fn telling(status: StatusCode) -> (World, Replica, String, Told) {
    let (world, replica, auth) = begun().await;
    let told = Told::new().await;
    *told.status.lock().unwrap() = status;
    let more = json!({ "backchannel_logout_uri": told.address });
    replica.register("shop", merged(shop(), more)).await;
    (world, replica, auth, told)
}

#[tokio::test]
async fn applications_are_told_of_a_logout() {
    let (world, replica, auth, told) = telling(StatusCode::OK).await;
    let (hint, again) = (
        id_token(&replica, &auth, "ann=1").await,
        id_token(&replica, &auth, "ann=1").await,
    );
    leave(&replica, "ann=1", &[("id_token_hint", &hint)]).await;
    let heard = told.heard(1).await;
    assert_eq!(heard.len(), 1, "once for two grants");
    assert_eq!(
        decode_header(&heard[0]).unwrap().typ.as_deref(),
        Some("logout+jwt")
    );
    let keys = replica.get("/oauth/jwks", "").await;
    let (message, id) = (
        verified(&keys, &heard[0], "shop"),
        verified(&keys, &again, "shop"),
    );
    assert_eq!(message["sid"], id["sid"]);
    assert_eq!(message["sub"], id["sub"]);
    assert_eq!(message["nonce"], Value::Null);
    assert_eq!(
        message["events"],
        json!({ "http://schemas.openid.net/event/backchannel-logout": {} })
    );
    // It is no ID token: whoever takes it for one is told that it is none.
    let refused = leave(&replica, "", &[("id_token_hint", &heard[0])]).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    // What was heard leaves the records, and is not said again.
    no_visit_left(&world).await;
    assert_eq!(replica.service.sweep().await.unwrap(), 0);
    assert_eq!(told.heard(1).await.len(), 1);
    assert!(world.events().contains("\"told\""));
}

#[tokio::test]
async fn sessions_that_end_elsewhere_are_found() {
    let (world, replica, auth, told) = telling(StatusCode::OK).await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    world.log_in("bob=1", "bob");
    replica.redeem(&auth, &replica.code("bob=1").await).await;
    assert_eq!(replica.service.sweep().await.unwrap(), 0);
    world.keeper.sessions.lock().unwrap().remove("ann=1");
    let other = world.replica().await;
    assert_eq!(other.service.sweep().await.unwrap(), 1);
    assert_eq!(told.heard(1).await.len(), 1);
    assert_eq!(other.service.sweep().await.unwrap(), 0);
    let refused = replica
        .refresh(&auth, &part(&tokens, "refresh_token"))
        .await;
    assert_eq!(refused.error(), "invalid_grant");
}

/// The keeper's word, the watch around its routes, and sweeps of two replicas come at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_several_who_see_an_end_one_tells() {
    let (world, replica, auth, told) = telling(StatusCode::OK).await;
    let other = world.replica().await;
    let open = world.keeper.sessions.lock().unwrap()["ann=1"].clone();
    for _ in 0..3 {
        replica.redeem(&auth, &replica.code("ann=1").await).await;
    }
    // One that goes on is let go on.
    assert!(!replica.service.look_at(&open.of).await.unwrap());
    world.keeper.sessions.lock().unwrap().clear();
    let seen = [&replica, &other, &replica, &other].map(|replica| {
        let (service, of) = (Arc::clone(&replica.service), open.of.clone());
        tokio::spawn(async move {
            let over = service.look_at(&of).await.unwrap();
            service.sweep().await.unwrap();
            over
        })
    });
    for one in seen {
        assert!(one.await.unwrap());
    }
    no_visit_left(&world).await;
    assert_eq!(told.heard(1).await.len(), 1);
}

/// Two logins on one device are one session to a keeper that rotates its cookies. A logout in between ends it all the same.
#[tokio::test]
async fn a_logout_at_the_keepers_own_route_is_heard_at_once() {
    let (world, replica, auth, told) = telling(StatusCode::OK).await;
    let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
    let (keeper, service) = (Arc::clone(&world.keeper), Arc::clone(&replica.service));
    let ends = async move |headers: HeaderMap| {
        let cookie = headers[header::COOKIE].to_str().unwrap().to_owned();
        keeper.sessions.lock().unwrap().remove(&cookie);
    };
    let own = Router::new().route("/v1/session", delete(ends).get(async || "open"));
    let own = own.layer(from_fn(move |request: Request, next: Next| {
        let service = Arc::clone(&service);
        async move { service.watch(request, next).await }
    }));
    let session = world.keeper.sessions.lock().unwrap()["ann=1"].clone();
    let own = Replica {
        routes: own,
        ..replica.clone()
    };
    let access = part(&tokens, "access_token");
    assert_eq!(own.get("/v1/session", "ann=1").await.body, "open");
    assert_eq!(replica.userinfo(&access).await.status, StatusCode::OK);
    let request = Request::delete("/v1/session").header(header::COOKIE, "ann=1");
    let gone = own.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(gone.status, StatusCode::OK);
    // At once, before anybody has swept.
    let again = ("ann=1".to_owned(), session);
    world.keeper.sessions.lock().unwrap().extend([again]);
    let info = replica.userinfo(&access).await;
    assert_eq!(info.status, StatusCode::UNAUTHORIZED);
    assert_eq!(told.heard(1).await.len(), 1);
}

#[tokio::test]
async fn an_application_that_does_not_listen_is_told_five_times() {
    for status in [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::TEMPORARY_REDIRECT,
    ] {
        let (world, replica, auth, told) = telling(status).await;
        let tokens = replica.redeem(&auth, &replica.code("ann=1").await).await;
        world.keeper.sessions.lock().unwrap().clear();
        for _ in 0..7 {
            assert_eq!(replica.service.sweep().await.unwrap(), 0);
            // One that is being told is not told at the same time by another.
            assert_eq!(world.replica().await.service.sweep().await.unwrap(), 0);
            world.pass(10);
        }
        assert_eq!(told.heard(5).await.len(), 5, "{status}");
        // What it was not told holds all the same.
        let refused = replica.userinfo(&part(&tokens, "access_token")).await;
        assert_eq!(refused.status, StatusCode::UNAUTHORIZED);
    }
    let (world, replica, auth, told) = telling(StatusCode::SERVICE_UNAVAILABLE).await;
    replica.redeem(&auth, &replica.code("ann=1").await).await;
    world.keeper.sessions.lock().unwrap().clear();
    replica.service.sweep().await.unwrap();
    *told.status.lock().unwrap() = StatusCode::OK;
    // By another process, after this one is gone.
    world.pass(10);
    assert_eq!(world.replica().await.service.sweep().await.unwrap(), 1);
}

#[tokio::test]
async fn no_message_goes_to_a_private_address() {
    let (world, replica, auth, told) = telling(StatusCode::OK).await;
    replica.redeem(&auth, &replica.code("ann=1").await).await;
    // By number, by name, and over http.
    let port = told.address.rsplit_once(':').unwrap().1.to_owned();
    let public = world.with(Settings::new(Issuer::new(OWN).unwrap())).await;
    for address in [
        told.address.clone(),
        format!("https://127.0.0.1:{port}"),
        format!("https://localhost:{port}"),
    ] {
        let more = json!({ "backchannel_logout_uri": address });
        public.register("shop", merged(shop(), more)).await;
        world.log_in("eve=1", "eve");
        let tokens = public.redeem(&auth, &public.code("eve=1").await).await;
        assert_eq!(tokens.status, StatusCode::OK);
        world.keeper.sessions.lock().unwrap().remove("eve=1");
        for _ in 0..5 {
            assert_eq!(public.service.sweep().await.unwrap(), 0, "{address}");
        }
    }
    assert!(told.heard.lock().unwrap().is_empty());
    let params: Vec<_> = asked().into_iter().collect();
    assert!(
        replica
            .authorize("ann=1", params)
            .await
            .sent("code")
            .is_some()
    );
}
