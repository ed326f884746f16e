//! The two layouts.

use serde::Deserialize;
use serde_json::Value;

use super::{Case, Key, Protocol, check};
use crate::Report;
use crate::formats::{FileError, Format, each_of, header, names, no};
use crate::hexadecimal::{Hex, HexList};

pub(crate) const OWN: Format = Format {
    name: "rfc9497",
    about: "RFC 9497, OPRF, VOPRF and POPRF (layout of this project)",
    recognise: |value| names(value, "rfc9497"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "rfc9497-groups",
    about: "RFC 9497, the same as published with the RFC",
    recognise: |value| value.pointer("/0/groupDST").is_some(),
    check: published,
};

/// Suites with the names that files have for their hash functions.
const HASHES: [(&str, &str); 4] = [
    ("ristretto255-SHA512", "SHA512"),
    ("P256-SHA256", "SHA256"),
    ("P384-SHA384", "SHA384"),
    ("P521-SHA512", "SHA512"),
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    groups: Vec<OwnGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnGroup {
    suite: String,
    mode: String,
    seed: Hex,
    key_info: Hex,
    secret_key: Hex,
    public_key: Option<Hex>,
    cases: Vec<Value>,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let file: Own = header(value)?;
    let mut report = Report::default();
    for group in file.groups {
        let mode = match group.mode.as_str() {
            "oprf" => Protocol::Oprf,
            "voprf" => Protocol::Voprf,
            "poprf" => Protocol::Poprf,
            other => return Err(FileError::new(format!("no mode: {other}"))),
        };
        let title = format!("{}, {}", group.suite, group.mode);
        filled(&title, &group.cases)?;
        let key = Key {
            suite: group.suite,
            mode,
            seed: group.seed,
            info: group.key_info,
            secret: group.secret_key,
            public: group.public_key,
        };
        each_of(&mut report, &title, &group.cases, |case: &Case, checks| {
            check(&key, case, checks)
        });
    }
    Ok(report)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    #[serde(rename = "groupDST")]
    tag: Hex,
    hash: String,
    identifier: String,
    #[serde(rename = "keyInfo")]
    key_info: Hex,
    mode: u8,
    #[serde(rename = "pkSm")]
    public_key: Option<Hex>,
    seed: Hex,
    #[serde(rename = "skSm")]
    secret_key: Hex,
    vectors: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    #[serde(rename = "Batch")]
    batch: usize,
    #[serde(rename = "Blind")]
    blinds: HexList,
    #[serde(rename = "BlindedElement")]
    blinded: HexList,
    #[serde(rename = "EvaluationElement")]
    evaluated: HexList,
    #[serde(rename = "Info")]
    info: Option<Hex>,
    #[serde(rename = "Input")]
    inputs: HexList,
    #[serde(rename = "Output")]
    outputs: HexList,
    #[serde(rename = "Proof")]
    proof: Option<WithNonce>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WithNonce {
    proof: Hex,
    r: Hex,
}

fn published(value: &Value) -> Result<Report, FileError> {
    let groups: Vec<Group> = header(value)?;
    let mut report = Report::default();
    for group in groups {
        let mode = match group.mode {
            0 => Protocol::Oprf,
            1 => Protocol::Voprf,
            2 => Protocol::Poprf,
            other => return Err(FileError::new(format!("no mode: {other}"))),
        };
        let title = format!("{}, mode {}", group.identifier, group.mode);
        filled(&title, &group.vectors)?;
        if !HASHES.iter().any(|(suite, _)| *suite == group.identifier) {
            for index in 1..=group.vectors.len() {
                let name = format!("{title}, case {index}");
                report.skip(name, no("suite", &group.identifier));
            }
            continue;
        }
        parameters(&group).map_err(|problem| FileError::new(format!("{title}: {problem}")))?;
        let key = Key {
            suite: group.identifier,
            mode,
            seed: group.seed,
            info: group.key_info,
            secret: group.secret_key,
            public: group.public_key,
        };
        each_of(
            &mut report,
            &title,
            &group.vectors,
            |vector: &Vector, checks| {
                checks.equal("Batch", &vector.inputs.0.len(), &vector.batch);
                check(&key, &vector.case(), checks)
            },
        );
    }
    Ok(report)
}

impl Vector {
    fn case(&self) -> Case {
        Case {
            _id: 0,
            info: self.info.clone(),
            inputs: self.inputs.0.clone(),
            blinds: self.blinds.0.clone(),
            blinded: self.blinded.0.clone(),
            evaluated: self.evaluated.0.clone(),
            outputs: self.outputs.0.clone(),
            nonce: self.proof.as_ref().map(|proof| proof.r.clone()),
            proof: self.proof.as_ref().map(|proof| proof.proof.clone()),
        }
    }
}

/// Compares what a group says about its suite with RFC 9497, sections 3.1 and 4.
fn parameters(group: &Group) -> Result<(), &'static str> {
    let hash = HASHES.iter().find(|(suite, _)| *suite == group.identifier);
    if hash.is_none_or(|(_, hash)| *hash != group.hash) {
        return Err("hash is not that of a suite of these libraries");
    }
    let context = [b"HashToGroup-OPRFV1-", &[group.mode][..], b"-"].concat();
    if group.tag.0 != [&context, group.identifier.as_bytes()].concat() {
        return Err("groupDST is not that of the suite");
    }
    Ok(())
}

/// A group without cases says nothing about its key.
fn filled(title: &str, cases: &[Value]) -> Result<(), FileError> {
    if cases.is_empty() {
        Err(FileError::new(format!("{title}: no case")))
    } else {
        Ok(())
    }
}
