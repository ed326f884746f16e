//! The program itself: what it prints and how it ends.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value, json};

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
fn explains_itself() {
    for arguments in [
        &["--help"][..],
        &["-h"],
        &["curve/decode_g1.json", "--help"],
    ] {
        let output = run(arguments);
        assert!(output.status.success(), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.starts_with("usage: check-vectors"), "{text}");
        for format in milagro_test_vectors::FORMATS {
            assert!(text.contains(format.about), "{}", format.name);
        }
    }
    for arguments in [
        &["--hepl", "curve/decode_g1.json"][..],
        &["-v"],
        &["--"],
        &[],
    ] {
        let output = run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(text.contains("--help explains"), "{text}");
    }
    let output = run(&["--", "--help"]);
    assert!(!output.status.success(), "a file of this name");
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .starts_with("--help: FAILED")
    );
    assert!(run(&["--", "curve/decode_g1.json"]).status.success());
}

/// The program is content with the file, and says in one line what it left out.
fn is_skipped(name: &str, value: &Value, reason: &str) {
    let name = format!("foreign-{name}.json");
    let (text, good) = on(&name, value.to_string().as_bytes());
    assert!(good, "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains(": 0 run, 0 passed, 0 failed, "), "{text}");
    assert!(text.contains(reason), "{text}");
}

#[test]
fn files_on_other_curves_are_skipped_in_one_line() {
    let two = [json!({}), json!({})];
    for (name, value, reason) in [
        (
            "suite",
            json!({"ciphersuite": "curve25519_XMD:SHA-512_ELL2_RO_", "vectors": two}),
            "skipped 2: curve25519_XMD:SHA-512_ELL2_RO_ is no suite",
        ),
        (
            "nu",
            json!({"ciphersuite": "P256_XMD:SHA-256_SSWU_NU_", "vectors": two}),
            "P256_XMD:SHA-256_SSWU_NU_ is no suite",
        ),
        (
            "own",
            json!({"format": "hash-to-curve", "suite": "x\ny", "cases": two}),
            "x\\ny is no suite",
        ),
        (
            "expander",
            json!({"DST": "", "hash": "SHAKE128", "k": 128, "name": "expand_message_xof", "tests": two}),
            "skipped 2: expand_message_xof with SHAKE128 is no expander",
        ),
        (
            "runs",
            json!({"curve": "BN254", "runs": [{"HCID": ""}]}),
            "BN254 is no curve",
        ),
        (
            "core",
            json!({"curve": "BN254", "dst": "", "runs": [{}]}),
            "BN254 is no curve",
        ),
        (
            "p2p",
            json!({"curve": "BN254", "dvs": [{}], "wcc_chow_choo": [{}]}),
            "skipped 2: BN254 is no curve",
        ),
    ] {
        is_skipped(name, &value, reason);
    }
}

#[test]
fn cases_on_other_curves_are_skipped_in_one_line() {
    let login = json!({"CURVE": "bls383", "MPINId": "01"});
    let acs = json!({"source": "", "rng": "", "voprf": [{"curve": "p256"}], "kdf": []});
    let group = json!({
        "groupDST": "00", "hash": "SHAKE_256", "identifier": "decaf448-SHAKE256", "keyInfo": "00",
        "mode": 0, "seed": "00", "skSm": "00", "vectors": [{}],
    });
    is_skipped(
        "login",
        &json!([login, login]),
        "skipped 2: bls383 is no curve",
    );
    is_skipped("acs", &acs, "p256 is no curve");
    is_skipped("group", &json!([group]), "decaf448-SHAKE256 is no suite");
}

#[test]
fn a_case_of_another_curve_does_not_hide_one_that_fails() {
    let ours = json!({"CURVE": "bls381", "MPINId": "01"});
    let value = json!([{"CURVE": "bls383", "MPINId": "01"}, ours]);
    let (text, good) = on("foreign-and-ours.json", value.to_string().as_bytes());
    assert!(!good, "{text}");
    assert!(
        text.contains("1 run, 0 passed, 1 failed, 1 skipped"),
        "{text}"
    );
    assert!(
        text.contains("FAILED case 2:\n    case: missing field `MS1`"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    let file = file("curve/hash_to_g1_ro.json");
    let changed = |pointer: &str, value: Value| {
        let mut file = file.clone();
        *file.pointer_mut(pointer).unwrap() = value;
        file.to_string()
    };
    for (content, fault) in [
        (
            changed("/cases/2/message", 1.into()),
            "FAILED case 3 (id 3):\n    message: invalid type: integer `1`",
        ),
        (
            changed("/cases/2/u/1", "0x".into()),
            "    u[1]: Invalid character 'x'",
        ),
        (changed("/cases/2/q", json!({})), "    q: invalid type: map"),
        (
            changed("/cases/2", Value::Null),
            "FAILED case 3:\n    case: invalid type: null",
        ),
        (
            changed("/dst", Value::Null),
            ": FAILED: dst: invalid type: null",
        ),
        (
            changed("/cases", 1.into()),
            ": FAILED: cases: invalid type: integer `1`",
        ),
        (
            file.to_string().replace("\"message\"", "\"id\""),
            "no JSON: cases[0]",
        ),
        (
            "{\"a\": [{\"b\": 1,}]}".to_owned(),
            "no JSON: a[0].?: trailing comma at line 1",
        ),
    ] {
        let (text, good) = on("unreadable.json", content.as_bytes());
        assert!(!good, "{text}");
        assert!(text.contains(fault), "{fault}: {text}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let content = file("curve/decode_scalar.json").to_string();
    let marked = format!("\u{feff}{content}");
    let (text, good) = on("marked.json", marked.as_bytes());
    assert!(good, "{text}");
    let (text, good) = on("marked-twice.json", format!("\u{feff}{marked}").as_bytes());
    assert!(!good, "{text}");
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
