//! Anonymous rate-limited credentials.

use serde_json::{Value, json};

use crate::tweak::{every_change_is_noticed, file, label, none, renamed};

#[test]
fn own_arc() {
    let value = file("voprf/arc.json");
    every_change_is_noticed(&value, "/cases", label, none);
}

#[test]
fn published_arc() {
    let own = file("voprf/arc.json");
    let value = json!({ "ARCV1-P256": printed(&own["cases"][0]) });
    every_change_is_noticed(&value, "/no list", none, none);

    let mut foreign = value.clone();
    foreign["ARCV1-Ristretto255"] = json!({});
    let (_, report) = milagro_test_vectors::check_text(&foreign.to_string()).unwrap();
    assert_eq!(report.counts(), (1, 0, 1));
    let named = "ARCV1-Ristretto255 is no suite";
    assert!(report.to_string().contains(named), "{report}");
}

/// A run as the draft's own program prints it.
fn printed(case: &Value) -> Value {
    let mut request = renamed(
        &case["request"],
        &[
            ("m1", "/m1"),
            ("m2", "/m2"),
            ("r1", "/r1"),
            ("r2", "/r2"),
            ("m1_enc", "/m1_enc"),
            ("m2_enc", "/m2_enc"),
            ("proof", "/proof"),
        ],
    );
    request["request_context"] = case["request_context"].clone();
    let presentations = case["presentations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|shown| {
            let mut out = renamed(
                shown,
                &[
                    ("a", "/a"),
                    ("r", "/r"),
                    ("z", "/z"),
                    ("nonce_blinding", "/nonce_blinding"),
                    ("U", "/u"),
                    ("U_prime_commit", "/u_prime_commit"),
                    ("m1_commit", "/m1_commit"),
                    ("tag", "/tag"),
                    ("nonce_commit", "/nonce_commit"),
                    ("D_0", "/bits/0"),
                    ("proof", "/proof"),
                ],
            );
            out["nonce"] = format!("{:#x}", shown["nonce"].as_u64().unwrap()).into();
            out["presentation_context"] = case["presentation_context"].clone();
            out
        });
    let presentations: Vec<_> = presentations.collect();
    json!({
        "ServerKey": renamed(&case["key"], &[
            ("x0", "/x0"), ("x1", "/x1"), ("x2", "/x2"), ("xb", "/x0_blinding"),
            ("X0", "/public_x0"), ("X1", "/public_x1"), ("X2", "/public_x2"),
        ]),
        "CredentialRequest": request,
        "CredentialResponse": renamed(&case["response"], &[
            ("b", "/b"), ("U", "/u"), ("enc_U_prime", "/enc_u_prime"), ("X0_aux", "/x0_aux"),
            ("X1_aux", "/x1_aux"), ("X2_aux", "/x2_aux"), ("H_aux", "/h_aux"), ("proof", "/proof"),
        ]),
        "Credential": renamed(&case["credential"], &[
            ("m1", "/m1"), ("U", "/u"), ("U_prime", "/u_prime"), ("X1", "/x1"),
        ]),
        "Presentation1": presentations[0],
        "Presentation2": presentations[1],
    })
}
