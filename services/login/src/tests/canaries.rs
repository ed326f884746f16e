//! What must not be in any log line, metric, error or audit line: PINs, tokens, codes, cookies, keys, names.

use alloc::sync::Arc;
use std::io::Write;
use std::sync::Mutex;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use milagro_wire::bounded::Blob;
use milagro_wire::login::{LoginAnswer, Purpose};
use tracing_subscriber::fmt::MakeWriter;

use super::agreements::confirm;
use super::codes::redeem;
use super::fixture::{Phone, Replica, SHOP, World, for_shop, user};

/// A log in memory.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The names and labels of all metrics.
#[derive(Clone, Default)]
struct Labels(Arc<Mutex<String>>);

impl Labels {
    fn note(&self, key: &Key) {
        let mut all = self.0.lock().unwrap();
        all.push_str(key.name());
        for label in key.labels() {
            all.push(' ');
            all.push_str(label.value());
        }
        all.push('\n');
    }
}

impl Recorder for Labels {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        self.note(key);
        Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        self.note(key);
        Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        self.note(key);
        Histogram::noop()
    }
}

/// Every way in which bytes may be written down.
fn spellings(bytes: &[u8]) -> Vec<String> {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    let hex: String = digits
        .map(|digit| char::from_digit(digit.into(), 16).unwrap())
        .collect();
    let middle = |text: String| text[4..text.len() - 4].to_owned();
    let mut all = vec![hex.to_uppercase(), format!("{bytes:?}"), hex];
    all.push(middle(STANDARD_NO_PAD.encode(bytes)));
    all.push(middle(URL_SAFE_NO_PAD.encode(bytes)));
    if let Ok(text) = core::str::from_utf8(bytes) {
        all.push(text.to_owned());
    }
    all
}

/// Agrees on keys, and returns what was printed.
async fn agreed(replica: &Replica, phone: &mut Phone, canaries: &mut Vec<Vec<u8>>) -> String {
    let (request, keys) = phone.agree(replica, "7391").await;
    let answer = confirm(replica, &request).await;
    let again = confirm(replica, &request).await.text();
    let given: LoginAnswer = answer.form();
    phone.cookie = given.cookie;
    let code = given.code.unwrap();
    for secret in [&keys.receiving, &keys.sending, &keys.exporter, &code] {
        canaries.push(secret.as_bytes().to_vec());
    }
    canaries.push(request.agreement.as_bytes().to_vec());
    canaries.push(request.confirmation.as_bytes()[1..].to_vec());
    format!("{again} {keys:?} {request:?}")
}

#[tokio::test]
async fn nothing_secret_is_written_down() {
    let lines = Lines::default();
    let log = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone())
        .finish();
    // For all threads: what other tests write down is looked through as well.
    tracing::subscriber::set_global_default(log).unwrap();
    let metrics = Labels::default();
    metrics::set_global_recorder(metrics.clone()).unwrap();
    let world = World::new().await;
    let replica = world.replica().await;
    let name = "canary-user@shop.example";
    let mut phone = world.phone(&replica, name, "7391").await;
    let secret = world.shop(&replica).await;
    let mut canaries: Vec<Vec<u8>> = vec![
        name.as_bytes().to_vec(),
        world.operator.as_bytes().to_vec(),
        secret.as_bytes().to_vec(),
        phone.token.to_bytes().to_vec(),
        phone.identity.as_bytes().to_vec(),
    ];
    let mut answers = String::new();
    let mut thief = phone.copy();
    for purpose in [Purpose::Session {}, for_shop()] {
        canaries.push(phone.cookie.as_bytes().to_vec());
        let request = phone.ask(&replica, "7391", purpose).await;
        canaries.push(request.proof.as_bytes().to_vec());
        let answer = replica.post("/v1/login", &request).await;
        let session = answer.cookies();
        let given: LoginAnswer = answer.form();
        phone.cookie = given.cookie;
        if let Some((_, token)) = session.split_once('=') {
            canaries.push(token.as_bytes().to_vec());
            for token in [token.to_owned(), token.replace('A', "B")] {
                let cookie = format!("__Host-milagro-session={token}");
                let request = Request::get("/v1/session").header(header::COOKIE, cookie);
                replica.send(request.body(Body::empty()).unwrap()).await;
            }
        }
        if let Some(code) = given.code {
            canaries.push(code.as_bytes().to_vec());
            for secret in [&Blob::new([0; 32]).unwrap(), &secret, &secret] {
                let answer = redeem(&replica, ("shop", secret), &code, SHOP).await;
                if answer.status != StatusCode::OK {
                    answers.push_str(&answer.text());
                }
            }
        }
        answers.push_str(&replica.post("/v1/login", &request).await.text());
        let wrong = phone.ask(&replica, "7392", Purpose::Session {}).await;
        answers.push_str(&replica.post("/v1/login", &wrong).await.text());
        world.pass(120);
    }
    answers.push_str(&agreed(&replica, &mut phone, &mut canaries).await);
    // A copy is found, the user locked, forms broken, and paths typed.
    assert_eq!(thief.log_in(&replica, "7391").await, StatusCode::FORBIDDEN);
    replica.service.set_locked(&user(name), true).await.unwrap();
    let hidden = serde_json::json!({ "proof": "7391-canary", "cookie": name });
    answers.push_str(&replica.post("/v1/login", &hidden).await.text());
    canaries.push(b"7391-canary".to_vec());
    let path = format!("/v1/handoffs/{}/events", "canary-path");
    answers.push_str(&replica.get(&path).await.text());
    answers.push_str(&replica.get("/canary-path?canary-path").await.text());
    canaries.push(b"canary-path".to_vec());
    for debugged in [
        format!("{:?}", replica.service),
        format!("{:?}", world.operator),
        format!(
            "{:?}",
            phone.ask(&replica, "7391", Purpose::Session {}).await
        ),
    ] {
        answers.push_str(&debugged);
    }
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let audit = world.events();
    assert!(
        log.contains("\"request\"") && log.contains("frozen"),
        "{log}"
    );
    assert!(audit.contains("copy-found") && audit.contains("accepted"));
    assert!(answers.contains("refused"));
    let labels = metrics.0.lock().unwrap().clone();
    assert!(labels.contains("milagro_login_decisions_total") && labels.contains("copy-found"));
    for (place, canary) in canaries.iter().enumerate() {
        for spelling in spellings(canary) {
            for (what, text) in [
                ("log", &log),
                ("audit", &audit),
                ("answers", &answers),
                ("metrics", &labels),
            ] {
                assert!(!text.contains(&spelling), "{place} in {what}: {spelling}");
            }
        }
    }
    // The PIN alone is four digits, which a hash may hold by chance: it stands in no field of its own.
    for text in [&log, &audit, &answers, &labels] {
        assert!(!text.contains("\"7391\"") && !text.contains(":7391,") && !text.contains("7391 "));
    }
}
