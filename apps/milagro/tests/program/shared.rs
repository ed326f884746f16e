//! A store that replicas share, as it is named: what is refused before anybody is asked, and what is not printed.

use std::fs;

use crate::process::{Place, bad, good};

const SERVER: &str = "postgres://milagro@127.0.0.1:9/milagro?sslmode=disable";

#[test]
fn a_password_is_in_no_address_and_in_no_words() {
    let place = Place::new();
    for address in [
        "postgres://milagro:hunter2@127.0.0.1:9/milagro",
        "postgres://127.0.0.1:9/milagro?user=milagro&password=hunter2",
        "rediss://:hunter2@127.0.0.1:9",
        "hunter2",
    ] {
        for command in [&["status"][..], &["config", "check"], &["doctor"]] {
            let mut asked = place.command(command);
            let output = asked.env("MILAGRO_STORE", address).output();
            let output = output.expect("it runs");
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let (code, words) = bad(&output);
            assert_eq!(code, 3, "{words}");
            assert!(words.contains("store: "), "{words}");
            assert!(!(words + &said).contains("hunter2"));
        }
    }
}

#[test]
fn a_directory_has_one_store() {
    let place = Place::new();
    let with = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        bad(&command.env("MILAGRO_STORE", SERVER).output().expect("runs"))
    };
    let backup = place.path("backup");
    let backup = backup.to_str().expect("UTF-8");
    for arguments in [&["status"][..], &["init"], &["config", "check"]] {
        let (code, words) = with(arguments);
        assert_eq!(
            (code, words.contains("one of its own")),
            (3, true),
            "{words}"
        );
    }
    // Files of a directory are no copy of a database.
    for arguments in [&["backup", "--to", backup][..], &["restore", backup]] {
        if arguments[0] == "restore" {
            good(place.output(["backup", "--to", backup]));
        }
        let (code, words) = with(arguments);
        assert_eq!(
            (code, words.contains("its own tools")),
            (3, true),
            "{words}"
        );
    }
    // And the other way round.
    fs::remove_file(place.data().join("store")).expect("removed");
    assert_eq!(with(&["status"]).0, 3);
    fs::write(place.data().join("witness"), "").expect("written");
    assert_eq!(with(&["status"]).0, 8, "nobody listens there");
    for command in ["status", "init", "backup"] {
        let mut arguments = vec![command];
        if command == "backup" {
            arguments.extend(["--to", "elsewhere"]);
        }
        let (code, words) = bad(&place.output(arguments));
        assert_eq!((code, words.contains("give --store")), (3, true), "{words}");
    }
}
