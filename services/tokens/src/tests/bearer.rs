//! Tokens of a provider, good and bad.

use alloc::sync::Arc;

use axum::http::Request;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use milagro_base::Seconds;
use milagro_wire::bounded::Blob;
use serde_json::{Value, json};

use crate::authenticate::{
    Authenticate, Bearer, Given, GivenIdentity, KeySet, KeySetError, Provider, Unauthenticated,
    UserHash, UserKey,
};
use crate::tests::support::{NOW, rng};

/// A key of Ed25519: RFC 8410, section 7, with this seed.
fn key(seed: u8) -> (EncodingKey, Value) {
    use ed25519_dalek::SigningKey;
    let signing = SigningKey::from_bytes(&[seed; 32]);
    let der = [&PKCS8[..], &[seed; 32]].concat();
    let x = Blob::<32>::new(signing.verifying_key().to_bytes())
        .unwrap()
        .to_text();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": format!("key {seed}"), "use": "sig" });
    (EncodingKey::from_ed_der(&der), jwk)
}

const PKCS8: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

fn set(keys: &[Value]) -> Result<KeySet, KeySetError> {
    KeySet::from_json(&serde_json::to_vec(&json!({ "keys": keys })).unwrap())
}

fn bearer(keys: &[Value], users: &Arc<UserKey>) -> Bearer {
    let provider = Provider {
        issuer: "https://login.example".to_owned(),
        audience: "tokens".to_owned(),
        leeway: Seconds::new(10),
    };
    Bearer::new(provider, set(keys).unwrap(), Arc::clone(users))
}

fn claims() -> Value {
    json!({
        "iss": "https://login.example", "aud": ["other", "tokens"], "sub": "ann",
        "exp": NOW.get() + 60, "nbf": NOW.get(),
    })
}

fn header(kid: Option<&str>) -> Header {
    let mut header = Header::new(Algorithm::EdDSA);
    header.kid = kid.map(str::to_owned);
    header
}

fn head(value: &str) -> Parts {
    Request::builder()
        .header(AUTHORIZATION, value)
        .body(())
        .unwrap()
        .into_parts()
        .0
}

fn ask(door: &Bearer, token: &str) -> Result<UserHash, Unauthenticated> {
    door.user(&head(&format!("Bearer {token}")), NOW)
}

#[test]
fn a_good_token_is_its_user() {
    let users = Arc::new(UserKey::random(&mut rng()));
    let ((secret, public), (_, other)) = (key(1), key(2));
    let door = bearer(&[public.clone(), other], &users);
    let token = encode(&header(Some("key 1")), &claims(), &secret).unwrap();
    let ann = ask(&door, &token).unwrap();
    assert_eq!(
        ann.as_bytes(),
        users
            .hash("openid", &[b"https://login.example", b"ann"])
            .as_bytes()
    );
    // The fields are told apart, and so are schemes and keys.
    for (scheme, parts) in [
        ("openid", [&b"https://login.example"[..], b"bob"]),
        ("openid", [b"https://login.examplea", b"nn"]),
        ("given", [b"https://login.example", b"ann"]),
    ] {
        assert!(ann != users.hash(scheme, &parts));
    }
    assert!(ann != UserKey::random(&mut rng()).hash("openid", &[b"https://login.example", b"ann"]));

    // Without an id: the only key, or none of two.
    let nameless = encode(&header(None), &claims(), &secret).unwrap();
    assert_eq!(ask(&door, &nameless).unwrap_err(), Unauthenticated::Invalid);
    door.replace_keys(set(&[public]).unwrap());
    assert!(ask(&door, &nameless).unwrap() == ann);
}

#[test]
fn a_bad_token_is_nobody() {
    let users = Arc::new(UserKey::random(&mut rng()));
    let ((secret, public), (stranger, _)) = (key(1), key(2));
    let door = bearer(&[public], &users);
    let good = encode(&header(Some("key 1")), &claims(), &secret).unwrap();
    assert!(ask(&door, &good).is_ok());

    for (name, value) in [
        ("iss", json!("https://login.example/")),
        ("iss", json!(["https://login.example"])),
        ("aud", json!("token")),
        ("aud", json!([])),
        ("exp", json!(NOW.get() - 10)),
        ("exp", json!("never")),
        ("exp", json!(-1)),
        ("exp", Value::Null),
        ("nbf", json!(NOW.get() + 11)),
        ("sub", json!("")),
        ("sub", json!("a".repeat(256))),
        ("sub", json!(7)),
    ] {
        let mut wrong = claims();
        wrong[name] = value.clone();
        let token = encode(&header(Some("key 1")), &wrong, &secret).unwrap();
        assert_eq!(
            ask(&door, &token).unwrap_err(),
            Unauthenticated::Invalid,
            "{name} {value}"
        );
        wrong.as_object_mut().unwrap().remove(name);
        let token = encode(&header(Some("key 1")), &wrong, &secret).unwrap();
        assert_eq!(ask(&door, &token).is_ok(), name == "nbf", "without {name}");
    }
    // Another signer, another algorithm, no algorithm, another kind of token, another key.
    let forged = encode(&header(Some("key 1")), &claims(), &stranger).unwrap();
    let hmac = EncodingKey::from_secret(b"key 1").unwrap();
    let mut symmetric = Header::new(Algorithm::HS256);
    symmetric.kid = Some("key 1".to_owned());
    let symmetric = encode(&symmetric, &claims(), &hmac).unwrap();
    let mut kind = header(Some("key 1"));
    kind.typ = Some("dpop+jwt".to_owned());
    let kind = encode(&kind, &claims(), &secret).unwrap();
    let elsewhere = encode(&header(Some("key 3")), &claims(), &secret).unwrap();
    let none = Blob::<64>::new(*br#"{"alg":"none"}"#).unwrap().to_text();
    let none = format!("{none}.{}.", good.split('.').nth(1).unwrap());
    let long = format!("{good}{}", "a".repeat(8_192));
    for wrong in [
        &*forged, &symmetric, &kind, &elsewhere, &none, &long, "", "a.b.c", "..",
    ] {
        assert_eq!(
            ask(&door, wrong).unwrap_err(),
            Unauthenticated::Invalid,
            "{wrong}"
        );
    }
    for value in [
        format!("Basic {good}"),
        good.clone(),
        format!("Bearer  {good}"),
    ] {
        assert_eq!(
            door.user(&head(&value), NOW).unwrap_err(),
            Unauthenticated::Invalid
        );
    }
    let nobody = Request::new(()).into_parts().0;
    assert_eq!(
        door.user(&nobody, NOW).unwrap_err(),
        Unauthenticated::Missing
    );
    let twice = Request::builder().header(AUTHORIZATION, format!("Bearer {good}"));
    let twice = twice
        .header(AUTHORIZATION, format!("Bearer {good}"))
        .body(())
        .unwrap();
    assert_eq!(
        door.user(&twice.into_parts().0, NOW).unwrap_err(),
        Unauthenticated::Invalid
    );
}

/// A key of P-256, and its set.
fn es256(kid: &str) -> (EncodingKey, Value) {
    let pair = rcgen::KeyPair::generate().unwrap();
    let point = pair.public_key_raw();
    let coordinate = |at: usize| Blob::<32>::new(&point[at..at + 32]).unwrap().to_text();
    let jwk = json!({
        "kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(33), "kid": kid, "alg": "ES256",
    });
    (EncodingKey::from_ec_der(&pair.serialize_der()), jwk)
}

#[test]
fn both_algorithms_and_no_mixing() {
    let users = Arc::new(UserKey::random(&mut rng()));
    let ((curve, of_curve), (edwards, of_edwards)) = (es256("one"), key(1));
    let door = bearer(&[of_curve.clone(), of_edwards], &users);
    let token = |algorithm, kid: &str, secret: &EncodingKey| {
        let mut header = Header::new(algorithm);
        header.kid = Some(kid.to_owned());
        encode(&header, &claims(), secret).unwrap()
    };
    let good = token(Algorithm::ES256, "one", &curve);
    let ann = ask(&door, &good).unwrap();
    // Whatever signs it, it is the same user.
    assert!(ask(&door, &token(Algorithm::EdDSA, "key 1", &edwards)).unwrap() == ann);
    // The id of a key of the other algorithm, ids that are paths or addresses, and each half of another token.
    let other = token(Algorithm::ES256, "one", &es256("one").0);
    let mut wrong = vec![
        token(Algorithm::ES256, "key 1", &curve),
        token(Algorithm::EdDSA, "one", &edwards),
        token(Algorithm::ES256, "../../dev/null", &curve),
        token(Algorithm::ES256, "https://evil.example/jwks", &curve),
        token(Algorithm::ES256, "", &curve),
        other.clone(),
    ];
    let [head, body, signature] =
        <[&str; 3]>::try_from(good.split('.').collect::<Vec<_>>()).unwrap();
    let theirs = other.rsplit('.').next().unwrap();
    wrong.push(format!("{head}.{body}.{theirs}"));
    wrong.push(format!("{head}.{body}."));
    wrong.push(format!("{head}.{body}.{signature}.{signature}"));
    wrong.push(format!("{head}.{body}.{signature}="));
    // The public key as the secret of an HMAC: of the coordinates, and of the whole set.
    for secret in [
        of_curve["x"].as_str().unwrap().to_owned(),
        of_curve.to_string(),
    ] {
        let hmac = EncodingKey::from_secret(secret.as_bytes()).unwrap();
        for algorithm in [Algorithm::HS256, Algorithm::HS384, Algorithm::HS512] {
            wrong.push(token(algorithm, "one", &hmac));
        }
    }
    // A key that the token brings along, and what it says must be understood.
    let mut brought = Header::new(Algorithm::ES256);
    brought.jku = Some("https://evil.example/jwks".to_owned());
    wrong.push(encode(&brought, &claims(), &es256("one").0).unwrap());
    for wrong in wrong {
        assert_eq!(
            ask(&door, &wrong).unwrap_err(),
            Unauthenticated::Invalid,
            "{wrong}"
        );
    }
    let none = Blob::<64>::new(*br#"{"alg":"nOnE","kid":"one"}"#)
        .unwrap()
        .to_text();
    let critical = br#"{"alg":"ES256","kid":"one","crit":["b64"],"b64":false}"#;
    let critical = Blob::<64>::new(*critical).unwrap().to_text();
    for head in [none, critical] {
        let token = format!("{head}.{body}.{signature}");
        assert_eq!(ask(&door, &token).unwrap_err(), Unauthenticated::Invalid);
    }
}

#[test]
fn keys_that_are_no_keys() {
    let users = Arc::new(UserKey::random(&mut rng()));
    let (secret, good) = es256("one");
    // What is not understood is left out, whatever else stands in the set.
    let strange = [
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "pub": "AAAA", "kid": "new" }),
        json!({ "kty": "EC", "crv": "brainpoolP256r1", "x": "AAAA", "y": "AAAA" }),
        json!({ "kty": 7 }),
        json!("text"),
        json!({ "kty": "EC", "crv": "P-256", "x": "AAAA" }),
        json!({ "kty": "EC", "crv": "P-256", "x": "?", "y": "?" }),
    ];
    let door = bearer(
        &[&strange[..], core::slice::from_ref(&good)].concat(),
        &users,
    );
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("one".to_owned());
    let token = encode(&header, &claims(), &secret).unwrap();
    assert!(ask(&door, &token).is_ok());
    // Of two keys of one id none is meant; neither is one that only signs or encrypts.
    let doubled = bearer(&[good.clone(), good.clone()], &users);
    assert_eq!(ask(&doubled, &token).unwrap_err(), Unauthenticated::Invalid);
    for (name, value) in [
        ("key_ops", json!(["sign"])),
        ("key_ops", json!([])),
        ("use", json!("enc")),
    ] {
        let mut other = good.clone();
        other[name] = value;
        assert_eq!(set(&[other]).unwrap_err(), KeySetError::NoKey);
    }
    // No point of the curve, or too few bytes of one: nobody's signature, and no panic.
    for (x, y) in [([0_u8; 32], [0_u8; 32]), ([255; 32], [1; 32])] {
        let mut other = good.clone();
        other["x"] = json!(Blob::<32>::new(x).unwrap().to_text());
        other["y"] = json!(Blob::<32>::new(y).unwrap().to_text());
        let door = bearer(&[other.clone()], &users);
        assert_eq!(ask(&door, &token).unwrap_err(), Unauthenticated::Invalid);
        other["y"] = json!("AA");
        if let Ok(keys) = set(&[other]) {
            door.replace_keys(keys);
            assert_eq!(ask(&door, &token).unwrap_err(), Unauthenticated::Invalid);
        }
    }
}

#[test]
fn an_hour_too_early_and_too_late() {
    let users = Arc::new(UserKey::random(&mut rng()));
    let (secret, public) = key(1);
    let door = bearer(&[public], &users);
    let token = encode(&header(Some("key 1")), &claims(), &secret).unwrap();
    let at = |now| door.user(&head(&format!("Bearer {token}")), now).is_ok();
    // Ten seconds of leeway at both ends: from NOW to a minute later.
    let hour = Seconds::hours(1);
    assert!(!at(NOW.minus(hour)) && !at(NOW.plus(hour)) && !at(Seconds::ZERO));
    assert!(!at(NOW.minus(Seconds::new(11))) && at(NOW.minus(Seconds::new(10))));
    assert!(at(NOW.plus(Seconds::new(69))) && !at(NOW.plus(Seconds::new(70))));
    assert!(!at(Seconds::new(u64::MAX)));
}

#[test]
fn sets_of_keys_are_bounded() {
    let (_, public) = key(1);
    let mut encrypts = public.clone();
    encrypts["use"] = json!("enc");
    let secret = json!({ "kty": "oct", "k": "AAAA" });
    assert_eq!(set(&[encrypts, secret]).unwrap_err(), KeySetError::NoKey);
    assert_eq!(set(&vec![public; 65]).unwrap_err(), KeySetError::TooLong);
    assert_eq!(
        KeySet::from_json(&vec![b' '; 65_537]).unwrap_err(),
        KeySetError::TooLong
    );
    assert_eq!(KeySet::from_json(b"[]").unwrap_err(), KeySetError::Format);
    let nested = format!("{{\"keys\":{}", "[".repeat(60_000));
    assert_eq!(
        KeySet::from_json(nested.as_bytes()).unwrap_err(),
        KeySetError::Format
    );
}

#[test]
fn a_given_identity_comes_from_this_process() {
    let users = Arc::new(UserKey::random(&mut rng()));
    let door = Given::new(Arc::clone(&users));
    let mut request = Request::builder()
        .header("x-identity", "ann")
        .body(())
        .unwrap();
    assert_eq!(
        door.user(&request.into_parts().0, NOW).unwrap_err(),
        Unauthenticated::Missing
    );
    request = Request::new(());
    request.extensions_mut().insert(GivenIdentity::new(b"ann"));
    let ann = door.user(&request.into_parts().0, NOW).unwrap();
    assert!(ann == users.hash("given", &[b"ann"]));
}
