//! Signatures that their signers submit, and what the service says of them to others.

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature as Statement, VerifyingKey};
use milagro_base::Seconds;
use milagro_mpin::client::Signature;
use milagro_wire::bounded::Blob;
use milagro_wire::login::{Purpose, SignatureAnswer, SignatureRequest};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::fixture::{Got, Phone, Replica, START, World};

pub(super) const MESSAGE: &[u8] = b"pay 5 to bob";

impl Phone {
    pub(super) fn signature(&self, typed: &str, at: u64) -> Signature {
        let secret = self.token.unlock(&super::fixture::factors(typed)).unwrap();
        let login = secret.login(self.target());
        login
            .sign(&mut super::fixture::rng(), Seconds::new(at), MESSAGE)
            .unwrap()
    }

    pub(super) fn submission(&self, signature: &Signature, message: &[u8]) -> SignatureRequest {
        SignatureRequest {
            signature: Blob::new(signature.to_bytes()).unwrap(),
            message: Blob::new(message).unwrap(),
            cookie: self.cookie.clone(),
        }
    }
}

pub(super) async fn submit(replica: &Replica, request: &SignatureRequest) -> Got {
    replica.post("/v1/signatures", request).await
}

/// Checks a statement as somebody else does who has the keys alone, and reads its claims.
pub(super) async fn claims(replica: &Replica, statement: &str) -> Option<Value> {
    let keys: Value = replica.get("/v1/signatures/keys").await.form();
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text).ok();
    let (said, signature) = statement.rsplit_once('.')?;
    let (header, claims) = said.split_once('.')?;
    let header: Value = serde_json::from_slice(&decode(header)?).ok()?;
    let key = keys["keys"]
        .as_array()?
        .iter()
        .find(|key| key["kid"] == header["kid"])?;
    let of = (&key["kty"], &key["crv"], &header["alg"], &header["typ"]);
    let is = ("OKP", "Ed25519", "EdDSA", "milagro-signature+jwt");
    assert_eq!(
        (
            of.0.as_str()?,
            of.1.as_str()?,
            of.2.as_str()?,
            of.3.as_str()?
        ),
        is
    );
    let x: [u8; 32] = decode(key["x"].as_str()?)?.try_into().ok()?;
    let signature = Statement::from_slice(&decode(signature)?).ok()?;
    let key = VerifyingKey::from_bytes(&x).ok()?;
    key.verify_strict(said.as_bytes(), &signature).ok()?;
    serde_json::from_slice(&decode(claims)?).ok()
}

#[tokio::test]
async fn are_countersigned_for_others_once() {
    let world = World::new().await;
    let replicas = [world.replica().await, world.replica().await];
    let mut phone = world.phone(&replicas[0], "alice", "2580").await;
    let signature = phone.signature("2580", START - 7);
    let request = phone.submission(&signature, MESSAGE);
    let answer: SignatureAnswer = submit(&replicas[0], &request).await.form();
    assert_eq!(
        (answer.user.as_str(), answer.signed_at),
        ("alice", START - 7)
    );
    // Whoever has the keys of any replica sees who has signed what, and when.
    let said = claims(&replicas[1], &answer.statement).await.unwrap();
    assert_eq!(
        (said["iss"].as_str(), said["sub"].as_str()),
        (Some("login.example"), Some("alice"))
    );
    assert_eq!(
        (said["signed_at"].as_u64(), said["iat"].as_u64()),
        (Some(START - 7), Some(START))
    );
    let hash = URL_SAFE_NO_PAD.encode(Sha256::digest(MESSAGE));
    assert_eq!(said["sha256"].as_str(), Some(hash.as_str()));
    assert_eq!(
        said["device"].as_str(),
        Some(answer.device.to_text().as_str())
    );
    for at in [0, answer.statement.len() / 2, answer.statement.len() - 2] {
        let mut bad = answer.statement.clone().into_bytes();
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        let bad = String::from_utf8(bad).unwrap();
        assert!(claims(&replicas[0], &bad).await.is_none(), "{at}");
    }
    // It counts once, anywhere, and its device goes on with the next cookie.
    for replica in &replicas {
        let again = submit(replica, &request).await;
        assert_eq!(again.status, StatusCode::FORBIDDEN);
    }
    phone.cookie = answer.cookie;
    assert_eq!(phone.log_in(&replicas[1], "2580").await, StatusCode::OK);
    assert_eq!(world.events().matches("\"signature\"").count(), 1);
}

#[tokio::test]
async fn are_guesses_like_logins() {
    let world = World::new().await;
    let replica = world.replica().await;
    let phone = world.phone(&replica, "alice", "2580").await;
    let good = phone.signature("2580", START);
    // A login proof is no signature, and a signature no login proof.
    let proof = phone.prove(&replica, "2580").await;
    let mut other = phone.submission(&good, MESSAGE);
    other.signature = Blob::new(proof.to_bytes()).unwrap();
    assert_eq!(
        submit(&replica, &other).await.status,
        StatusCode::BAD_REQUEST
    );
    let mut login = phone.request(&proof, Purpose::Session {});
    login.proof = Blob::new(good.to_bytes()).unwrap();
    let answer = replica.post("/v1/login", &login).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    // Without its cookie, nothing is computed.
    let bob = world.phone(&replica, "bob", "2580").await;
    let mut stranger = phone.submission(&good, MESSAGE);
    stranger.cookie = bob.cookie;
    let checked = replica.service.checked();
    assert_eq!(
        submit(&replica, &stranger).await.status,
        StatusCode::FORBIDDEN
    );
    for time in [START - 3600, START + 3600, 0, u64::MAX] {
        let late = phone.submission(&phone.signature("2580", time), MESSAGE);
        assert_eq!(submit(&replica, &late).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(replica.service.checked(), checked);
    // Another message is a wrong guess, and so is another PIN: five in all, and then a right one is none the better.
    let other = phone.submission(&good, b"pay 6 to bob");
    assert_eq!(submit(&replica, &other).await.status, StatusCode::FORBIDDEN);
    for _ in 0..4 {
        let wrong = phone.submission(&phone.signature("0000", START), MESSAGE);
        assert_eq!(submit(&replica, &wrong).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(replica.service.checked(), checked + 5);
    let answer = submit(&replica, &phone.submission(&good, MESSAGE)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(answer.text().contains("no attempts"), "{}", answer.text());
    assert_eq!(replica.service.checked(), checked + 5);
}

#[tokio::test]
async fn find_copies_out() {
    let world = World::new().await;
    let replica = world.replica().await;
    let mut phone = world.phone(&replica, "alice", "2580").await;
    let thief = phone.copy();
    for _ in 0..2 {
        assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::OK);
        world.pass(120);
    }
    let signed = thief.signature("2580", START + 240);
    let answer = submit(&replica, &thief.submission(&signed, MESSAGE)).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN);
    assert!(world.events().contains("\"copy-found\""));
    assert_eq!(phone.log_in(&replica, "2580").await, StatusCode::FORBIDDEN);
}
