//! The operator's routes: nothing without the key, and what they do.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use milagro_wire::bounded::Blob;
use milagro_wire::login::SessionsAnswer;
use milagro_wire::server::{Frame, frame};
use serde_json::json;

use super::fixture::{Got, Replica, SHOP, World, user};
use crate::admin::forms::{
    AuditAnswer, ClientAnswer, CookieAnswer, EndedAnswer, NamesAnswer, UserAnswer,
};
use crate::admin::{AdminKey, router};

const KEY: [u8; 32] = [9; 32];

pub(super) struct Desk(Replica);

impl Desk {
    pub(super) fn new(replica: &Replica) -> Self {
        let service = alloc::sync::Arc::clone(&replica.service);
        let routes: Router = frame(
            router(service.clone(), AdminKey::new(&KEY)),
            Frame::default(),
        );
        Self(Replica { service, routes })
    }

    async fn with(
        &self,
        key: &str,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Got {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, key)
            .header(header::CONTENT_TYPE, "application/json");
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.0.send(request.body(body).unwrap()).await
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Got {
        let key = format!("Bearer {}", Blob::<32>::new(KEY).unwrap().to_text());
        self.with(&key, method, path, body).await
    }
}

#[tokio::test]
async fn nobody_gets_in_without_the_key() {
    let world = World::new().await;
    let replica = world.replica().await;
    world.phone(&replica, "alice", "2580").await;
    let desk = Desk::new(&replica);
    let good = Blob::<32>::new(KEY).unwrap().to_text();
    let other = Blob::<32>::new([8; 32]).unwrap().to_text();
    let paths = [
        (Method::GET, "/admin/v1/users"),
        (Method::GET, "/admin/v1/users/alice"),
        (Method::POST, "/admin/v1/users/alice/lock"),
        (Method::POST, "/admin/v1/users/alice/unlock"),
        (Method::GET, "/admin/v1/users/alice/sessions"),
        (Method::DELETE, "/admin/v1/users/alice/sessions"),
        (Method::POST, "/admin/v1/devices"),
        (
            Method::DELETE,
            "/admin/v1/users/alice/devices/AAAAAAAAAAAAAAAAAAAAAA",
        ),
        (
            Method::POST,
            "/admin/v1/users/alice/devices/AAAAAAAAAAAAAAAAAAAAAA/recover",
        ),
        (Method::GET, "/admin/v1/clients"),
        (Method::PUT, "/admin/v1/clients/shop"),
        (Method::DELETE, "/admin/v1/clients/shop"),
        (Method::GET, "/admin/v1/audit"),
        (Method::POST, "/admin/v1/keys/cookies"),
        (Method::POST, "/admin/v1/keys/countersigning"),
    ];
    for (method, path) in paths {
        for key in [
            String::new(),
            "Bearer".to_owned(),
            format!("Bearer {other}"),
            format!("Basic {good}"),
            format!("Bearer {good}A"),
            format!("Bearer {}", &good[..42]),
        ] {
            let answer = desk.with(&key, method.clone(), path, None).await;
            assert_eq!(
                answer.status,
                StatusCode::FORBIDDEN,
                "{method} {path} {key}"
            );
        }
        // The service's own routes have none of these.
        let key = format!("Bearer {good}");
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::AUTHORIZATION, key);
        let answer = replica.send(request.body(Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    // A page that has got hold of the key.
    let request = Request::get("/admin/v1/users")
        .header(header::AUTHORIZATION, format!("Bearer {good}"))
        .header(header::ORIGIN, SHOP);
    let answer = desk.0.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn users_and_their_devices() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let desk = Desk::new(&replica);
    let names: NamesAnswer = desk.ask(Method::GET, "/admin/v1/users", None).await.form();
    assert_eq!(names.names.as_slice(), ["alice"]);
    assert!(!names.more);
    let path = "/admin/v1/users/alice";
    let found: UserAnswer = desk.ask(Method::GET, path, None).await.form();
    let device = found.devices.as_slice()[0].clone();
    assert!(!found.locked && !device.frozen);
    assert_eq!(device.identity.as_bytes(), phone.identity.to_bytes());
    // Locked and unlocked.
    for (verb, status) in [("lock", StatusCode::FORBIDDEN), ("unlock", StatusCode::OK)] {
        let answer = desk
            .ask(Method::POST, &format!("{path}/{verb}"), None)
            .await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        assert_eq!(phone.log_in(&replica, "2580").await, status);
    }
    let listed = desk
        .ask(Method::GET, &format!("{path}/sessions"), None)
        .await;
    assert_eq!(listed.form::<SessionsAnswer>().sessions.as_slice().len(), 1);
    let ended = desk
        .ask(Method::DELETE, &format!("{path}/sessions"), None)
        .await;
    assert_eq!(ended.form::<EndedAnswer>().ended, 1);
    // Enrolled once, and an identity is nobody else's.
    let identity = Blob::<2048>::new(World::identity("bob").to_bytes()).unwrap();
    let bob = json!({ "user": "bob", "identity": identity });
    let enrolled = desk
        .ask(Method::POST, "/admin/v1/devices", Some(bob.clone()))
        .await;
    let cookie = enrolled.form::<CookieAnswer>().cookie;
    assert!(cookie.as_bytes().len() > 60);
    let again = async |user: &str| {
        let again = json!({ "user": user, "identity": identity });
        desk.ask(Method::POST, "/admin/v1/devices", Some(again))
            .await
    };
    assert_eq!(again("bob").await.form::<CookieAnswer>().cookie, cookie);
    assert_eq!(again("eve").await.status, StatusCode::CONFLICT);
    // Its registrar removes it, and takes that back.
    for (path, in_use) in [("away", false), ("back", true)] {
        let path = format!("/admin/v1/devices/{path}");
        let answer = desk.ask(Method::POST, &path, Some(bob.clone())).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        let eve = json!({ "user": "eve", "identity": identity });
        let answer = desk.ask(Method::POST, &path, Some(eve)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let found = desk.ask(Method::GET, "/admin/v1/users/bob", None).await;
        let found: UserAnswer = found.form();
        assert_eq!(found.devices.as_slice()[0].away, !in_use);
        let asked = again("bob").await.status;
        assert_eq!(asked == StatusCode::OK, in_use, "{asked}");
    }
    // A new cookie, and the old one is a copy from now on.
    let one = format!("{path}/devices/{}", device.device.to_text());
    let fresh = desk
        .ask(Method::POST, &format!("{one}/recover"), None)
        .await;
    phone.cookie = fresh.form::<CookieAnswer>().cookie;
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
    let gone = desk.ask(Method::DELETE, &one, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
    for missing in ["/admin/v1/users/eve2", "/admin/v1/users/eve2/sessions/1"] {
        assert_eq!(
            desk.ask(Method::GET, missing, None).await.status,
            StatusCode::NOT_FOUND
        );
    }
    let lock = desk
        .ask(Method::POST, "/admin/v1/users/nobody/lock", None)
        .await;
    assert_eq!(lock.status, StatusCode::NOT_FOUND);
    let audit: AuditAnswer = desk.ask(Method::GET, "/admin/v1/audit", None).await.form();
    assert_eq!(audit.lines, world.audit.head().lines);
    assert_eq!(audit.chain, world.audit.head().chain.to_string());
}

#[tokio::test]
async fn applications_and_their_secrets() {
    let world = World::new().await;
    let replica = world.replica().await;
    let desk = Desk::new(&replica);
    let path = "/admin/v1/clients/shop";
    for bad in [
        json!({ "origins": [] }),
        json!({ "origins": ["https://shop.example/"] }),
        json!({ "origins": ["*"] }),
        json!({ "origins": vec![SHOP; 17] }),
        json!({ "origins": [SHOP], "more": 1 }),
    ] {
        let answer = desk.ask(Method::PUT, path, Some(bad)).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    let put = || desk.ask(Method::PUT, path, Some(json!({ "origins": [SHOP] })));
    let first: ClientAnswer = put().await.form();
    let second: ClientAnswer = put().await.form();
    assert_ne!(first.secret, second.secret);
    let known = async |secret: &Blob<32>| {
        let client = replica.service.authenticate(&first.client, secret).await;
        client.unwrap().is_some()
    };
    assert!(!known(&first.secret).await);
    assert!(known(&second.secret).await);
    let names: NamesAnswer = desk
        .ask(Method::GET, "/admin/v1/clients", None)
        .await
        .form();
    assert_eq!(names.names.as_slice(), ["shop"]);
    let gone = desk.ask(Method::DELETE, path, None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert!(!known(&second.secret).await);
    let gone = desk.ask(Method::DELETE, path, None).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // A name with a slash in it is a name.
    replica
        .service
        .enrol(&user("a/b"), &World::identity("c"))
        .await
        .unwrap();
    let found = desk.ask(Method::GET, "/admin/v1/users/a%2Fb", None).await;
    assert_eq!(found.form::<UserAnswer>().user, user("a/b"));
}
