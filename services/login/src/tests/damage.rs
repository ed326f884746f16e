//! Records that are cut off or altered belong to nobody, and nothing panics over them.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Kind, Records as _};
use milagro_wire::login::{LoginAnswer, Purpose};

use sha2::{Digest as _, Sha256};

use super::codes::{code, redeem};
use super::fixture::{SHOP, START, World, user};
use crate::device::{Device, Who};
use crate::handoffs::BrowserSecret;
use crate::kinds::{CLIENT, CODE, DEVICE, DEVICES, ENROLLED, HAND_OFF, SEEN, SESSION, USER};

/// The one record of a kind.
pub(super) async fn only(world: &World, kind: Kind) -> (Vec<u8>, Vec<u8>) {
    let page = world.records.list(kind, &[], &[], 2).await.unwrap();
    let [key] = page.keys.as_slice() else {
        panic!("{:?}", page.keys)
    };
    let found = world.records.get(kind, &[key]).await.unwrap();
    (key.clone(), found[0].clone().unwrap().value)
}

pub(super) async fn write(world: &World, kind: Kind, key: &[u8], value: &[u8]) {
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
pub(super) fn damaged(value: &[u8]) -> Vec<Vec<u8>> {
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

/// A string behind its length in two bytes.
pub(super) fn string(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).unwrap();
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

/// What is stored today is read by later releases.
#[tokio::test]
async fn layouts_are_frozen() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    world.shop(&replica).await;
    let request = phone.ask(&replica, "2580", Purpose::Session {}).await;
    let answer = replica.post("/v1/login", &request).await;
    phone.cookie = answer.form::<LoginAnswer>().cookie;
    code(&replica, &mut phone).await;
    let wanted = crate::codes::CodeFor {
        client: super::fixture::shop(),
        origin: super::fixture::origin(SHOP),
    };
    replica
        .service
        .open_number(wanted, None, None)
        .await
        .unwrap();
    let start = START.to_be_bytes().to_vec();
    let (alice, shop, page) = (string("alice"), string("shop"), string(SHOP));
    let (device_key, device) = only(&world, DEVICE).await;
    let id = device[35..51].to_vec();
    let identity = phone.identity.to_bytes();
    assert_eq!(device[0], 1);
    assert_eq!(
        device[51..],
        // It has logged in.
        [start.clone(), vec![1], alice.clone(), identity].concat()
    );
    assert_eq!(only(&world, USER).await, (b"alice".to_vec(), vec![1, 0]));
    let (listed, value) = only(&world, DEVICES).await;
    let owner = crate::shelf::digest("user", b"alice");
    assert_eq!(listed, [&owner[..], &id].concat());
    assert_eq!(value, device_key);
    let enrolled = [vec![1], id.clone(), alice.clone()].concat();
    assert_eq!(only(&world, ENROLLED).await.1, enrolled);
    let (session_key, session) = only(&world, SESSION).await;
    assert_eq!((session_key.len(), &session_key[32..48]), (64, &id[..]));
    assert_eq!(session[0], 1);
    let rest = [
        device_key.clone(),
        start.clone(),
        start.clone(),
        alice.clone(),
    ]
    .concat();
    assert_eq!(session[33..], rest);
    let code = only(&world, CODE).await.1;
    let times = [start.clone(), start.clone()].concat();
    let parts = [
        vec![1],
        times,
        id,
        device_key,
        alice,
        shop.clone(),
        page.clone(),
    ];
    assert_eq!(code, parts.concat());
    let client = only(&world, CLIENT).await.1;
    assert_eq!((client[0], client[33]), (1, 1));
    assert_eq!(client[34..], page);
    let (number, hand_off) = only(&world, HAND_OFF).await;
    assert_eq!((number.len(), hand_off[0]), (7, 1));
    assert_eq!(hand_off[33..], [start, shop, page, vec![0]].concat());
}

/// A browser that somebody was handed over to: until when it counts, by which device and who, under a hash of what it is known by.
#[tokio::test]
async fn browsers_are_known_as_they_were() {
    let world = World::new().await;
    let replica = world.replica().await;
    let _phone = world.phone(&replica, "alice", "2580").await;
    let (device_key, value) = only(&world, DEVICE).await;
    let (device_key, device) = (
        device_key.try_into().unwrap(),
        Device::from_bytes(&value).unwrap(),
    );
    let who = Who::new(&device, &device_key, Seconds::new(START));
    let (service, browser) = (&replica.service, BrowserSecret::new([5; 32]));
    service.see(&browser, &who).await.unwrap();
    let known = async || service.known_by(&browser).await.unwrap();
    let (key, value) = only(&world, SEEN).await;
    let hashed = [
        b"MILAGRO-V1-LOGIN-SHA256".as_slice(),
        &[0, 0, 0, 0, 0, 0, 0, 4],
        b"seen",
        &[5; 32],
    ];
    assert_eq!(key, Sha256::digest(hashed.concat()).as_slice());
    let until = START + 400 * 24 * 3600;
    let name = [&[0, 5][..], b"alice"].concat();
    let until = until.to_be_bytes();
    assert_eq!(value, [&[2], &until[..], &device_key, &name].concat());
    for bad in damaged(&value) {
        write(&world, SEEN, &key, &bad).await;
        assert_eq!(known().await, None, "{bad:?}");
    }
    write(&world, SEEN, &key, &value).await;
    world.pass(400 * 24 * 3600 - 1);
    assert_eq!(known().await, Some(user("alice")));
    world.pass(1);
    assert_eq!(known().await, None);
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
            "/v1/agreements",
            "/v1/agreements/confirm",
            "/v1/challenge",
            "/v1/codes/redeem",
            "/v1/devices",
            "/v1/devices/code",
            "/v1/devices/{id}",
            "/v1/handoffs",
            "/v1/handoffs/look",
            "/v1/handoffs/{number}/events",
            "/v1/login",
            "/v1/session",
            "/v1/sessions",
            "/v1/sessions/{id}",
            "/v1/signatures",
            "/v1/signatures/keys",
        ]
    );
    assert_eq!(replica.get("/readyz").await.status, StatusCode::OK);
    assert_eq!(replica.get("/healthz").await.status, StatusCode::NO_CONTENT);
}
