//! The token service as it is run: keys that are fetched, Privacy Pass, and settings that do not go together.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use milagro_wire::bounded::Blob;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::people::{now, runtime};
use crate::process::{Place, bad, good};

/// A tenant in a configuration, to which lines can be added.
pub(crate) fn tenant(name: &str) -> String {
    format!(
        r#"
[[token-tenants]]
name = "{name}"
redeemer = "{name}.example"
epoch-seconds = 86400
redeem-overlap-seconds = 3600
quota = 100
quota-seconds = 86400
"#
    )
}

/// A directory whose configuration has these lines in `[tokens]`.
pub(crate) fn place(lines: &str) -> (Place, String) {
    let place = Place::at_once();
    let path = place.path("milagro.toml");
    let tenant = tenant("weather");
    let text = format!("[tokens]\nlisten = \"127.0.0.1:0\"\n{lines}\n{tenant}");
    fs::write(&path, text).expect("written");
    (place, path.to_str().expect("UTF-8").to_owned())
}

/// A provider that shows one key to everybody, and a token under it.
pub(crate) fn provider() -> (String, String) {
    // What a process says once that uses reqwest.
    let _once = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let pair = rcgen::KeyPair::generate().expect("a key");
    let point = pair.public_key_raw();
    let coordinate = |at: usize| {
        let half = Blob::<32>::new(&point[at..at + 32]).expect("fits");
        half.to_text()
    };
    let set = json!({ "keys": [
        { "kty": "EC", "crv": "P-256", "x": coordinate(1), "y": coordinate(33), "kid": "one" },
    ] });
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some("one".to_owned());
    let claims = json!({
        "iss": "https://login.example", "aud": "tokens", "sub": "ann", "exp": now().get() + 3_600,
    });
    let secret = EncodingKey::from_ec_der(&pair.serialize_der());
    let token = encode(&header, &claims, &secret).expect("a token");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!(
        "http://{}/jwks.json",
        listener.local_addr().expect("a port")
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let _head = stream.read(&mut [0; 4_096]);
            let body = set.to_string();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            let _sent = stream.write_all(answer.as_bytes());
        }
    });
    (address, token)
}

#[test]
fn keys_are_fetched_and_privacy_pass_is_served() {
    let (jwks, token) = provider();
    let lines = format!(
        r#"provider = "https://login.example"
audience = "tokens"
jwks = "{jwks}"
privacy-pass-issuer = "tokens.example"
privacy-pass-origin = "weather.example"
privacy-pass-quota = 5"#
    );
    let (place, config) = place(&lines);
    good(place.output(["tokens", "init", "--config", &config]));
    let mut running = place.start(["tokens", "serve", "--config", &config]);
    let address = running.address();
    let client = crate::process::client();
    let ask = async |method: Method, path: &str, token: Option<&str>| {
        let mut request = client.request(method, format!("{address}{path}"));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let request = request.header("content-type", "application/octet-stream");
        request.body("x").send().await.expect("an answer")
    };
    runtime().block_on(async {
        // The token of the provider is its user's: what is wrong then is the request.
        let issue = "/v1/weather/issue";
        assert_eq!(ask(Method::POST, issue, None).await.status(), 401);
        assert_eq!(ask(Method::POST, issue, Some("a.b.c")).await.status(), 401);
        assert_eq!(ask(Method::POST, issue, Some(&token)).await.status(), 400);
        let directory = "/.well-known/private-token-issuer-directory";
        let directory = ask(Method::GET, directory, None).await;
        assert_eq!(directory.status(), StatusCode::OK);
        let directory = directory.bytes().await.expect("a body");
        let directory: Value = serde_json::from_slice(&directory).expect("JSON");
        let kinds = directory["token-keys"].as_array().expect("keys").iter();
        let kinds = kinds.map(|key| key["token-type"].as_u64().expect("a type"));
        let kinds: Vec<_> = kinds.collect();
        assert!(kinds.contains(&1) && kinds.contains(&5), "{kinds:?}");
        let request = ask(Method::POST, "/private-token/requests", Some(&token)).await;
        assert_eq!(request.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let gate = ask(Method::GET, "/private-token/gate", None).await;
        assert_eq!(gate.status(), StatusCode::UNAUTHORIZED);
    });
}

#[test]
fn settings_that_do_not_go_together() {
    let provider = "provider = \"https://login.example\"\naudience = \"tokens\"\n";
    let pass = "jwks = \"http://127.0.0.1:9/\"\nprivacy-pass-issuer = \"a.example\"\n";
    for (lines, words) in [
        (provider.to_owned(), "jwks-file or jwks is missing"),
        (
            format!("{provider}jwks = \"http://login.example/\""),
            "jwks: not an https address",
        ),
        (
            format!("{provider}jwks = \"x\"\njwks-file = \"y\""),
            "or both are there",
        ),
        ("jwks-file = \"x\"".to_owned(), "provider is missing"),
        (format!("{provider}{pass}"), "privacy-pass-origin: missing"),
        (
            format!("{provider}{pass}privacy-pass-origin = \"b.example\""),
            "privacy-pass-quota: missing",
        ),
        (
            format!(
                "{provider}{pass}privacy-pass-origin = \"b\"\nprivacy-pass-quota = 1\nprivacy-pass-seconds = 60"
            ),
            "at least an hour",
        ),
        ("redeem-only = true".to_owned(), "milagro tokens import"),
        (
            "redeem-only = true\nexported = [\"nowhere\"]".to_owned(),
            "nowhere: ",
        ),
    ] {
        let (place, config) = place(&lines);
        if !lines.contains("redeem-only") {
            good(place.output(["tokens", "init", "--config", &config]));
        }
        let output = place.output(["tokens", "serve", "--config", &config]);
        let (code, said) = bad(&output);
        assert!(code == 3 && said.contains(words), "{lines}: {code} {said}");
    }
}
