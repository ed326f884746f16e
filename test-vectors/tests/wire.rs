//! The project's own vectors are what its libraries make.

#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::fs;
use std::path::Path;

use milagro_test_vectors::{check_text, generate};
use serde_json::Value;

/// How to make them anew: `cargo run -p milagro-test-vectors --example make-vectors -- test-vectors/wire`. Bytes on the
/// wire do not change without a version byte that does.
#[test]
fn the_files_are_what_the_generator_makes() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire");
    let made = generate("").unwrap();
    for (name, value) in &made {
        let text = fs::read_to_string(directory.join(name)).unwrap();
        let written: Value = serde_json::from_str(&text).unwrap();
        assert!(written == *value, "{name} is not what the generator makes");
    }
    let is_json = |path: &Path| path.extension().is_some_and(|end| end == "json");
    let files = fs::read_dir(directory).unwrap();
    let files = files.filter(|entry| is_json(&entry.as_ref().unwrap().path()));
    assert_eq!(files.count(), made.len());
}

/// Other inputs give other bytes, in files that are as good.
#[test]
fn a_salt_changes_the_inputs_alone() {
    let made = generate("salt").unwrap();
    for ((name, salted), (_, own)) in made.iter().zip(generate("").unwrap()) {
        assert!(*salted != own, "{name}");
        let (_, report) = check_text(&salted.to_string()).unwrap();
        assert!(report.is_good(), "{name}: {report}");
    }
}

/// Who is let in: everybody with the right PIN, and nobody else.
#[test]
fn verdicts_are_both_there() {
    let made = generate("").unwrap();
    let (_, logins) = made.iter().find(|(name, _)| *name == "login.json").unwrap();
    for case in logins["cases"].as_array().unwrap() {
        let client = case["in"]["client"].as_object().unwrap();
        let is_right = client["pin"] == client["entered"];
        assert_eq!(case["out"]["accepted"], is_right, "{}", case["comment"]);
    }
}
