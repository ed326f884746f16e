//! Runs the example with three processes over a shared folder, one of which is killed in every round.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::process::Command;

#[test]
fn five_deaths_change_nothing() {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let name = format!("council{}", std::env::consts::EXE_SUFFIX);
    let example: PathBuf = [profile, "examples".as_ref(), name.as_ref()]
        .iter()
        .collect();
    assert!(
        example.is_file(),
        "cargo test builds the examples, cargo test --test council does not"
    );
    let output = Command::new(example).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last().unwrap();
    assert_eq!(
        last, "All three have the same domain, 5 deaths later.",
        "{text}"
    );
    for member in 1..=3 {
        assert!(
            text.contains(&format!("member {member}: done: generation 0")),
            "{text}"
        );
    }
}
