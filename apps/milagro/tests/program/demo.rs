//! The demonstration: it plays all its steps, it waits until it is told to end, and nothing is left of it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::people::runtime;
use crate::process::{bad, good, program};

const PAGE: &str = include_str!("../../docs/demo.md");
/// The names of the steps, in their order.
const STEPS: [&str; 10] = [
    "enrol",
    "log in",
    "mistype",
    "lock, unlock",
    "revoke, restore",
    "shop",
    "hand-off",
    "two of three",
    "next epoch",
    "tokens",
];

/// The program, with a directory of its own for whatever it writes.
fn demo(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = program();
    command.env("TMPDIR", directory).arg("demo").args(arguments);
    command
}

fn is_empty(directory: &Path) -> bool {
    fs::read_dir(directory)
        .expect("a directory")
        .next()
        .is_none()
}

#[test]
fn every_step_is_played() {
    let directory = tempfile::tempdir().expect("a directory");
    let output = demo(directory.path(), &["--check"]).output();
    let output = output.expect("it runs");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    let said = String::from_utf8(good(output)).expect("UTF-8");
    let steps = said.lines().filter_map(|line| line.strip_prefix("ok  "));
    let steps: Vec<_> = steps.filter_map(|line| line.split_once(": ")).collect();
    let names: Vec<_> = steps.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, STEPS, "{said}");
    assert_eq!(said.lines().last(), Some("good"));
    assert!(words.is_empty(), "{words}");
    assert!(is_empty(directory.path()), "something is left");
    // The page lists the same steps.
    for name in STEPS {
        assert!(PAGE.contains(&format!("| {name} |")), "{name}");
    }
}

#[test]
fn pages_that_are_not_there_are_said() {
    let directory = tempfile::tempdir().expect("a directory");
    let pad = directory.path().join("nothing");
    let pad = pad.to_str().expect("UTF-8");
    let inside = tempfile::tempdir().expect("a directory");
    let (code, words) = bad(&demo(inside.path(), &["--pad", pad])
        .output()
        .expect("it runs"));
    assert_eq!(code, 3, "{words}");
    assert!(is_empty(inside.path()), "something is left");
}

/// Killed when the test ends before it.
struct Waiting(Child);

impl Drop for Waiting {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _gone = self.0.wait();
    }
}

async fn page(address: &str) -> String {
    let client = crate::process::http().no_proxy().build();
    let answer = client.expect("a client").get(address).send().await;
    let answer = answer.expect("an answer").error_for_status();
    let body = answer.expect("a page").bytes().await.expect("a body");
    String::from_utf8_lossy(&body).into_owned()
}

/// What is said to a request as it is written here: clients mend what they send.
fn raw(address: &str, line: &str, headers: &str) -> String {
    let url = reqwest::Url::parse(address).expect("an address");
    let host = format!("127.0.0.1:{}", url.port().expect("a port"));
    let mut stream = TcpStream::connect(&host).expect("a connection");
    let head = format!("{line}\r\nHost: {host}\r\n{headers}Connection: close\r\n");
    let request = format!("{head}Content-Length: 6\r\n\r\ncode=x");
    stream.write_all(request.as_bytes()).expect("sent");
    let mut said = String::new();
    let _cut = stream.read_to_string(&mut said);
    said
}

#[test]
fn it_waits_and_leaves_nothing() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut command = demo(directory.path(), &[]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut waiting = Waiting(command.spawn().expect("it starts"));
    let out = waiting.0.stdout.take().expect("standard output");
    let mut addresses = Vec::new();
    for line in BufReader::new(out).lines() {
        let line = line.expect("UTF-8");
        let address = line.split(' ').rfind(|word| word.starts_with("http"));
        addresses.extend(address.map(str::to_owned));
        if line.starts_with("Ctrl-C") {
            break;
        }
    }
    let find = |end: &str| {
        let found = addresses.iter().find(|address| address.ends_with(end));
        found.unwrap_or_else(|| panic!("no {end}: {addresses:?}"))
    };
    runtime().block_on(async {
        assert!(page(&addresses[0]).await.contains("Nobody is logged in"));
        let provider = page(find("/.well-known/openid-configuration")).await;
        let provider: Value = serde_json::from_str(&provider).expect("JSON");
        assert!(find("/login").starts_with(provider["issuer"].as_str().expect("a name")));
        let tokens = page(find("/openapi.json")).await;
        assert!(tokens.contains("/v1/{tenant}/issue"), "{tokens}");
    });
    // What is for the operator is nobody's else, however it is written.
    for path in [
        "/metrics",
        "/metrics?x",
        "/registrar/../metrics",
        "/registrar/%2e%2e/readyz",
        "/registrar/healthz?",
    ] {
        let said = raw(find("/login"), &format!("GET {path} HTTP/1.1"), "");
        assert!(said.starts_with("HTTP/1.1 404"), "{path}: {said}");
    }
    // A page of another site logs nobody in at the shop.
    for origin in ["", "Origin: https://evil.example\r\n", "Origin: null\r\n"] {
        let said = raw(&addresses[0], "POST /code HTTP/1.1", origin);
        assert!(said.starts_with("HTTP/1.1 403"), "{origin}: {said}");
        assert!(said.contains("from another site"), "{origin}: {said}");
    }
    let id = waiting.0.id().to_string();
    let told = Command::new("kill").args(["-s", "INT", &id]).status();
    assert!(told.expect("kill runs").success());
    assert!(waiting.0.wait().expect("an end").success());
    assert!(is_empty(directory.path()), "something is left");
}
