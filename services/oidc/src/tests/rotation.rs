//! Keys that change while everything goes on.

use axum::http::StatusCode;
use jsonwebtoken::decode_header;
use milagro_base::Seconds;

use crate::keys::{self, CACHED, KEPT, KeysError, LEAD, RELOAD};
use crate::tests::flow::verified;
use crate::tests::world::{OWN, Reply, begun, part, rng};

/// An application that keeps the set of keys as long as it may, and reads it again no sooner.
struct Application {
    keys: Reply,
    read: u64,
}

#[tokio::test]
async fn no_verification_fails_while_keys_change() {
    let (world, replica, auth) = begun().await;
    // One replica serves the set, another signs, a third gives userinfo; none is told of a rotation.
    let (signer, third) = (world.replica().await, world.replica().await);
    let mut application = Application {
        keys: replica.get("/oauth/jwks", "").await,
        read: world.now(),
    };
    let mut ids = Vec::new();
    let mut last: Option<String> = None;
    for step in 0..160_u64 {
        world.pass(50);
        if step % 40 == 4 {
            let (records, now) = (&*world.records, Seconds::new(world.now()));
            keys::rotate(&mut rng(), records, &world.operator, now)
                .await
                .unwrap();
            let again = keys::rotate(&mut rng(), records, &world.operator, now).await;
            assert_eq!(again, Err(KeysError::TooSoon));
        }
        if world.now() >= application.read + CACHED.get() {
            application = Application {
                keys: replica.get("/oauth/jwks", "").await,
                read: world.now(),
            };
        }
        if step % 4 != 0 {
            continue;
        }
        let tokens = signer.redeem(&auth, &third.code("ann=1").await).await;
        assert_eq!(tokens.status, StatusCode::OK, "{}", tokens.body);
        let (id, access) = (part(&tokens, "id_token"), part(&tokens, "access_token"));
        verified(&application.keys, &id, "shop");
        verified(&application.keys, &access, OWN);
        assert_eq!(third.userinfo(&access).await.status, StatusCode::OK);
        // The one before is good to its end.
        if let Some(before) = last.replace(access) {
            verified(&application.keys, &before, OWN);
            assert_eq!(third.userinfo(&before).await.status, StatusCode::OK);
        }
        let kid = decode_header(&id).unwrap().kid.unwrap();
        if !ids.contains(&kid) {
            ids.push(kid);
        }
    }
    assert_eq!(ids.len(), 5, "four rotations took effect");
}

#[tokio::test]
async fn old_keys_leave_the_set() {
    let (world, replica, _) = begun().await;
    let first = replica.get("/oauth/jwks", "").await.json();
    let now = Seconds::new(world.now());
    keys::rotate(&mut rng(), &*world.records, &world.operator, now)
        .await
        .unwrap();
    world.pass(RELOAD.get());
    let both = replica.get("/oauth/jwks", "").await.json();
    assert_eq!(both["keys"].as_array().unwrap().len(), 4);
    world.pass(LEAD.get() + KEPT.get());
    let after = replica.get("/oauth/jwks", "").await.json();
    let after = after["keys"].as_array().unwrap();
    assert_eq!(after.len(), 2);
    for key in first["keys"].as_array().unwrap() {
        assert!(!after.contains(key));
    }
}

#[tokio::test]
async fn keys_are_sealed_and_made_once() {
    let (world, replica, _) = begun().await;
    let before = replica.get("/oauth/jwks", "").await.body;
    keys::install(&mut rng(), &*world.records, &world.operator)
        .await
        .unwrap();
    let other = world.replica().await;
    assert_eq!(other.get("/oauth/jwks", "").await.body, before);
    let wrong = milagro_wire::server::locked::OperatorKey::random(&mut rng());
    assert!(keys::Keys::open(&*world.records, &wrong).await.is_err());
    let debug = format!(
        "{:?}",
        keys::Keys::open(&*world.records, &world.operator)
            .await
            .unwrap()
    );
    assert_eq!(debug, "Keys { .. }");
}
