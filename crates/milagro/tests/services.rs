//! Runs the examples of TLS in other people's stacks, as a user would. Each ends well only if those who may talk did,
//! and strangers did not.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::process::Command;

/// What the example prints. `cargo test` has built it beside this test.
fn run(example: &str) -> String {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let name = format!("{example}{}", std::env::consts::EXE_SUFFIX);
    let path: PathBuf = [profile, "examples".as_ref(), name.as_ref()]
        .iter()
        .collect();
    assert!(
        path.is_file(),
        "cargo test builds the examples, cargo test --test services does not"
    );
    let output = Command::new(path).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn assert_lines(example: &str, expected: &[&str]) {
    let said = run(example);
    for line in expected {
        let found = said.lines().any(|said| said.starts_with(line));
        assert!(found, "{example}: {line:?} is not in {said}");
    }
}

#[test]
fn tokio_rustls() {
    let lines = [
        "echo answered: alice, you said: hello",
        "mallory was told: received fatal alert: UnknownCA",
        "alice hung up: ",
    ];
    assert_lines("tls_echo", &lines);
}

#[test]
fn axum_and_reqwest() {
    let lines = ["the shop says: hello alice", "mallory was told: "];
    assert_lines("axum_identity", &lines);
}

#[test]
fn quinn() {
    assert!(!run("quic").is_empty());
}

#[test]
fn tonic() {
    let lines = [
        "the greeter says: good day, alice",
        "the gate stayed shut: invalid peer certificate: UnknownIssuer",
        "mallory was told: ",
        "alice hung up: ",
    ];
    assert_lines("tonic_identity", &lines);
}

#[test]
fn rumqttc() {
    let lines = [
        "the panel shows: Publish(Topic = sensor/temperature",
        "the broker hung up: invalid peer certificate: UnknownIssuer",
        "the sensor was told: ",
        "mallory was told: ",
    ];
    assert_lines("mqtt_identity", &lines);
}
