//! Every command of the registrar's page, in its order, in one shell, with the authorities of a domain that was founded before.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::guide::script;
use crate::people::Council;
use crate::process::port;

const PAGE: &str = include_str!("../../docs/registrar.md");

#[test]
fn every_command_of_the_page() {
    let council = Council::new();
    let founded = council.found();
    let directory = tempfile::tempdir().expect("a directory");
    for (name, member) in ["ada", "bob", "cyd"].iter().zip(&council.members) {
        symlink(member.directory.path(), directory.path().join(name)).expect("a link");
    }
    let port = port();
    let program = Path::new(env!("CARGO_BIN_EXE_milagro"))
        .parent()
        .expect("a directory");
    let log = directory.path().join("script.log");
    let file = fs::File::create(&log).expect("a log");
    let ended = "trap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n";
    let status = Command::new("timeout")
        .args([
            "--kill-after=5",
            "240",
            "bash",
            "-c",
            &format!("{ended}{}", script(PAGE)),
        ])
        .env_clear()
        .env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()),
        )
        .env("DOMAIN", founded["domain"].as_str().expect("a domain"))
        .env("ADMIN_PORT", port.to_string())
        .current_dir(directory.path())
        .stdin(Stdio::null())
        .stdout(file.try_clone().expect("a log"))
        .stderr(file)
        .status();
    let said = fs::read_to_string(&log).expect("a log");
    let words = fs::read_to_string(directory.path().join("reg/log")).unwrap_or_default();
    assert!(status.expect("bash runs").success(), "{said}\n{words}");
    let about = fs::read_to_string(directory.path().join("reg/about.json")).expect("a file");
    assert!(about.contains("\"application\":\"shop\""), "{about}");
}
