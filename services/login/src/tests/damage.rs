//! Records that are cut off or altered belong to nobody, and nothing panics over them.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Kind, Records as _};
use milagro_wire::login::{LoginAnswer, Purpose};

use super::codes::{code, redeem};
use super::fixture::{SHOP, World};
use crate::kinds::{CLIENT, CODE, DEVICE, SESSION, USER};

/// The one record of a kind.
async fn only(world: &World, kind: Kind) -> (Vec<u8>, Vec<u8>) {
    let page = world.records.list(kind, &[], &[], 2).await.unwrap();
    let [key] = page.keys.as_slice() else {
        panic!("{:?}", page.keys)
    };
    let found = world.records.get(kind, &[key]).await.unwrap();
    (key.clone(), found[0].clone().unwrap().value)
}

async fn write(world: &World, kind: Kind, key: &[u8], value: &[u8]) {
    let found = world.records.get(kind, &[key]).await.unwrap();
    let entry = Entry {
        kind,
        key,
        value,
        expected: found[0].as_ref().map(|record| record.version),
        until: None,
    };
    assert!(matches!(world.records.put(entry).await, Ok(Put::Stored(_))));
}

/// What is cut off anywhere, has one byte too many, or is of another version.
fn damaged(value: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..value.len()).map(|end| value[..end].to_vec()).collect();
    all.push([value, &[0]].concat());
    let mut version = value.to_vec();
    version[0] ^= 0xff;
    all.push(version);
    all
}

#[tokio::test]
async fn is_refused() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let secret = world.shop(&replica).await;
    let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &request).await;
    let cookie = answer.cookies();
    phone.cookie = answer.form::<LoginAnswer>().cookie;
    let code = code(&replica, &mut phone).await;
    let look = async || {
        let request = Request::get("/v1/session").header(header::COOKIE, cookie.as_str());
        replica
            .send(request.body(Body::empty()).unwrap())
            .await
            .status
    };
    assert_eq!(look().await, StatusCode::OK);
    let checked = replica.service.checked();
    for kind in [SESSION, DEVICE, USER, CODE, CLIENT] {
        let (key, value) = only(&world, kind).await;
        for bad in damaged(&value) {
            write(&world, kind, &key, &bad).await;
            if [SESSION, DEVICE, USER].contains(&kind) {
                assert_eq!(look().await, StatusCode::FORBIDDEN, "{kind:?} {bad:?}");
            }
            if [DEVICE, USER].contains(&kind) {
                let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
                let answer = replica.post("/v1/login", &request).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{kind:?} {bad:?}");
            }
            if [CODE, CLIENT].contains(&kind) {
                let answer = redeem(&replica, ("shop", &secret), &code, SHOP).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{kind:?} {bad:?}");
            }
        }
        write(&world, kind, &key, &value).await;
    }
    // Put back, all are as they were.
    assert_eq!(replica.service.checked(), checked);
    assert_eq!(look().await, StatusCode::OK);
    let answer = redeem(&replica, ("shop", &secret), &code, SHOP).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
}

#[tokio::test]
async fn documents_name_every_path() {
    let world = World::new().await;
    let replica = world.replica().await;
    let answer = replica.get("/openapi.json").await;
    let document: serde_json::Value = answer.form();
    let mut paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
    paths.sort();
    assert_eq!(
        paths,
        [
            "/readyz",
            "/v1/challenge",
            "/v1/codes/redeem",
            "/v1/handoffs",
            "/v1/handoffs/look",
            "/v1/handoffs/{number}/events",
            "/v1/login",
            "/v1/session",
            "/v1/sessions",
            "/v1/sessions/{id}"
        ]
    );
    assert_eq!(replica.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(replica.get("/healthz").await.status, StatusCode::NO_CONTENT);
}
