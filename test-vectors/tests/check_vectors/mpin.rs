//! Logins of the older M-Pin libraries.

use serde_json::{Map, Value, json};

use crate::tweak::{every_change_is_noticed, file, label, none, shorten};

pub(crate) fn first(path: &str, count: usize) -> Value {
    let mut value = file(path);
    shorten(&mut value, "/cases", count);
    value
}

/// Moves the values of a case to other names.
pub(crate) fn renamed(case: &Value, names: &[(&str, &str)]) -> Value {
    let mut out = Map::new();
    for (to, from) in names {
        out.insert((*to).to_owned(), case.pointer(from).unwrap().clone());
    }
    out.into()
}

/// The result codes of the older libraries.
pub(crate) fn code(accepted: &Value) -> Value {
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
    let number = |path: &str| path.ends_with("/TEST");
    every_change_is_noticed(&value, "", number, number);
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
    let optional = |path: &str| free(path) || path.starts_with("/encoding");
    every_change_is_noticed(&value, "/runs", free, optional);
}

#[test]
fn own_milagro_signature() {
    let value = first("mpin/milagro_signature.json", 2);
    every_change_is_noticed(&value, "/cases", label, none);
}

#[test]
fn own_milagro_runs() {
    let value = first("mpin/milagro_runs.json", 1);
    every_change_is_noticed(&value, "/cases", label, none);
}

/// Names as recorded with Milagro, and where the values stand in a case of ours.
type Names<'a> = [(&'a str, &'a str)];

const AGREEMENT: &Names<'_> = &[
    ("r", "/r"),
    ("R", "/r_a"),
    ("w", "/w"),
    ("W", "/w_b"),
    ("h", "/h"),
    ("key", "/key"),
];

const RUN: &Names<'_> = &[
    ("run", "/id"),
    ("HCID", "/hcid"),
    ("HID_point", "/a"),
    ("pin", "/pin"),
    ("MS1", "/master_shares/0"),
    ("MS2", "/master_shares/1"),
    ("SS1", "/server_shares/0"),
    ("SS2", "/server_shares/1"),
    ("SS", "/server_secret"),
    ("CS1", "/client_shares/0"),
    ("CS2", "/client_shares/1"),
    ("CS", "/client_secret"),
    ("TOKEN", "/token"),
];

const TWO_PASS: &Names<'_> = &[
    ("x", "/login/x"),
    ("U", "/login/u"),
    ("y", "/login/y"),
    ("V", "/login/v"),
    ("wrong_pin", "/wrong_pin/pin"),
    ("V_wrong", "/wrong_pin/v"),
    ("E", "/wrong_pin/e"),
    ("F", "/wrong_pin/f"),
];

const TIME_PERMIT: &Names<'_> = &[
    ("date", "/date"),
    ("TP1", "/shares/0"),
    ("TP2", "/shares/1"),
    ("TP", "/permit"),
    ("HTID", "/base"),
    ("x", "/x"),
    ("U", "/u_a"),
    ("UT", "/u"),
    ("y", "/y"),
    ("V", "/v"),
];

const ONE_PASS: &Names<'_> = &[
    ("t", "/time"),
    ("x", "/x"),
    ("U", "/u"),
    ("y", "/y"),
    ("V", "/v"),
];

const PAIRINGS: &Names<'_> = &[
    ("g1_e_token_Q", "/pairing_token"),
    ("g2_e_A_Q", "/pairing_a"),
    ("e_sA_Q", "/pairing_s_a"),
    ("gt_agreed", "/k"),
];

/// A file of runs laid out as recorded with Milagro.
fn published_runs(own: &Value, kangaroo: impl Fn(&Value) -> Value) -> Value {
    let runs = own["cases"].as_array().unwrap().iter().map(|case| {
        let mut run = renamed(case, RUN);
        let identity = hex::decode(case["identity"].as_str().unwrap()).unwrap();
        run["id"] = String::from_utf8(identity).unwrap().into();
        run["two_pass"] = renamed(case, TWO_PASS);
        run["two_pass"]["result"] = code(&case["login"]["accepted"]);
        run["two_pass"]["kangaroo"] = kangaroo(&case["wrong_pin"]["distance"]);
        let permit = &case["permit_login"];
        run["time_permit"] = renamed(permit, TIME_PERMIT);
        run["time_permit"]["result"] = code(&permit["accepted"]);
        run["time_permit"]["result_next_day"] = code(&permit["accepted_next_day"]);
        let name = "permit_share_equals_client_secret_of_SHA256_be32date_HCID";
        run["time_permit"][name] = true.into();
        run["one_pass"] = renamed(&case["one_pass"], ONE_PASS);
        run["one_pass"]["result"] = code(&case["one_pass"]["accepted"]);
        run["full"] = renamed(&case["full"], PAIRINGS);
        let keys = renamed(&case["full"]["agreement"], AGREEMENT);
        let full = run["full"].as_object_mut().unwrap();
        full.append(&mut keys.as_object().unwrap().clone());
        run["full_time_permit"] = renamed(&case["permit_full"], AGREEMENT);
        run
    });
    let runs: Vec<_> = runs.collect();
    json!({ "source": "", "curve": "BLS12-381", "encoding": {}, "runs": runs })
}

#[test]
fn published_milagro_runs() {
    let own = first("mpin/milagro_runs.json", 1);
    let value = published_runs(&own, Value::clone);
    let free = |path: &str| path.ends_with("/run") || path == "/source";
    let optional = |path: &str| path == "/source" || path == "/encoding";
    every_change_is_noticed(&value, "/runs", free, optional);
}

/// What the old search missed is computed all the same, and said.
#[test]
fn a_missed_distance_is_counted_apart() {
    let own = first("mpin/milagro_runs.json", 2);
    let value = published_runs(&own, |_| 0.into());
    let (_, report) = milagro_test_vectors::check_text(&value.to_string()).unwrap();
    assert!(report.is_good(), "{report}");
    assert!(report.to_string().contains("2 distance(s)"), "{report}");
}
