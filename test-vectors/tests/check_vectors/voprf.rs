//! Oblivious pseudorandom functions, their groups, and attribute keys.

use serde_json::{Value, json};

use crate::tweak::{every_change_is_noticed, file, good, label, none, renamed, shorten};

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

#[test]
fn own_hash_to_nist_curves() {
    for path in ["p256", "p384", "p521"] {
        let mut value = file(&format!("voprf/hash_to_{path}.json"));
        shorten(&mut value, "/cases", 2);
        every_change_is_noticed(&value, "/cases", label, none);
    }
}

#[test]
fn published_hash_to_nist_curves() {
    for (path, curve, p, z, l, k) in [
        (
            "p256",
            "NIST P-256",
            "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
            "fffffff5",
            "0x30",
            "0x80",
        ),
        (
            "p384",
            "NIST P-384",
            "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
            "fffffff3",
            "0x48",
            "0xc0",
        ),
        (
            "p521",
            "NIST P-521",
            &format!("1{}", "ff".repeat(65)),
            "fffffffb",
            "0x62",
            "0x100",
        ),
    ] {
        let mut own = file(&format!("voprf/hash_to_{path}.json"));
        shorten(&mut own, "/cases", 2);
        let number = |digits: &str| format!("0x{digits}");
        let point = |value: &Value| {
            let digits = value.as_str().unwrap();
            let (x, y) = digits.split_at(digits.len() / 2);
            json!({ "x": number(x), "y": number(y) })
        };
        let vectors = list(&own["cases"]).map(|case| {
            let u: Vec<_> = list(&case["u"])
                .map(|u| number(u.as_str().unwrap()))
                .collect();
            json!({
                "P": point(&case["point"]), "Q0": point(&case["q"][0]),
                "Q1": point(&case["q"][1]), "msg": case["message"], "u": u,
            })
        });
        let value = json!({
            "L": l, "Z": number(&[&p[..p.len() - 8], z].concat()), "ciphersuite": own["suite"],
            "curve": curve, "dst": own["dst"], "expand": "XMD",
            "field": { "m": "0x1", "p": number(p) }, "hash": path.replace('p', "sha").replace("521", "512"),
            "k": k, "map": { "name": "SSWU" }, "randomOracle": true,
            "vectors": vectors.collect::<Vec<_>>(),
        });
        every_change_is_noticed(&value, "/vectors", none, none);
    }
}

/// The three lists, each for itself, so that cases have the numbers of their list.
fn only(value: &Value, keep: &str, lists: &[&str]) -> Value {
    let mut value = value.clone();
    for name in lists.iter().filter(|name| **name != keep) {
        value[*name] = json!([]);
    }
    value
}

#[test]
fn own_rfc9496() {
    let value = file("voprf/rfc9496.json");
    let lists = ["multiples", "invalid", "one_way_map"];
    for name in ["multiples", "one_way_map"] {
        let value = only(&value, name, &lists);
        every_change_is_noticed(&value, &format!("/{name}"), label, none);
    }
    encodings_of_elements_are_not_refused(&only(&value, "invalid", &lists), "invalid");
}

#[test]
fn published_rfc9496() {
    let own = file("voprf/rfc9496.json");
    let names = [("label", "/sha512_of"), ("encoding", "/encoding")];
    let value = json!({
        "source": "",
        "small_multiples_of_generator": list(&own["multiples"]).map(|case| case["encoding"].clone()).collect::<Vec<_>>(),
        "bad_encodings": own["invalid"],
        "from_uniform_sha512_of_label": list(&own["one_way_map"]).map(|case| renamed(case, &names)).collect::<Vec<_>>(),
    });
    good(&value);
    let lists = [
        "small_multiples_of_generator",
        "bad_encodings",
        "from_uniform_sha512_of_label",
    ];
    for name in [
        "small_multiples_of_generator",
        "from_uniform_sha512_of_label",
    ] {
        let value = only(&value, name, &lists);
        every_change_is_noticed(&value, &format!("/{name}"), label, none);
    }
    encodings_of_elements_are_not_refused(&only(&value, "bad_encodings", &lists), "bad_encodings");
}

/// Other bytes are mostly no encoding either, so these changes are chosen: too long, too short, of elements.
fn encodings_of_elements_are_not_refused(value: &Value, name: &str) {
    let elements = file("voprf/rfc9496.json");
    let elements = list(&elements["multiples"]).map(|case| case["encoding"].clone());
    let lengths = [json!("00".repeat(31)), json!("00".repeat(33))];
    for other in elements.chain(lengths) {
        for index in 0..value[name].as_array().unwrap().len() {
            let mut changed = value.clone();
            changed[name][index] = other.clone();
            bad_case(&changed, index);
        }
    }
}

fn bad_case(value: &Value, index: usize) {
    let (_, report) = milagro_test_vectors::check_text(&value.to_string()).unwrap();
    for (other, case) in report.cases().iter().enumerate() {
        let failed = matches!(case.verdict, milagro_test_vectors::Verdict::Failed(_));
        assert_eq!(failed, other == index, "{report}");
    }
}

/// The groups of some suites of RFC 9497, each by itself: of the slow ones the last case, a batch if there is one.
fn groups(suites: [&str; 2]) -> impl Iterator<Item = Value> {
    let value = file("voprf/rfc9497.json");
    let mut groups = value["groups"].as_array().unwrap().clone();
    groups.retain(|group| suites.iter().any(|suite| group["suite"] == *suite));
    assert_eq!(groups.len(), 6);
    groups.into_iter().map(move |mut group| {
        if group["suite"] != "ristretto255-SHA512" {
            let cases = group["cases"].as_array_mut().unwrap();
            cases.drain(..cases.len() - 1);
        }
        let mut value = value.clone();
        value["groups"] = json!([group]);
        value
    })
}

#[test]
fn own_rfc9497() {
    for value in groups(["ristretto255-SHA512", "P384-SHA384"]) {
        every_change_is_noticed(&value, "/groups/0/cases", label, none);
    }
}

#[test]
fn published_rfc9497() {
    for own in groups(["ristretto255-SHA512", "P256-SHA256"]) {
        let group = &own["groups"][0];
        let (suite, mode) = (group["suite"].as_str().unwrap(), &group["mode"]);
        let mode = ["oprf", "voprf", "poprf"]
            .iter()
            .position(|name| mode == name);
        let mode = u8::try_from(mode.unwrap()).unwrap();
        let tag = [b"HashToGroup-OPRFV1-", &[mode][..], b"-", suite.as_bytes()].concat();
        let mut out = json!({
            "groupDST": hex::encode(tag), "hash": suite.split_once('-').unwrap().1,
            "identifier": suite, "keyInfo": group["key_info"], "mode": mode,
            "seed": group["seed"], "skSm": group["secret_key"],
            "vectors": list(&group["cases"]).map(vector).collect::<Vec<_>>(),
        });
        if let Some(public) = group.get("public_key") {
            out["pkSm"] = public.clone();
        }
        every_change_is_noticed(&json!([out]), "/0/vectors", none, none);
    }
}

fn vector(case: &Value) -> Value {
    let commas = |name: &str| {
        let parts: Vec<_> = list(&case[name])
            .map(|part| part.as_str().unwrap())
            .collect();
        parts.join(",")
    };
    let mut out = json!({
        "Batch": case["inputs"].as_array().unwrap().len(), "Blind": commas("blinds"),
        "BlindedElement": commas("blinded"), "EvaluationElement": commas("evaluated"),
        "Input": commas("inputs"), "Output": commas("outputs"),
    });
    if let Some(info) = case.get("info") {
        out["Info"] = info.clone();
    }
    if let Some(proof) = case.get("proof") {
        out["Proof"] = json!({ "proof": proof, "r": case["nonce"] });
    }
    out
}

#[test]
fn decaf448_is_skipped_by_name() {
    let group = json!({
        "groupDST": "00", "hash": "SHAKE_256", "identifier": "decaf448-SHAKE256", "keyInfo": "00",
        "mode": 0, "seed": "00", "skSm": "00", "vectors": [{}, {}],
    });
    let (_, report) = milagro_test_vectors::check_text(&json!([group]).to_string()).unwrap();
    assert_eq!(report.counts(), (0, 0, 2));
    assert!(!report.is_good(), "nothing ran");
    assert!(
        report
            .to_string()
            .contains("skipped 2: decaf448-SHAKE256 is no suite"),
        "{report}"
    );
}

/// The generator is told to people; the default derivation draws nothing from its second seed.
fn acs_label(value: &Value, path: &str, second_seed: &str) -> bool {
    let default = path.strip_suffix(second_seed).is_some_and(|case| {
        let case = value.pointer(case).unwrap();
        case["kdf"] == "default"
    });
    label(path) || path.ends_with("/rng") || default
}

const ACS_LISTS: [&str; 2] = ["exchanges", "derivations"];

/// One exchange and one derivation of each kind, each in a file of its own, with the list that it is in.
fn acs() -> impl Iterator<Item = (&'static str, Value)> {
    let value = file("voprf/acs.json");
    let lists = ACS_LISTS.into_iter().zip(["blinding", "kdf"]);
    lists.flat_map(move |(name, kind)| {
        let empty = only(&value, "", &ACS_LISTS);
        let mut seen = Vec::new();
        let cases = value[name].as_array().unwrap().clone();
        cases.into_iter().filter_map(move |case| {
            let kind = (case["curve"].clone(), case[kind].clone());
            let new = !seen.contains(&kind);
            seen.push(kind);
            let mut file = empty.clone();
            file[name] = json!([case]);
            new.then_some((name, file))
        })
    })
}

#[test]
fn own_acs() {
    for (name, value) in acs() {
        let free = |path: &str| acs_label(&value, path, "/seed");
        every_change_is_noticed(&value, &format!("/{name}"), free, none);
    }
}

#[test]
fn published_acs() {
    for (name, own) in acs() {
        let value = recorded(&own);
        let name = if name == "exchanges" { "voprf" } else { "kdf" };
        let free = |path: &str| acs_label(&value, path, "/rng_seed_derive");
        every_change_is_noticed(&value, &format!("/{name}"), free, none);
    }
}

/// A file laid out as recorded with ACS.
fn recorded(own: &Value) -> Value {
    let voprf = [
        ("curve", "/curve"),
        ("rng_seed", "/seed"),
        ("input", "/input"),
        ("sk", "/secret_key"),
        ("pk", "/public_key"),
        ("hash_to_curve", "/hashed"),
        ("blinding_factor", "/blind"),
        ("blinded_element", "/blinded"),
        ("evaluated_element", "/evaluated"),
        ("unblinded_element", "/unblinded"),
        ("final_evaluation", "/output"),
    ];
    let kdf = [
        ("curve", "/curve"),
        ("attributes", "/attributes"),
        ("rng_seed_primary", "/primary_seed"),
        ("rng_seed_derive", "/seed"),
        ("primary_key", "/primary_key"),
        ("primary_public_key", "/primary_public_key"),
        ("sk", "/secret_key"),
        ("pk", "/public_key"),
        ("pk_proof", "/proof"),
    ];
    let exchanges = list(&own["exchanges"]).map(|case| {
        let mut out = renamed(case, &voprf);
        let (c, s) = case["proof"].as_str().unwrap().split_at(64);
        let blinding = if case["blinding"] == "additive" {
            "mul"
        } else {
            "exp"
        };
        out["blinding"] = blinding.into();
        out["proof_c"] = c.into();
        out["proof_s"] = s.into();
        out
    });
    let derivations = list(&own["derivations"]).map(|case| {
        let mut out = renamed(case, &kdf);
        out["kdf"] = case["kdf"].as_str().unwrap().replace('-', "_").into();
        out
    });
    json!({
        "source": "", "rng": "",
        "voprf": exchanges.collect::<Vec<_>>(), "kdf": derivations.collect::<Vec<_>>(),
    })
}
