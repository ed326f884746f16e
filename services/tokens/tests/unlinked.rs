//! What a redeemer keeps, says, counts, logs and asks of its ledger has nothing in common with what was issued. Alone in its
//! process, since logs and counters are the process's.

#![forbid(unsafe_code)]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

extern crate alloc;

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::io::{self, Write};
use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, USER_AGENT};
use getrandom::SysRng;
use metrics::{Key, KeyName, Metadata, SharedString, Unit};
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{
    Account, Answer, Charge, InPlace, Kind, Ledger, LedgerId, Records, Unavailable, Usage, Verdict,
};
use milagro_voprf::rand_core::UnwrapErr;
use milagro_voprf::tokens::TokenResponse;
use milagro_voprf::tokens::client::{Binding, Token, TokenKey};
use milagro_voprf::tokens::redeemer::RedeemerId;
use milagro_voprf::tokens::schedule::SignedSchedule;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::client::{Endpoint, Patience};
use milagro_wire::server::{Frame, frame};
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

use milagro_tokens::forms::{RedeemItem, RedeemRequest};
use milagro_tokens::testkit::{Fleet, Ground, Role, Size, settings};
use milagro_tokens::{Keys, Service, router};

/// A ledger and records that note every byte that they are given.
struct Spy {
    ledger: Arc<dyn Ledger>,
    records: MemoryRecords,
    noted: Arc<Mutex<Vec<Vec<u8>>>>,
    calls: AtomicUsize,
}

impl Spy {
    fn note(&self, bytes: &[u8]) {
        self.noted.lock().unwrap().push(bytes.to_vec());
    }

    fn taken(&self) -> Vec<Vec<u8>> {
        lasting(core::mem::take(&mut self.noted.lock().unwrap()))
    }
}

impl Ledger for Spy {
    fn id(&self) -> LedgerId {
        self.ledger.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        for charge in charges {
            self.note(charge.account.hash());
            self.note(charge.claim.as_bytes());
        }
        self.ledger.charge(now, charges)
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        self.ledger.refund(charges)
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        self.ledger.clear(accounts)
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        self.ledger.usage(accounts)
    }
}

impl Records for Spy {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.records.get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        self.note(entry.key);
        self.note(entry.value);
        self.records.put(entry)
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        self.records.delete(kind, key, expected)
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        self.records.list(kind, prefix, after, limit)
    }
}

/// The log goes where the rest goes.
#[derive(Clone)]
struct Log(Arc<Mutex<Vec<Vec<u8>>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().push(bytes.to_vec());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn has(noted: &[Vec<u8>], words: &str) -> bool {
    let all = noted.iter();
    all.filter_map(|bytes| core::str::from_utf8(bytes).ok())
        .any(|text| text.contains(words))
}

const NOW: Seconds = Seconds::new(1_800_000_600);
const CANARY: &str = "ann-whose-name-is-nowhere";
const ISSUE: &str = "/v1/weather/issue";

const fn rng() -> UnwrapErr<SysRng> {
    UnwrapErr(SysRng)
}

/// What is said to whoever asks: each of these by itself, so that the end of one and the start of the next are not looked for.
struct Said {
    /// The random name of the request, which the log has, too.
    name: Vec<u8>,
    headers: Vec<u8>,
    body: Vec<u8>,
}

async fn ask(service: &Arc<Service>, user: &str, path: &str, body: Vec<u8>) -> Said {
    let octets = path == ISSUE;
    let kind = if octets {
        "application/octet-stream"
    } else {
        "application/json"
    };
    let request = Request::post(path).header(CONTENT_TYPE, kind);
    let request = request.header(AUTHORIZATION, user).header(COOKIE, user);
    let request = request
        .header(USER_AGENT, user)
        .body(Body::from(body))
        .unwrap();
    let routes = frame(router(Arc::clone(service)), Frame::default());
    let mut response = routes.oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{}", response.status());
    let name = response.headers_mut().remove("x-request-id").unwrap();
    let headers = format!("{:?}", response.headers()).into_bytes();
    let body = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    Said {
        name: name.as_bytes().to_vec(),
        headers,
        body: body.to_vec(),
    }
}

/// Every twelve bytes that stand together in one of these.
fn windows<T: AsRef<[u8]>>(all: &[T]) -> BTreeSet<[u8; 12]> {
    let all = all.iter().flat_map(|bytes| bytes.as_ref().windows(12));
    all.filter_map(|window| window.try_into().ok()).collect()
}

/// The same in all the forms that somebody might keep it in: as it is, in hexadecimal digits, in base64url of each of the
/// three alignments, and hashed.
fn forms(all: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for bytes in all {
        forms.push(bytes.clone());
        forms.push(digits(bytes));
        for skipped in 0..3 {
            let from = bytes.get(skipped..).unwrap_or_default();
            let whole = from.len() - from.len() % 3;
            forms.push(
                Blob::<65_536>::new(&from[..whole])
                    .unwrap()
                    .to_text()
                    .into_bytes(),
            );
        }
        let hash = Sha256::digest(bytes);
        forms.push(hash.to_vec());
        forms.push(digits(&hash));
    }
    forms
}

fn digits(bytes: &[u8]) -> Vec<u8> {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<String>().into_bytes()
}

/// Notes the names and labels of all that is counted in this process.
struct Counters(Arc<Mutex<Vec<Vec<u8>>>>);

impl metrics::Recorder for Counters {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> metrics::Counter {
        self.0.lock().unwrap().push(format!("{key:?}").into_bytes());
        metrics::Counter::noop()
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> metrics::Gauge {
        self.0.lock().unwrap().push(format!("{key:?}").into_bytes());
        metrics::Gauge::noop()
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> metrics::Histogram {
        self.0.lock().unwrap().push(format!("{key:?}").into_bytes());
        metrics::Histogram::noop()
    }
}

/// What was noted, without what is new in each line of a log: the random name of the request and how long it took. One digit of
/// these between words that every line has is the same in two requests often enough.
fn lasting(noted: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let same = |bytes: Vec<u8>| {
        let Ok(mut line) = serde_json::from_slice::<Value>(&bytes) else {
            return bytes;
        };
        if let Some(fields) = line.get_mut("fields").and_then(Value::as_object_mut) {
            fields.remove("id");
            fields.remove("milliseconds");
        }
        line.to_string().into_bytes()
    };
    noted.into_iter().map(same).collect()
}

/// A ledger and records that note what they are given, to where all that is logged and counted in this process goes, too.
fn watched() -> Arc<Spy> {
    let noted = Arc::new(Mutex::new(Vec::new()));
    let log = Log(Arc::clone(&noted));
    let lines = tracing_subscriber::fmt().json().without_time();
    let lines = lines
        .with_writer(move || log.clone())
        .with_max_level(tracing::Level::TRACE);
    tracing::subscriber::set_global_default(lines.finish()).unwrap();
    metrics::set_global_recorder(Counters(Arc::clone(&noted))).unwrap();
    Arc::new(Spy {
        ledger: Arc::new(InPlace(MemoryLedger::init(&mut rng(), 100_000, NOW))),
        records: MemoryRecords::new(1 << 20),
        noted,
        calls: AtomicUsize::new(0),
    })
}

/// What redeems tokens: all requests one after the other, and the body that holds them.
fn redeeming(tokens: Vec<Token>, redeemer: &RedeemerId) -> (Vec<u8>, Vec<u8>) {
    let (mut spent, mut items) = (Vec::new(), Vec::new());
    for token in tokens {
        let payload = b"hail";
        let binding = Binding {
            redeemer,
            context: b"",
            payload,
        };
        let request = token.redeem(&binding).request.to_bytes();
        spent.extend_from_slice(&request);
        items.push(RedeemItem {
            request: Blob::new(request).unwrap(),
            context: Blob::new([]).unwrap(),
            payload: Blob::new(*payload).unwrap(),
        });
    }
    let form = RedeemRequest {
        redemptions: List::new(items).unwrap(),
    };
    (spent, serde_json::to_vec(&form).unwrap())
}

#[tokio::test]
async fn nothing_ties_a_redemption_to_an_issuance() {
    let spy = watched();
    let (ledger, records): (Arc<dyn Ledger>, Arc<dyn Records>) = (spy.clone(), spy.clone());
    let directory = tempfile::tempdir().unwrap();
    let on = Ground {
        ledgers: vec![ledger],
        records,
        directory: directory.path().to_owned(),
        start: NOW,
        generator: rng,
        connect: |address| Endpoint::new(address, reqwest::ClientBuilder::new(), Patience::NONE),
    };
    let mut settings = settings(Size::SMALL);
    settings.quota = 100;
    let fleet = Fleet::found(on, &settings).await.unwrap();
    let issuer = fleet
        .service(Role::Issuer, Keys::PrimaryAndSigner)
        .await
        .unwrap();
    let redeemer = fleet.service(Role::Redeemer, Keys::Primary).await.unwrap();
    fleet.clock.advance(Seconds::new(122));
    let schedule = Request::get("/v1/weather/schedule")
        .body(Body::empty())
        .unwrap();
    let schedule = router(Arc::clone(&issuer)).oneshot(schedule).await.unwrap();
    let schedule = to_bytes(schedule.into_body(), 1 << 20).await.unwrap();
    let signed = SignedSchedule::from_bytes(&schedule).unwrap();
    let pinned = fleet.verifier.pin(&signed).unwrap();
    let key: TokenKey = TokenKey::from_schedule(&pinned, fleet.clock.now()).unwrap();
    let audit =
        |number| std::fs::read(directory.path().join(format!("audit-{number}.jsonl"))).unwrap();
    drop(spy.taken());

    // Everything of issuing: request, answer, ledger, records, log, audit file. Of her, and of somebody else.
    let (mut issued, mut answer, mut pending) = (Vec::new(), Vec::new(), Vec::new());
    for user in [CANARY, "bob"] {
        let drawing = key.draw(&mut rng(), 100).unwrap();
        let sent = drawing.request.to_bytes();
        let before = audit(0).len();
        let answered = ask(&issuer, user, ISSUE, sent.clone()).await;
        answer.push(answered.body.clone());
        pending.push(drawing.pending);
        let line = audit(0).split_off(before);
        let mut all = vec![user.as_bytes().to_vec(), sent, line];
        all.extend([answered.name, answered.headers, answered.body]);
        let counted = spy.taken();
        assert!(has(&counted, "milagro_tokens_issued_total"));
        all.extend(counted);
        issued.push(windows(&forms(&all)));
    }
    let [of_ann, of_bob] = <[_; 2]>::try_from(issued).unwrap();
    let answer = TokenResponse::from_bytes(&answer[0], 100).unwrap();
    let tokens = pending.swap_remove(0).finish(&answer).unwrap();
    let (redeemed_by, empty) = (fleet.tenant().redeemer().clone(), audit(1));
    assert!(empty.is_empty());

    // Everything of redeeming.
    let (spent, form) = redeeming(tokens, &redeemed_by);
    drop(spy.taken());
    let before = spy.calls.load(Ordering::SeqCst);
    let said = ask(&redeemer, CANARY, "/v1/weather/redeem", form.clone()).await;
    // A batch of a hundred is one call of the ledger.
    assert_eq!(spy.calls.load(Ordering::SeqCst), before + 1);
    assert_eq!(
        String::from_utf8_lossy(&said.body)
            .matches("\"spent\"")
            .count(),
        100
    );
    let mut kept = spy.taken();
    // The test sees logs and counters.
    for words in ["milagro_tokens_redeemed_total", "/v1/{tenant}/redeem"] {
        assert!(has(&kept, words), "{words}");
    }
    // Whoever sends it, with whatever headers, the same is kept, counted and logged.
    drop(ask(&redeemer, "somebody else", "/v1/weather/redeem", form).await);
    assert_eq!(spy.taken(), kept);
    kept.extend([said.name, said.headers, said.body, audit(1)]);
    assert!(kept.len() > 2 * 100);
    // No twelve bytes of what is kept or said stand in what was issued to her and not to others: no user, no header.
    let kept = windows(&kept);
    let ties = |window: &&[u8; 12]| !of_bob.contains(*window);
    assert_eq!(of_ann.intersection(&kept).find(ties), None);
    // The test would see it: her name is among what it looks for, and so is what the audit file calls her.
    assert!(
        CANARY
            .as_bytes()
            .windows(12)
            .all(|name| of_ann.iter().filter(ties).any(|window| window == name))
    );
    // And of what is spent, nothing is kept.
    assert_eq!(windows(&[spent]).intersection(&kept).next(), None);
}
