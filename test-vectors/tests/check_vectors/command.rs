//! The program itself: what it prints and how it ends.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::tweak::file;

fn run(files: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_check-vectors"))
        .args(files)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap()
}

/// Runs the program on a file with this content; what it printed, and whether it was satisfied.
fn on(name: &str, content: &[u8]) -> (String, bool) {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    let output = run(&[path.to_str().unwrap()]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    (text, output.status.success())
}

#[test]
fn a_good_file_is_one_line() {
    let output = run(&["curve/hash_to_g1_ro.json", "curve/decode_scalar.json"]);
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(
        lines[0].contains("5 run, 5 passed, 0 failed, 0 skipped"),
        "{text}"
    );
    assert!(
        lines[1].contains("10 run, 10 passed, 0 failed, 0 skipped"),
        "{text}"
    );
}

#[test]
fn a_failing_case_is_named_with_its_field() {
    let mut value = file("curve/hash_to_g1_ro.json");
    let point = value["cases"][3]["point"]
        .as_str()
        .unwrap()
        .replace('0', "1");
    value["cases"][3]["point"] = point.into();
    let (text, good) = on("failing.json", value.to_string().as_bytes());
    assert!(!good);
    assert!(text.contains("5 run, 4 passed, 1 failed"), "{text}");
    assert!(
        text.contains("FAILED case 4 (id 4):\n    P: computed "),
        "{text}"
    );
}

#[test]
fn one_bad_file_among_good_ones_is_enough() {
    let output = run(&["curve/decode_g1.json", "README.md", "curve/decode_g2.json"]);
    assert!(!output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 3);
    assert!(!run(&["no such file"]).status.success());
    assert!(!run(&[env!("CARGO_MANIFEST_DIR")]).status.success());
    let output = run(&[]);
    assert!(!output.status.success());
    assert!(String::from_utf8(output.stderr).unwrap().contains("usage"));
}

#[test]
fn odd_files_are_refused_without_a_panic() {
    let deep = "[".repeat(1_000_000);
    let wide = format!("[{}0]", "0,".repeat(1_000_000));
    let long = format!(
        r#"{{"format":"decode","source":"","element":"scalar","cases":[{{"id":1,"comment":"","input":"{}","verdict":"ok"}}]}}"#,
        "00".repeat(4_000_000)
    );
    for (index, content) in [
        "",
        " ",
        "{}",
        "[]",
        "null",
        "1",
        "1e999",
        "\"text\"",
        "{\"format\":1}",
        "{\"format\":\"decode\"}",
        "{\"format\":\"unknown\",\"cases\":[]}",
        r#"{"format":"decode","source":"","element":"scalar","cases":[]}"#,
        r#"{"format":"decode","source":"","element":"scalar","cases":[],"cases":[1]}"#,
        r#"{"format":"decode","source":"","element":"scalar","cases":[null,{},[]]}"#,
        r#"{"format":"decode","source":"","element":"scalar","cases":{}}"#,
        r#"{"format":"decode","source":"","element":"tensor","cases":[{}]}"#,
        r#"{"format":"expand-message","source":"","expander":"","hash":"","dst":"","cases":[]}"#,
        r#"{"ciphersuite":"BLS12381G1_XMD:SHA-256_SSWU_RO_","vectors":[]}"#,
        r#"{"DST":"","tests":[]}"#,
        "{\"cases\":[}",
        &deep,
        &wide,
        &long,
    ]
    .into_iter()
    .enumerate()
    {
        let (text, good) = on(&format!("odd{index}.json"), content.as_bytes());
        assert!(!good, "{index}: {text}");
        assert!(text.contains("FAILED"), "{index}: {text}");
    }
    let (text, good) = on("binary.json", &[0xff, 0xfe, 0, 1]);
    assert!(!good, "{text}");
}
