//! Runs the example that writes psk files, as an operator would.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The example, which `cargo test` has built beside this test.
fn psk(arguments: &[&str]) -> Output {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let name = format!("psk{}", std::env::consts::EXE_SUFFIX);
    let example: PathBuf = [profile, "examples".as_ref(), name.as_ref()]
        .iter()
        .collect();
    assert!(
        example.is_file(),
        "cargo test builds the examples, cargo test --test psk does not"
    );
    Command::new(example).args(arguments).output().unwrap()
}

/// A file for a master secret that is not there yet.
fn fresh(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if path.exists() {
        fs::remove_file(&path).unwrap();
    }
    path
}

fn lines(output: &Output) -> Vec<(String, String)> {
    assert!(output.status.success(), "{output:?}");
    let text = core::str::from_utf8(&output.stdout).unwrap();
    let line = |line: &str| {
        let (identity, key) = line.split_once(':').unwrap();
        (identity.to_owned(), key.to_owned())
    };
    text.lines().map(line).collect()
}

#[test]
fn every_client_has_a_line_that_stays() {
    let master = fresh("lines.key");
    let master = master.to_str().unwrap();
    let arguments = [master, "2027-01-15", "broker", "alice", "bob", "Zo\u{eb}"];
    let first = lines(&psk(&arguments));
    assert_eq!(first.len(), 3);
    for ((identity, key), name) in first.iter().zip(["alice", "bob", "Zo%C3%AB"]) {
        assert!(identity.starts_with("m1."), "{identity}");
        assert!(
            identity.ends_with(&format!(".c.20833.{name}")),
            "{identity}"
        );
        assert!(key.len() == 64 && key.bytes().all(|byte| byte.is_ascii_hexdigit()));
    }
    assert_eq!(lines(&psk(&arguments)), first);
    // Another server, day or authority: other keys.
    let other = fresh("other.key");
    for (master, date, server) in [
        (master, "2027-01-15", "other"),
        (master, "2027-01-16", "broker"),
        (other.to_str().unwrap(), "2027-01-15", "broker"),
    ] {
        let second = lines(&psk(&[master, date, server, "alice"]));
        assert_ne!(second[0].1, first[0].1);
    }
}

#[test]
fn days_are_counted_from_1970() {
    let master = fresh("days.key");
    let master = master.to_str().unwrap();
    for (date, epoch) in [
        ("1970-01-01", 0),
        ("1970-12-31", 364),
        ("2000-02-29", 11_016),
        ("2024-12-31", 20_088),
        ("2100-03-01", 47_541),
    ] {
        let [(identity, _)] = &lines(&psk(&[master, date, "broker", "alice"]))[..] else {
            panic!("one line");
        };
        assert!(
            identity.ends_with(&format!(".c.{epoch}.alice")),
            "{identity}"
        );
    }
    for date in [
        "",
        "today",
        "2027-02-29",
        "2100-02-29",
        "2027-13-01",
        "2027-00-01",
        "2027-01-32",
        "2027-01-00",
        "1969-12-31",
        "2027-01",
        "2027-01-15-1",
    ] {
        let refused = psk(&[master, date, "broker", "alice"]);
        assert!(
            !refused.status.success() && refused.stdout.is_empty(),
            "{date}"
        );
    }
}

#[test]
fn mistakes_end_badly() {
    let master = fresh("mistakes.key");
    let master = master.to_str().unwrap();
    let long = "x".repeat(200);
    for arguments in [
        &[][..],
        &[master],
        &[master, "2027-01-15", "broker"],
        &[master, "2027-01-15", "broker", ""],
        &[master, "2027-01-15", "broker", &long],
    ] {
        let refused = psk(arguments);
        assert!(
            !refused.status.success() && refused.stdout.is_empty(),
            "{arguments:?}"
        );
    }
    // A file that is something else stays as it is.
    fs::write(master, [1; 33]).unwrap();
    assert!(
        !psk(&[master, "2027-01-15", "broker", "alice"])
            .status
            .success()
    );
    assert_eq!(fs::read(master).unwrap(), [1; 33]);
}
