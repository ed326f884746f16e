//! What somebody on the network tries, with raw bytes where a client would not send them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use milagro_base::Seconds;
use milagro_dta::grants::{ClientKey, Grant, RegistrarKey};
use milagro_dta::issue::ClientSecret;
use milagro_mpin::Identity;
use milagro_wire::client::CallError;
use milagro_wire::problem::ProblemType;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::people::{Council, Registrar, ask, now, rng, serving};
use crate::process::bad;

/// The status and the body of what a service says to bytes.
fn said(address: &str, request: &[u8]) -> (u16, String) {
    let stream = TcpStream::connect(address.strip_prefix("http://").expect("no TLS"));
    let mut stream = stream.expect("a connection");
    stream
        .set_read_timeout(Some(Duration::from_secs(60)))
        .expect("a time-out");
    // It may have said no and closed before all of it has arrived.
    let _sent = stream.write_all(request);
    let mut answer = Vec::new();
    let _reset = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let status = answer.get(9..12).and_then(|status| status.parse().ok());
    let body = answer
        .split_once("\r\n\r\n")
        .map(|(_, body)| body.to_owned());
    (status.unwrap_or(0), body.unwrap_or_default())
}

fn post(path: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn kind(answer: Result<milagro_wire::forms::ShareAnswer, CallError>) -> ProblemType {
    match answer {
        Err(CallError::Problem(problem)) => problem.known().expect("a known problem"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn grants() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let (running, address) = registrar.serve(&council.members[0]);
    let client = ClientKey::random(&mut rng());
    let grant = registrar.grant(b"alice", &client);
    let first = ask(&address, &grant.to_bytes()).expect("a share");

    // The same grant brings the same share, sealed anew; so does a renewed one for the same key.
    let again = ask(&address, &grant.to_bytes()).expect("a share");
    assert_ne!(first.sealed, again.sealed);
    ask(&address, &registrar.grant(b"alice", &client).to_bytes()).expect("a share");

    // To another key it brings nothing, also after the process was killed.
    let thief = ClientKey::random(&mut rng());
    let stolen = registrar.grant(b"alice", &thief).to_bytes();
    assert_eq!(kind(ask(&address, &stolen)), ProblemType::Refused);
    running.kill();
    let (running, address) = registrar.serve(&council.members[0]);
    assert_eq!(kind(ask(&address, &stolen)), ProblemType::Refused);

    // For another subject or key: the signature does not fit.
    let bytes = grant.to_bytes();
    for place in [40, bytes.len() - 65] {
        let mut altered = bytes.clone();
        altered[place] ^= 1;
        assert_eq!(
            kind(ask(&address, &altered)),
            ProblemType::Refused,
            "byte {place}"
        );
    }
    // Of another registrar, of another domain, over, and not yet.
    let other = Registrar {
        key: RegistrarKey::random(&mut rng()),
        domain: registrar.domain,
    };
    let foreign = other.grant(b"carol", &client).to_bytes();
    assert_eq!(kind(ask(&address, &foreign)), ProblemType::Refused);
    let mut elsewhere = bytes.clone();
    elsewhere[2] ^= 1;
    assert_eq!(kind(ask(&address, &elsewhere)), ProblemType::NotFound);
    for (from, until) in [(7_200, 3_600), (0, 0)] {
        let start = now()
            .minus(Seconds::new(from))
            .plus(Seconds::hours(24 * u64::from(from == 0)));
        let late = Grant::<ClientSecret> {
            domain: registrar.domain,
            subject: Identity::raw(b"dora").expect("a name"),
            client: client.public().expect("a key"),
            from: start,
            until: start.plus(Seconds::new(until.max(60))),
        };
        let late = late
            .sign(&mut rng(), &registrar.key)
            .expect("signed")
            .to_bytes();
        assert_eq!(kind(ask(&address, &late)), ProblemType::Refused);
    }
    for garbage in [&[][..], &[1; 33], &bytes[..bytes.len() - 1]] {
        let refused = kind(ask(&address, garbage));
        assert!(
            matches!(refused, ProblemType::Malformed | ProblemType::NotFound),
            "{refused:?}"
        );
    }
    // The audit file knows of two answers to nobody, and of no name.
    drop(running);
    let member = &council.members[0];
    let audit = std::fs::read_to_string(member.data().join("audit.jsonl")).expect("a file");
    assert_eq!(audit.matches("\"answer\":\"none\"").count(), 2, "{audit}");
    assert_eq!(audit.matches("\"answer\":\"share\"").count(), 3, "{audit}");
    assert!(!audit.contains("alice"));
    assert_eq!(member.json(["audit", "--json"])["lines"], 5);
    let altered = audit.replacen("\"none\"", "\"some\"", 1);
    std::fs::write(member.data().join("audit.jsonl"), altered).expect("written");
    assert_eq!(bad(&member.output(["audit"])).0, 1);
    assert_eq!(
        bad(&member.output(["authority", "--registrars", &registrar.setting()])).0,
        1
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table of requests")]
fn requests() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let setting = registrar.setting();
    let mut running = council.members[0].start([
        "authority",
        "--listen",
        "127.0.0.1:0",
        "--registrars",
        &setting,
        "--hosts",
        "a,b:1",
    ]);
    let address = running.address();
    let json = "application/json";
    let deep = [b"[".repeat(50_000), b"]".repeat(10)].concat();
    let deeper = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let endless = {
        let head = "POST /v1/shares HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n";
        [head.as_bytes(), &b" ".repeat(1 << 18)].concat()
    };
    let large = [br#"{"grant":""#.as_slice(), &b"A".repeat(65_536), br#""}"#].concat();
    for (what, request, status, word) in [
        (
            "65,537 bytes",
            post("/v1/shares", json, &large),
            413,
            "too-large",
        ),
        ("deep", post("/v1/shares", json, &deep), 400, "malformed"),
        (
            "deeper",
            post("/v1/shares", json, &deeper),
            413,
            "too-large",
        ),
        ("endless chunk", endless, 413, "too-large"),
        (
            "twice",
            post("/v1/shares", json, br#"{"grant":"","grant":""}"#),
            400,
            "malformed",
        ),
        (
            "unknown",
            post("/v1/shares", json, br#"{"grant":"","a":1}"#),
            400,
            "malformed",
        ),
        (
            "padding",
            post("/v1/shares", json, br#"{"grant":"AA=="}"#),
            400,
            "malformed",
        ),
        (
            "bits",
            post("/v1/shares", json, br#"{"grant":"AB"}"#),
            400,
            "malformed",
        ),
        (
            "alphabet",
            post("/v1/shares", json, br#"{"grant":"+/+/"}"#),
            400,
            "malformed",
        ),
        (
            "spaces",
            post("/v1/shares", json, br#"{"grant":"AA AA"}"#),
            400,
            "malformed",
        ),
        ("NUL", post("/v1/shares", json, b"\0"), 400, "malformed"),
        (
            "BOM",
            post("/v1/shares", json, b"\xef\xbb\xbf{\"grant\":\"\"}"),
            400,
            "malformed",
        ),
        (
            "Latin-1",
            post("/v1/shares", json, b"{\"grant\":\"\xe4\"}"),
            400,
            "malformed",
        ),
        (
            "no JSON",
            post("/v1/shares", "text/plain", b"{}"),
            415,
            "media-type",
        ),
        ("no path", post("/v2", json, b"{}"), 404, "not-found"),
        ("no method", post("/v1/domain", json, b"{}"), 405, "method"),
    ] {
        let (answer, body) = said(&address, &request);
        assert_eq!(
            (answer, body.contains(word)),
            (status, true),
            "{what}: {answer} {body}"
        );
    }
    // Under another name, or none: a page of somebody else's that points here reads nothing.
    for host in ["Host: evil.example\r\n", "Host: b\r\n"] {
        let request = format!("GET /v1/domain HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
        assert_eq!(said(&address, request.as_bytes()).0, 421, "{host}");
    }
    let (status, body) = said(
        &address,
        b"GET /v1/domain HTTP/1.1\r\nHost: B:1\r\nConnection: close\r\n\r\n",
    );
    assert_eq!(status, 200, "{body}");
    assert_eq!(
        serde_json::from_str::<Value>(&body).expect("JSON")["domains"][0]["list"],
        json!(0)
    );
    // Heads without an end, and too many of them.
    let many = (0..200).fold(
        "GET / HTTP/1.1\r\nHost: a\r\n".to_owned(),
        |head, number| format!("{head}X-{number}: a\r\n"),
    );
    assert_eq!(said(&address, format!("{many}\r\n").as_bytes()).0, 431);
    let long = format!("GET / HTTP/1.1\r\nHost: {}", "a".repeat(1 << 20));
    let (status, _) = said(&address, long.as_bytes());
    assert!([0, 400, 431].contains(&status), "{status}");
}

#[test]
fn slow_ones() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let setting = registrar.setting();
    let slow = [&serving(&setting)[..], &["--request-seconds", "2"]].concat();
    let mut running = council.members[0].start(slow);
    let address = running.address();
    let start = Instant::now();
    let waiting: Vec<_> = ["GET / HTTP/1.1\r\nHo", ""]
        .map(|head| {
            let address = address.clone();
            thread::spawn(move || said(&address, head.as_bytes()).0)
        })
        .into();
    let body = {
        let address = address.clone();
        // A body that never ends is given up after 2 s.
        let head = "POST /v1/shares HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"gra";
        thread::spawn(move || said(&address, head.as_bytes()))
    };
    // A byte now and then keeps no head open longer than none.
    let drips = {
        let address = address.clone();
        thread::spawn(move || dripped(&address, "GET /healthz HTTP/1.1\r\nHost: a\r\nX: "))
    };
    let dripped = drips.join().expect("it ends");
    assert!(dripped < Duration::from_secs(20), "{dripped:?}");
    for thread in waiting {
        let status = thread.join().expect("an answer");
        assert!([0, 408].contains(&status), "{status}");
    }
    let gone = start.elapsed();
    // By the service, and not by the patience of whoever asks, which is over after a minute.
    assert!(gone < Duration::from_secs(55), "{gone:?}");
    // Somebody who asks in earnest is answered meanwhile.
    let client = ClientKey::random(&mut rng());
    ask(&address, &registrar.grant(b"erin", &client).to_bytes()).expect("a share");
    let (status, text) = body.join().expect("an answer");
    assert_eq!(status, 408, "{text}");
    drop(running);
}

/// How long a head lasts of which one byte comes every 100 ms.
fn dripped(address: &str, head: &str) -> Duration {
    let start = Instant::now();
    let mut stream = connected(address);
    let bytes = head.bytes().chain(core::iter::repeat(b'a'));
    for byte in bytes.take(1_000) {
        if stream.write_all(&[byte]).is_err() {
            break;
        }
        thread::sleep(Duration::from_millis(100));
    }
    start.elapsed()
}

fn connected(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address.strip_prefix("http://").expect("no TLS"));
    stream.expect("a connection")
}

/// Connections that say nothing, and more that have said something once, keep nobody out. Here they are twice as many as a
/// listener has places, which are 1,024; ten thousand are opened in the example `login-load` of the login service.
#[test]
fn silent_ones() {
    const SILENT: usize = 2_000;
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit {
        current: limit.maximum,
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).expect("a limit");
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let (mut running, address) = registrar.serve(&council.members[0]);
    let client = ClientKey::random(&mut rng());
    let mut open: Vec<TcpStream> = (0..SILENT).map(|_| connected(&address)).collect();
    let start = Instant::now();
    ask(&address, &registrar.grant(b"frank", &client).to_bytes()).expect("a share");
    // Twice the time that a head may take.
    assert!(start.elapsed() < Duration::from_secs(20));

    open.clear();
    for _ in 0..1_500 {
        let mut stream = connected(&address);
        let head = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
        let mut answer = [0; 12];
        stream.write_all(head.as_bytes()).expect("sent");
        stream.read_exact(&mut answer).expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 204");
        open.push(stream);
    }
    let start = Instant::now();
    ask(&address, &registrar.grant(b"grace", &client).to_bytes()).expect("a share");
    assert!(start.elapsed() < Duration::from_secs(20));
    running.expect_alive();
}
