//! Tokens of Privacy Pass.

use serde_json::{Value, json};

use crate::tweak::{every_change_is_noticed, file, good, label, none, shorten};
use milagro_test_vectors::check_text;

const FILES: [&str; 3] = [
    "privacypass/rfc9578.json",
    "privacypass/amortized_p384.json",
    "privacypass/amortized_ristretto255.json",
];

/// The first case of a file, as its source writes it.
fn published(own: &Value, single: bool) -> Value {
    let case = &own["cases"][0];
    let mut out = json!({
        "skS": case["secret_key"], "pkS": case["public_key"],
        "token_challenge": case["token_challenge"],
        "token_request": case["token_request"], "token_response": case["token_response"],
    });
    let lists = [
        ("nonce", "nonces"),
        ("blind", "blinds"),
        ("token", "tokens"),
    ];
    for (one, list) in lists {
        if single {
            out[one] = case[list][0].clone();
        } else {
            out[list] = case[list].clone();
        }
    }
    out
}

#[test]
fn own() {
    for path in [FILES[0], FILES[2]] {
        let mut value = file(path);
        shorten(&mut value, "/cases", 1);
        every_change_is_noticed(&value, "/cases", label, none);
    }
}

#[test]
fn published_batches() {
    let value = json!([published(&file(FILES[1]), false)]);
    every_change_is_noticed(&value, "", none, none);
    good(&json!([published(&file(FILES[2]), false)]));
}

#[test]
fn published_protocols() {
    let title = "Issuance Protocol 1 - VOPRF(P-384, SHA-384)";
    let value = json!({ title: [published(&file(FILES[0]), true)] });
    every_change_is_noticed(&value, &format!("/{title}"), none, none);
}

/// What is no VOPRF is left out, by name; a file of nothing else has no case that ran.
#[test]
fn other_protocols_are_left_out() {
    let one = "Issuance Protocol 1 - VOPRF(P-384, SHA-384)";
    let other = "Issuance Protocol 2 - Blind RSA, 2048";
    let value = json!({ one: [published(&file(FILES[0]), true)], other: [{ "skS": "" }, {}] });
    good(&value);
    let (_, report) = check_text(&value.to_string()).unwrap();
    assert_eq!(report.counts(), (1, 0, 2));
    let text = report.to_string();
    assert!(
        text.contains("token type 0x0002 is no token type"),
        "{text}"
    );
    let (_, alone) = check_text(&json!({ other: [{}] }).to_string()).unwrap();
    assert!(!alone.is_good());
}
