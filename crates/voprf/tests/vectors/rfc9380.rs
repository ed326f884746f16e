//! RFC 9380, appendix J: hashing to the NIST curves. The wire form is compressed, so y is checked by its parity.

use milagro_voprf::{P256, P384, P521, Suite, hazmat};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "format")]
    _format: String,
    groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    suite: String,
    dst: String,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    message: String,
    x: String,
    y: String,
}

/// Runs a file and counts its cases.
pub(crate) fn run(text: &str) -> Result<usize, String> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    let mut count = 0;
    for group in &file.groups {
        for case in &group.cases {
            let found = match group.suite.as_str() {
                "P256-SHA256" => hash::<P256>(case, &group.dst),
                "P384-SHA384" => hash::<P384>(case, &group.dst),
                "P521-SHA512" => hash::<P521>(case, &group.dst),
                other => Err(format!("unknown suite {other}")),
            }?;
            let y = hex::decode(&case.y).map_err(|e| e.to_string())?;
            let parity = y.last().map_or(0, |byte| byte & 1);
            let expected = format!("{:02x}{}", 2 + parity, case.x);
            if found != expected {
                return Err(format!(
                    "{}, {:?}: {expected} expected, {found} found",
                    group.suite, case.message
                ));
            }
            count += 1;
        }
    }
    Ok(count)
}

fn hash<S: Suite>(case: &Case, dst: &str) -> Result<String, String> {
    let point = hazmat::hash_to_group::<S>(case.message.as_bytes(), dst.as_bytes());
    Ok(hex::encode(point.map_err(|e| e.to_string())?.to_bytes()))
}
