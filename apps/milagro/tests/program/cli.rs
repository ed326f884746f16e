//! The command line, the configuration and the exit codes.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::people::Council;
use crate::process::{Place, bad, good, private, program};

fn text(arguments: &[&str]) -> String {
    let output = program().args(arguments).output().expect("it runs");
    String::from_utf8(good(output)).expect("UTF-8")
}

#[test]
fn exit_codes() {
    let code = |command: &mut Command| bad(&command.output().expect("it runs"));
    assert_eq!(code(&mut program()).0, 2);
    assert_eq!(code(program().arg("--no-such-flag")).0, 2);
    assert_eq!(code(program().arg("init")).0, 3);
    let place = Place::new();
    // Never over what is there.
    let (number, words) = code(&mut place.command(["init"]));
    assert_eq!(
        (number, words.contains("init overwrites none")),
        (3, true),
        "{words}"
    );
    assert_eq!(code(&mut place.command(["authority"])).0, 3);
    assert_eq!(
        code(&mut place.command(["ceremony", "run", "/no/such/plan"])).0,
        3
    );
    let help = text(&["--help"]);
    for code in [
        "1 something",
        "2 wrong",
        "3 wrong",
        "4 an older",
        "5 another",
        "6 a ceremony",
        "7 the time",
        "8 another",
    ] {
        assert!(help.contains(code), "{help}");
    }
}

#[test]
fn keys_come_from_files_or_standard_input() {
    let place = Place::new();
    let key = fs::read_to_string(place.path("key")).expect("a key");
    let mut command = place.command(["--key-file", "-", "status", "--json"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(key.as_bytes())
        .expect("written");
    let status: Value =
        serde_json::from_slice(&good(child.wait_with_output().expect("an end"))).expect("JSON");
    assert_eq!(status["domains"], Value::Array(Vec::new()));
    // A key that everybody can read, one that is none, and a wrong one.
    let path = place.path("key");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("a mode");
    let (code, words) = bad(&place.output(["status"]));
    assert_eq!(
        (code, words.contains("everybody can read it")),
        (3, true),
        "{words}"
    );
    private(&path);
    for wrong in ["", "AAAA", &key[1..], &format!("{key}A")] {
        fs::write(&path, wrong).expect("written");
        assert_eq!(bad(&place.output(["ceremony", "key"])).0, 3, "{wrong}");
    }
    fs::write(&path, "A".repeat(43)).expect("written");
    let (code, words) = bad(&place.output(["ceremony", "key"]));
    assert_eq!(
        (code, words.contains("another operator's key")),
        (3, true),
        "{words}"
    );
    // An id in base64url may begin with a hyphen, and is no flag: what is missing is the share.
    fs::write(place.path("key"), &key).expect("written");
    let id = format!("-{}", "A".repeat(42));
    let (code, words) = bad(&place.output([
        "ceremony",
        "refresh",
        "--domain",
        &id,
        "--member",
        place.member(),
    ]));
    assert_eq!(
        (code, words.contains("no share of this domain")),
        (3, true),
        "{words}"
    );
    let registrar = format!("{id}={}", place.member());
    let (code, words) = bad(&place.output(["authority", "--registrars", &registrar]));
    assert_eq!(
        (code, words.contains("hold a ceremony first")),
        (3, true),
        "{words}"
    );
    // No secret is an argument: no flag takes one.
    for flag in ["--key", "--passphrase", "--password"] {
        assert_eq!(bad(&place.output([flag, "x", "status"])).0, 2);
    }
}

#[test]
fn every_key_is_a_flag_a_variable_and_a_line() {
    let place = Place::new();
    let file = place.path("milagro.toml");
    let sections = [
        (
            "authority",
            [("listen", "127.0.0.1:1"), ("epoch-seconds", "3600")].as_slice(),
        ),
        ("board", &[("listen", "127.0.0.1:2"), ("messages", "7")]),
        ("ceremony", &[("board", "somewhere"), ("wait-seconds", "9")]),
        ("tokens", &[("listen", "127.0.0.1:4"), ("audience", "us")]),
        // It has keys that must be there together.
        ("registrar", &[]),
        ("registry", &[("registrar", "somewhere"), ("roots", "file")]),
        (
            "login",
            &[("listen", "127.0.0.1:3"), ("session-hours", "7")],
        ),
    ];
    let mut lines = "log = \"warn\"\n".to_owned();
    for (section, keys) in sections {
        lines = format!("{lines}[{section}]\n");
        for (key, value) in keys {
            let quoted = if value.parse::<u64>().is_ok() {
                (*value).to_owned()
            } else {
                format!("\"{value}\"")
            };
            lines = format!("{lines}{key} = {quoted}\n");
        }
    }
    fs::write(&file, &lines).expect("written");
    let path = file.to_str().expect("UTF-8");
    let check = |variables: &[(&str, &str)]| {
        let mut command = program();
        command.envs(variables.iter().copied());
        String::from_utf8(good(
            command
                .args(["--config", path, "config", "check"])
                .output()
                .expect("it runs"),
        ))
        .expect("UTF-8")
    };
    assert_eq!(check(&[]).replace("\n\n", "\n"), lines);
    for (section, keys) in sections {
        for (key, _) in keys {
            let variable = format!("MILAGRO_{}_{}", section, key.replace('-', "_")).to_uppercase();
            let value = if *key == "listen" {
                "127.0.0.1:9"
            } else {
                "77"
            };
            let checked = check(&[(&variable, value)]);
            assert!(checked.contains(value), "{variable}: {checked}");
            let command = match section {
                "ceremony" => vec!["ceremony", "run"],
                "tokens" => vec!["tokens", "serve"],
                _ => vec![section],
            };
            let help = text(&[command.as_slice(), &["--help"]].concat());
            assert!(
                help.contains(&format!("--{key} ")) && help.contains(&variable),
                "{help}"
            );
        }
    }
    for wrong in [
        "logg = \"x\"",
        "[authority]\nlisten = \"a\"",
        "[board]\nx = 1",
        "[authority]\nregistrars = [\"x\"]",
        "[authority]\nepoch-seconds = 0",
        "[authority]\nrequest-seconds = 0",
    ] {
        fs::write(&file, wrong).expect("written");
        let output = program()
            .args(["--config", path, "config", "check"])
            .output();
        assert_eq!(bad(&output.expect("it runs")).0, 3, "{wrong}");
    }
}

#[test]
fn papers() {
    assert!(text(&["completions", "bash"]).contains("_milagro"));
    let directory = tempfile::tempdir().expect("a directory");
    text(&["man", directory.path().to_str().expect("UTF-8")]);
    let pages: BTreeSet<_> = fs::read_dir(directory.path())
        .expect("a directory")
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .into_string()
                .expect("UTF-8")
        })
        .collect();
    for page in ["milagro.1", "milagro-authority.1", "milagro-ceremony-run.1"] {
        assert!(pages.contains(page), "{pages:?}");
    }
}

#[test]
fn plans_that_are_wrong() {
    let council = Council::new();
    let member = &council.members[0];
    let plan = fs::read_to_string(&council.plan).expect("a plan");
    let path = council.plan.to_str().expect("UTF-8");
    let digest =
        String::from_utf8(good(member.output(["ceremony", "digest", path]))).expect("UTF-8");
    // One letter of the name is another plan.
    fs::write(&council.plan, plan.replace("example", "exemple")).expect("written");
    let other =
        String::from_utf8(good(member.output(["ceremony", "digest", path]))).expect("UTF-8");
    assert_ne!(digest, other);
    for wrong in [
        plan.replace("needed = 2", "needed = 4"),
        plan.replace("needed = 2", "needed = 0"),
        plan.replace(member.member(), council.members[1].member()),
        plan.replace("protocol", "protocoll"),
        plan.replace("mpin", "voprf"),
        format!("{plan}refresh = \"AA\"\n"),
        String::new(),
        "x".repeat(1 << 17),
    ] {
        fs::write(&council.plan, &wrong).expect("written");
        assert_eq!(
            bad(&member.output(["ceremony", "digest", path])).0,
            3,
            "{wrong}"
        );
    }
    // The number of a session is good for one plan: the second is not joined.
    let board = tempfile::tempdir().expect("a directory");
    let run = [
        "ceremony",
        "run",
        path,
        "--wait-seconds",
        "0",
        "--board",
        board.path().to_str().expect("UTF-8"),
    ];
    fs::write(&council.plan, &plan).expect("written");
    assert_eq!(bad(&member.output(run)).0, 7);
    fs::write(&council.plan, plan.replace("example", "exemple")).expect("written");
    let (code, words) = bad(&member.output(run));
    assert_eq!((code, words.contains("another plan")), (6, true), "{words}");
    // Somebody who is no member has no seat.
    fs::write(&council.plan, &plan).expect("written");
    let (code, words) = bad(&Place::new().output(run));
    assert_eq!((code, words.contains("no seat")), (3, true), "{words}");
}
