//! RFC 9380 and decoding.

use serde_json::{Value, json};

use crate::tweak::{every_change_is_noticed, file, good, label, none, shorten};

fn first(path: &str) -> Value {
    let mut value = file(path);
    // The slow arithmetic of G2 allows for one.
    shorten(
        &mut value,
        "/cases",
        if path.contains("g2") { 1 } else { 2 },
    );
    value
}

#[test]
fn own_hash_to_curve() {
    for path in ["g1_ro", "g1_nu", "g2_ro", "g2_nu"] {
        let value = first(&format!("curve/hash_to_{path}.json"));
        every_change_is_noticed(&value, "/cases", label, none);
    }
}

#[test]
fn own_expand_message() {
    for path in [
        "xmd_sha256",
        "xmd_sha256_long_dst",
        "xmd_sha512",
        "xof_shake256",
    ] {
        let value = first(&format!("curve/expand_{path}.json"));
        every_change_is_noticed(&value, "/cases", label, none);
    }
}

#[test]
fn own_decode() {
    for path in [
        "g1",
        "g2",
        "e1",
        "g1_uncompressed",
        "g2_uncompressed",
        "nonzero_scalar",
    ] {
        let mut value = file(&format!("curve/decode_{path}.json"));
        shorten(&mut value, "/cases", 1);
        // Other bytes may be another point.
        let free = |path: &str| label(path) || path.ends_with("/input");
        every_change_is_noticed(&value, "/cases", free, none);
    }
}

/// A hash-to-curve file laid out as published with RFC 9380.
fn published_hash(own: &Value) -> Value {
    let suite = own["suite"].as_str().unwrap();
    let (g2, random_oracle) = (suite.contains("G2"), suite.contains("_RO_"));
    let p = "0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab";
    let number = |digits: &str, reversed: bool| {
        let half = digits.len() / if g2 { 2 } else { 1 };
        let mut parts = vec![format!("0x{}", &digits[..half])];
        if g2 {
            parts.push(format!("0x{}", &digits[half..]));
        }
        if reversed {
            parts.reverse();
        }
        parts.join(",")
    };
    let point = |value: &Value| {
        let digits = value.as_str().unwrap();
        let (x, y) = digits.split_at(digits.len() / 2);
        json!({ "x": number(x, true), "y": number(y, true) })
    };
    let vectors = own["cases"].as_array().unwrap().iter().map(|case| {
        let u = case["u"].as_array().unwrap();
        let u: Vec<_> = u
            .iter()
            .map(|u| number(u.as_str().unwrap(), false))
            .collect();
        let mut vector = json!({ "P": point(&case["point"]), "msg": case["message"], "u": u });
        if random_oracle {
            vector["Q0"] = point(&case["q"][0]);
            vector["Q1"] = point(&case["q"][1]);
        } else {
            vector["Q"] = point(&case["q"][0]);
        }
        vector
    });
    let z = if g2 {
        format!(
            "{},{}",
            p.replace("aaab", "aaa9"),
            p.replace("aaab", "aaaa")
        )
    } else {
        "0xb".to_owned()
    };
    json!({
        "L": "0x40", "Z": z, "ciphersuite": suite, "dst": own["dst"],
        "curve": if g2 { "BLS12-381 G2" } else { "BLS12-381 G1" },
        "expand": "XMD", "field": { "m": if g2 { "0x2" } else { "0x1" }, "p": p },
        "hash": "sha256", "k": "0x80", "map": { "name": "SSWU" },
        "randomOracle": random_oracle, "vectors": vectors.collect::<Vec<_>>(),
    })
}

#[test]
fn published_hash_to_curve() {
    for path in ["g1_ro", "g1_nu", "g2_ro", "g2_nu"] {
        let value = published_hash(&first(&format!("curve/hash_to_{path}.json")));
        every_change_is_noticed(&value, "/vectors", none, none);
    }
}

/// An expander file laid out as published with RFC 9380.
fn published_expander(own: &Value) -> Value {
    let tests = own["cases"].as_array().unwrap().iter().map(|case| {
        let length = case["uniform_bytes"].as_str().unwrap().len() / 2;
        json!({
            "DST_prime": case["dst_prime"], "len_in_bytes": format!("{length:#x}"),
            "msg": case["message"], "msg_prime": case["msg_prime"],
            "uniform_bytes": case["uniform_bytes"],
        })
    });
    let k = if own["hash"] == "SHA256" { 128 } else { 256 };
    json!({
        "DST": own["dst"], "hash": own["hash"], "k": k, "name": own["expander"],
        "tests": tests.collect::<Vec<_>>(),
    })
}

#[test]
fn published_expand_message() {
    for path in [
        "xmd_sha256",
        "xmd_sha256_long_dst",
        "xmd_sha512",
        "xof_shake256",
    ] {
        let value = published_expander(&file(&format!("curve/expand_{path}.json")));
        good(&value);
        let mut value = value;
        shorten(&mut value, "/tests", 2);
        every_change_is_noticed(&value, "/tests", none, none);
    }
}
