//! Runs the example that README.md promises, as a user would.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::PathBuf;
use std::process::{Command, Output};

/// The example, which `cargo test` has built beside this test.
fn napkin() -> Command {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let name = format!("napkin{}", std::env::consts::EXE_SUFFIX);
    let example: PathBuf = [profile, "examples".as_ref(), name.as_ref()]
        .iter()
        .collect();
    assert!(
        example.is_file(),
        "cargo test builds the examples, cargo test --test napkin does not"
    );
    Command::new(example)
}

fn lines(bytes: &[u8]) -> Vec<String> {
    let text = core::str::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// Steps are the lines that begin with a dash.
fn steps(output: &Output) -> usize {
    let lines = lines(&output.stdout);
    lines.iter().filter(|line| line.starts_with(" - ")).count()
}

#[test]
fn ends_well_twice() {
    for _ in 0..2 {
        let output = napkin().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(output.stderr.is_empty(), "{output:?}");
        let steps = steps(&output);
        assert!(steps > 15);
        let lines = lines(&output.stdout);
        let [.., before, blank, last] = lines.as_slice() else {
            panic!("too short: {lines:?}");
        };
        assert!(before.starts_with(" - "), "{before}");
        assert_eq!(blank, "");
        assert_eq!(*last, format!("All {steps} steps went as they should."));
    }
}

#[test]
fn ends_badly_when_a_step_does_not_go_as_it_should() {
    let output = napkin().arg("0000").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = lines(&output.stderr);
    assert_eq!(
        lines.last().map(String::as_str),
        Some(
            "this should have happened, and did not: accounts.example sends a challenge, the phone answers \
             it once, and she is in."
        )
    );
}
