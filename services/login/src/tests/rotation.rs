//! New keys: every replica has read one before any uses it, and what was made under the ones before stays good.

use axum::http::{Method, StatusCode};
use milagro_base::{Seconds, Writer};
use milagro_wire::login::SignatureAnswer;
use serde_json::Value;

use super::fixture::{Phone, Replica, START, World, rng};
use super::operator::Desk;
use super::signatures::{MESSAGE, claims, submit};
use crate::admin::forms::RotatedAnswer;
use crate::statements::Statements;

const MINUTE: u64 = 60;

/// Under which key a phone's cookie was made.
fn version(phone: &Phone) -> u8 {
    phone.cookie.as_bytes()[4]
}

async fn rotate(desk: &Desk, what: &str) -> u64 {
    let path = format!("/admin/v1/keys/{what}");
    let answer = desk.ask(Method::POST, &path, None).await;
    answer.form::<RotatedAnswer>().from
}

async fn is_too_soon(desk: &Desk, what: &str) -> bool {
    let path = format!("/admin/v1/keys/{what}");
    let answer = desk.ask(Method::POST, &path, None).await;
    answer.status == StatusCode::CONFLICT
}

#[tokio::test]
async fn cookies_go_on_over_replicas() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let desks = [Desk::new(&replicas[0]), Desk::new(&replicas[1])];
    let mut phones = Vec::new();
    for name in ["alice", "bob", "carol"] {
        phones.push(world.phone(&replicas[0], name, "2580").await);
    }
    assert_eq!(rotate(&desks[0], "cookies").await, START + 10 * MINUTE);
    for desk in &desks {
        assert!(is_too_soon(desk, "cookies").await);
    }
    // Nobody uses it before its time, whoever has read it, and whoever has begun since.
    let begun = world.replica().await;
    for pass in [0, 2 * MINUTE, 8 * MINUTE - 1] {
        world.pass(pass);
        for replica in [&replicas[0], &begun] {
            assert_eq!(phones[0].log_in(replica, "2580").await, StatusCode::OK);
            assert_eq!(version(&phones[0]), 1, "{pass}");
        }
    }
    world.pass(1 + MINUTE);
    for phone in &mut phones[..2] {
        assert_eq!(phone.log_in(&replicas[0], "2580").await, StatusCode::OK);
        assert_eq!(version(phone), 2);
    }
    // The other replica has heard of nothing until now, and then of two phones at once.
    let [alice, bob, carol] = &mut phones[..] else {
        panic!("three phones");
    };
    let both = tokio::join!(
        alice.log_in(&replicas[1], "2580"),
        bob.log_in(&replicas[1], "2580")
    );
    assert_eq!(both, (StatusCode::OK, StatusCode::OK));
    // A cookie under the old key is good for 400 days.
    let old = carol.copy();
    world.pass(Seconds::days(400).get() - 2 * MINUTE);
    assert_eq!(carol.log_in(&replicas[1], "2580").await, StatusCode::OK);
    assert_eq!(version(carol), 2);
    world.pass(2 * MINUTE);
    carol.cookie = old.cookie;
    let status = carol.log_in(&replicas[0], "2580").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let from = rotate(&desks[1], "cookies").await;
    assert!(from > START + Seconds::days(400).get());
    assert_eq!(world.events().matches("\"cookie-key\"").count(), 2);
}

async fn sign(replica: &Replica, phone: &mut Phone, at: u64) -> String {
    let request = phone.submission(&phone.signature("2580", at), MESSAGE);
    let answer: SignatureAnswer = submit(replica, &request).await.form();
    phone.cookie = answer.cookie;
    answer.statement
}

async fn published(replica: &Replica) -> Vec<Value> {
    let keys: Value = replica.get("/v1/signatures/keys").await.form();
    keys["keys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn statements_stay_good_over_replicas() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let desk = Desk::new(&replicas[0]);
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let mut statements = vec![sign(&replicas[0], &mut phone, START).await];
    let first = published(&replicas[1]).await;
    assert_eq!(first.len(), 1);
    let mut now = START;
    for round in 2..4 {
        let from = rotate(&desk, "countersigning").await;
        assert_eq!(from, now + 10 * MINUTE);
        assert!(is_too_soon(&desk, "countersigning").await);
        // Published before it signs, so that whoever keeps the set for a while has it in time.
        world.pass(2 * MINUTE);
        for replica in &replicas {
            assert_eq!(published(replica).await.len(), round);
        }
        statements.push(sign(&replicas[1], &mut phone, now + 2 * MINUTE).await);
        world.pass(8 * MINUTE);
        now += 10 * MINUTE;
        statements.push(sign(&replicas[1], &mut phone, now).await);
    }
    let keys = published(&replicas[0]).await;
    assert_eq!(keys[..1], first);
    let key_of = |statement: &str| {
        let place = keys.iter().position(|key| {
            let header = serde_json::json!({
                "alg": "EdDSA", "typ": "milagro-signature+jwt", "kid": key["kid"],
            });
            let said: Value = decoded(statement.split('.').next().unwrap());
            said == header
        });
        place.unwrap()
    };
    let used: Vec<usize> = statements.iter().map(|one| key_of(one)).collect();
    assert_eq!(used, [0, 0, 1, 1, 2]);
    for statement in &statements {
        for replica in &replicas {
            assert!(claims(replica, statement).await.is_some());
        }
    }
    assert_eq!(world.events().matches("\"statement-key\"").count(), 2);
}

fn decoded(text: &str) -> Value {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::URL_SAFE_NO_PAD;
    serde_json::from_slice(&engine.decode(text).unwrap()).unwrap()
}

/// What is sealed today is read by later releases, and a key that will sign no more is not kept.
#[test]
fn keys_of_statements_are_frozen() {
    let at = Seconds::new;
    let seed = |byte| [byte; 32];
    let bare = Statements::from_bytes(&seed(1)).unwrap();
    let first = serde_json::to_value(bare.published()).unwrap();
    assert_eq!(first[0]["x"], "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w");
    let two = Writer::new()
        .u8(1)
        .u8(2)
        .seconds(at(0))
        .u8(1)
        .bytes(&seed(1))
        .seconds(at(600))
        .u8(1)
        .bytes(&seed(2))
        .finish();
    let mut read = Statements::from_bytes(&two).unwrap();
    assert_eq!(*read.to_bytes(), two);
    let published = serde_json::to_value(read.published()).unwrap();
    assert_eq!(published[0], first[0]);
    let kid = |statements: &Statements, now| {
        let signer = statements.signer(at(now)).unwrap();
        signer.verifying_key().to_bytes()
    };
    assert_eq!(kid(&read, 599), kid(&bare, 599));
    assert_ne!(kid(&read, 600), kid(&bare, 600));
    assert!(!read.rotate(&mut rng(), at(599), at(1200)));
    assert!(read.rotate(&mut rng(), at(600), at(1200)));
    let bytes = read.to_bytes();
    assert_eq!(bytes[..11], [1, 3, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
    assert!(!bytes.windows(32).any(|window| window == seed(1)));
    assert!(bytes.windows(32).any(|window| window == seed(2)));
    // Sixty-four are published.
    for round in 2_u64..100 {
        assert!(read.rotate(&mut rng(), at(600 * round), at(600 * (round + 1))));
    }
    assert_eq!(read.published().len(), 64);
    let mut order = two.clone();
    order[9] = 255;
    order[8] = 255;
    let mut gone = two.clone();
    gone[51] = 2;
    for bad in [&two[..1], &two[..83], &[1, 0], &order, &gone] {
        assert!(Statements::from_bytes(bad).is_err(), "{bad:?}");
    }
}
