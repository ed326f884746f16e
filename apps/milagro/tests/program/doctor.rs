//! What an operator gets wrong, found by `doctor`; and a service that is asked how it is.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::Value;

use crate::people::{Council, Registrar};
use crate::process::{Place, bad};

/// What is said of each thing: its state and words.
fn examine(member: &Place, config: &Path) -> (Option<i32>, BTreeMap<String, (String, String)>) {
    let config = config.to_str().expect("UTF-8");
    let output = member.output(["--config", config, "doctor", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = report["checks"].as_array().expect("checks").iter();
    let text = |check: &Value, key: &str| check[key].as_str().expect("text").to_owned();
    let mut said: BTreeMap<String, (String, String)> = BTreeMap::new();
    for check in checks {
        let (state, words) = (text(check, "state"), text(check, "words"));
        let known = said
            .entry(text(check, "what"))
            .or_insert_with(|| (state.clone(), String::new()));
        if state == "bad" {
            known.0 = state;
        }
        known.1 = format!("{} {words}", known.1);
    }
    (output.status.code(), said)
}

/// What is bad, by the beginning of its name.
fn is_bad(said: &BTreeMap<String, (String, String)>, what: &str, words: &str) {
    let found = said.iter().filter(|(name, _)| name.starts_with(what));
    let found: Vec<_> = found.map(|(_, found)| found).collect();
    let matches = found
        .iter()
        .any(|(state, said)| state == "bad" && said.contains(words));
    assert!(matches, "{what}: {words}: {said:?}");
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("a mode");
}

#[test]
fn finds_what_is_wrong() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let (member, peer) = (&council.members[0], &council.members[1]);
    let (running, address) = registrar.serve(peer);
    let config = member.path("milagro.toml");
    let write = |registrars: &str, more: &str| {
        let text = format!("[authority]\nregistrars = [{registrars}]\n{more}");
        fs::write(&config, text).expect("written");
    };
    let own = format!("\"{}\"", registrar.setting());
    write(&own, &format!("peers = [\"{address}\"]\n"));
    mode(&member.data(), 0o700);
    let (code, said) = examine(member, &config);
    assert_eq!(code, Some(1));
    // All is well but that nobody has given a list.
    let wrong: Vec<_> = said
        .iter()
        .filter(|(_, (state, _))| state == "bad")
        .collect();
    assert!(
        wrong.len() == 1 && wrong[0].0.starts_with("permits of"),
        "{wrong:?}"
    );
    assert!(said["clock"].1.contains("not behind"), "{said:?}");
    let other = &said[&format!("authority {address}")];
    assert!(
        other.1.contains("clock agrees") && other.1.contains("it agrees"),
        "{other:?}"
    );

    // Open to others; a certificate that ends soon; nobody there; no registrar; nothing ahead.
    let (certificate, key) = (member.path("cert.pem"), member.path("tls.key"));
    let mut parameters = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).expect("made");
    let today = std::time::SystemTime::now();
    parameters.not_after = (today + std::time::Duration::from_secs(3 * 86_400 + 3_600)).into();
    let pair = rcgen::KeyPair::generate().expect("a key");
    let made = parameters.self_signed(&pair).expect("signed");
    fs::write(&certificate, made.pem()).expect("written");
    fs::write(&key, pair.serialize_pem()).expect("written");
    mode(&key, 0o644);
    mode(&member.data(), 0o755);
    mode(&member.path("key"), 0o660);
    drop(running);
    let board = member.path("no board");
    let more = format!(
        "epochs-ahead = 0\ntls-certificate = {certificate:?}\ntls-key = {key:?}\npeers = [\"{address}\"]\n[ceremony]\nboard = {board:?}\n"
    );
    write("", &more);
    let (code, said) = examine(member, &config);
    assert_eq!(code, Some(1));
    is_bad(&said, "directory", "chmod 700");
    is_bad(&said, "operator's key", "chmod 640");
    is_bad(&said, "key of TLS", "chmod 640");
    is_bad(&said, "certificate", "ends in 3 days");
    is_bad(&said, "registrar of", "none for the domain");
    is_bad(&said, "authority http", "");
    is_bad(&said, "board", "no board");

    // Its own key, another's certificate, an altered audit file, and the share that counts elsewhere.
    mode(&member.path("key"), 0o600);
    let inside = member.data().join("key");
    fs::copy(member.path("key"), &inside).expect("copied");
    fs::write(member.data().join("audit.jsonl"), "{\"n\":1}\n").expect("written");
    let other = rcgen::KeyPair::generate().expect("a key");
    fs::write(&key, other.serialize_pem()).expect("written");
    let more = format!("epochs-ahead = 0\ntls-certificate = {certificate:?}\ntls-key = {key:?}\n");
    let whole = format!("key-file = {inside:?}\n[authority]\nregistrars = [{own}]\n{more}");
    fs::write(&config, whole).expect("written");
    let mut doctor = member.command(["--config", config.to_str().expect("UTF-8"), "doctor"]);
    doctor.env_remove("MILAGRO_KEY_FILE");
    let output = doctor.output().expect("it runs");
    let said = String::from_utf8(output.stdout.clone()).expect("UTF-8");
    assert_eq!(bad(&output).0, 1);
    for words in [
        "whoever copies that has the share",
        "BAD     TLS",
        "BAD     audit file",
        "epochs-ahead is 0",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

#[test]
fn a_directory_in_use_is_left_alone() {
    let council = Council::new();
    let registrar = Registrar::of(&council.found());
    let member = &council.members[0];
    let config = member.path("milagro.toml");
    fs::write(&config, format!("data = {:?}\n", member.data())).expect("written");
    let path = config.to_str().expect("UTF-8");
    let check = || {
        let output = member.output(["--config", path, "config", "check"]);
        (
            output.status.code(),
            String::from_utf8(output.stderr).expect("UTF-8"),
        )
    };
    let (code, words) = check();
    assert_eq!(
        (code, words.contains("store: ledger ")),
        (Some(0), true),
        "{words}"
    );
    {
        let (_running, address) = registrar.serve(member);
        let (code, words) = check();
        assert_eq!(
            (code, words.contains("another process has it open")),
            (Some(0), true),
            "{words}"
        );
        let (_, said) = examine(member, &config);
        assert_eq!(said["store"].0, "unknown");
        // The service itself says how it is.
        let status = member.json(["status", "--json", "--at", &address]);
        assert_eq!(status["ready"], false);
        let domain = &status["domains"][0];
        assert_eq!(
            (&domain["authority"], &domain["generation"]),
            (&1.into(), &0.into())
        );
        assert!(
            status["faults"][0]
                .as_str()
                .expect("words")
                .contains("no revocation list")
        );
    }
    let gone = ["status", "--at", "http://127.0.0.1:1"];
    assert_eq!(bad(&member.output(gone)).0, 8);
    let plain = ["status", "--at", "http://authority.example"];
    assert_eq!(bad(&member.output(plain)).0, 3);
    // An older state, and none.
    let store = member.data().join("store");
    let old = fs::read(&store).expect("a store");
    drop(registrar.serve(member));
    member.json(["status", "--json"]);
    let witness = member.data().join("store.witness");
    fs::remove_file(&witness).expect("removed");
    assert_eq!(check().0, Some(4));
    fs::remove_file(&store).expect("removed");
    assert_eq!(check().0, Some(3));
    drop(old);
}
