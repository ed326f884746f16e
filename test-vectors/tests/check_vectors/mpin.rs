//! Logins of the older M-Pin libraries.

use serde_json::{Map, Value, json};

use crate::tweak::{every_change_is_noticed, file, label, none, shorten};

fn first(path: &str, count: usize) -> Value {
    let mut value = file(path);
    shorten(&mut value, "/cases", count);
    value
}

/// Moves the values of a case to other names.
fn renamed(case: &Value, names: &[(&str, &str)]) -> Value {
    let mut out = Map::new();
    for (to, from) in names {
        out.insert((*to).to_owned(), case.pointer(from).unwrap().clone());
    }
    out.into()
}

/// The result codes of the older libraries.
fn code(accepted: &Value) -> Value {
    if accepted == true { 0 } else { -19 }.into()
}

#[test]
fn own_milagro_login() {
    let value = first("mpin/milagro_login.json", 2);
    every_change_is_noticed(&value, "/cases", label, none);
}

#[test]
fn published_milagro_login() {
    let own = first("mpin/milagro_login.json", 2);
    let names = [
        ("TEST", "/id"),
        ("MPINId", "/identity"),
        ("MS1", "/master_shares/0"),
        ("MS2", "/master_shares/1"),
        ("PIN1", "/pin"),
        ("PIN2", "/typed_pin"),
        ("SS1", "/server_shares/0"),
        ("SS2", "/server_shares/1"),
        ("SS", "/server_secret"),
        ("CS1", "/client_shares/0"),
        ("CS2", "/client_shares/1"),
        ("CS", "/client_secret"),
        ("TOKEN", "/token"),
        ("X", "/x"),
        ("U", "/u"),
        ("Y", "/y"),
        ("V", "/v"),
    ];
    let cases = own["cases"].as_array().unwrap().iter().map(|case| {
        let mut out = renamed(case, &names);
        out["CURVE"] = "bls381".into();
        out["AuthResult"] = code(&case["accepted"]);
        out
    });
    let value: Value = cases.collect();
    every_change_is_noticed(&value, "", |path| path.ends_with("/TEST"), none);
}

#[test]
fn own_miracl_core() {
    let value = first("mpin/miracl_core_login.json", 2);
    every_change_is_noticed(&value, "/cases", label, none);
}

#[test]
fn published_miracl_core() {
    let own = first("mpin/miracl_core_login.json", 2);
    let names = [
        ("run", "/id"),
        ("id_hex", "/identity"),
        ("pin", "/pin"),
        ("master_secret", "/master_secret"),
        ("HID", "/a"),
        ("HID_compressed", "/a_compressed"),
        ("client_secret", "/client_secret"),
        ("server_secret", "/server_secret"),
        ("server_secret_compressed", "/server_secret_compressed"),
        ("token", "/token"),
        ("x", "/x"),
        ("U", "/u"),
        ("y", "/y"),
        ("rebuilt_secret", "/client_secret"),
        ("V", "/v"),
        ("wrong_pin", "/wrong_pin"),
        ("V_wrong_pin", "/wrong_v"),
        ("GT_e_A_Q", "/pairing_a"),
        ("GT_e_sA_Q", "/pairing_s_a"),
    ];
    let runs = own["cases"].as_array().unwrap().iter().map(|case| {
        let mut out = renamed(case, &names);
        let identity = hex::decode(case["identity"].as_str().unwrap()).unwrap();
        out["id"] = String::from_utf8(identity).unwrap().into();
        out["seed_sha256_of"] = "not checked".into();
        out["server_result"] = code(&case["accepted"]);
        out["server_result_wrong_pin"] = code(&case["wrong_accepted"]);
        out
    });
    let value = json!({
        "source": "", "curve": "BLS12-381", "dst": own["tag"], "hash_to_curve": "",
        "encoding": { "G1": "" }, "equation": "", "runs": runs.collect::<Vec<_>>(),
    });
    let free = |path: &str| {
        let inside = path.starts_with("/runs");
        let name = path.rsplit('/').next().unwrap();
        let named = [
            "seed_sha256_of",
            "run",
            "source",
            "hash_to_curve",
            "equation",
            "G1",
        ];
        named.contains(&name) && (inside || path.matches('/').count() <= 2)
    };
    every_change_is_noticed(&value, "/runs", free, |path| path == "/encoding/G1");
}
