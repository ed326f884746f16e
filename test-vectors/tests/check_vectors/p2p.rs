//! Signatures and key agreements of Apache Milagro.

use serde_json::{Value, json};

use crate::mpin::{code, first, renamed};
use crate::tweak::{every_change_is_noticed, label, none};

#[test]
fn own_chow_choo() {
    let value = first("tls/chow_choo.json", 2);
    every_change_is_noticed(&value, "/cases", label, none);
}

/// Bytes as the text that they are.
fn text(hexadecimal: &Value) -> Value {
    let bytes = hex::decode(hexadecimal.as_str().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap().into()
}

/// A run of signatures laid out as recorded with Milagro.
fn signature(case: &Value) -> Value {
    let names = [
        ("run", "/id"),
        ("pin", "/pin"),
        ("t", "/signature/time"),
        ("z", "/device_key"),
        ("Pa", "/device_public_key"),
        ("ID_and_Pa", "/identity_and_key"),
        ("HCID", "/hcid"),
        ("MS1", "/master_shares/0"),
        ("MS2", "/master_shares/1"),
        ("SS", "/server_secret"),
        ("CS", "/client_secret"),
        ("zCS", "/device_secret"),
        ("TOKEN", "/token"),
        ("HM", "/signature/hm"),
        ("x", "/signature/x"),
        ("U", "/signature/u"),
        ("y", "/signature/y"),
        ("V", "/signature/v"),
        ("HID", "/a"),
        ("x2", "/login/x"),
        ("U2", "/login/u"),
        ("y2", "/login/y"),
        ("V2", "/login/v"),
    ];
    let mut run = renamed(case, &names);
    run["id"] = text(&case["identity"]);
    run["message"] = text(&case["signature"]["message"]);
    run["err"] = 0.into();
    run["result"] = code(&case["signature"]["accepted"]);
    run["result_without_pubkey"] = code(&case["signature"]["accepted_without_key"]);
    run["result_two_pass"] = code(&case["login"]["accepted"]);
    run["result_wrong_time"] = (-19).into();
    run
}

/// A run of key agreement laid out as recorded with Milagro.
fn agreement(case: &Value) -> Value {
    let names = [
        ("run", "/id"),
        ("MS1", "/master_shares/0"),
        ("MS2", "/master_shares/1"),
        ("H2_IdB", "/responder_point"),
        ("AKeyG1", "/initiator_key"),
        ("BKeyG2", "/responder_key"),
        ("x", "/x"),
        ("PaG1", "/pa"),
        ("w", "/w"),
        ("PgG1", "/pg"),
        ("y", "/y"),
        ("PbG2", "/pb"),
        ("pia", "/pi_a"),
        ("pib", "/pi_b"),
        ("key", "/key"),
    ];
    let mut run = renamed(case, &names);
    run["IdA"] = text(&case["initiator"]);
    run["IdB"] = text(&case["responder"]);
    run["err"] = 0.into();
    run["keys_equal"] = 1.into();
    run
}

/// A file as recorded, with so many runs of each kind.
fn published(signatures: usize, agreements: usize) -> Value {
    let runs = |path, count, lay_out: fn(&Value) -> Value| -> Vec<Value> {
        let own = first(path, count);
        own["cases"]
            .as_array()
            .unwrap()
            .iter()
            .map(lay_out)
            .collect()
    };
    json!({
        "source": "", "curve": "BLS12-381",
        "dvs": runs("mpin/milagro_signature.json", signatures, signature),
        "wcc_chow_choo": runs("tls/chow_choo.json", agreements, agreement),
    })
}

/// Names for people, and the one verdict that cannot be computed again.
fn free(path: &str) -> bool {
    ["/run", "/source", "/result_wrong_time"]
        .iter()
        .any(|end| path.ends_with(end))
}

#[test]
fn published_signatures() {
    every_change_is_noticed(&published(2, 0), "/dvs", free, none);
}

#[test]
fn published_agreements() {
    every_change_is_noticed(&published(0, 2), "/wcc_chow_choo", free, none);
}

#[test]
fn what_is_not_checked_is_said_by_name() {
    let check = |value: Value| milagro_test_vectors::check_text(&value.to_string()).unwrap();
    let (name, report) = check(published(2, 1));
    assert_eq!((name, report.counts()), ("milagro-crypto-c-p2p", (3, 0, 0)));
    let said = report.to_string();
    assert!(said.contains("result_wrong_time of 2 run(s)"), "{said}");
    let (_, report) = check(published(0, 1));
    assert!(!report.to_string().contains("not checked"), "{report}");
}
