//! The three layouts.

use serde::Deserialize;
use serde_json::Value;

use super::{Case, Exchange, check};
use crate::Report;
use crate::formats::{FileError, Format, each, each_of, header, name, names, no};
use crate::hexadecimal::Hex;

pub(crate) const OWN: Format = Format {
    name: "privacypass",
    about: "Privacy Pass, tokens drawn alone and in batches (layout of this project)",
    recognise: |value| names(value, "privacypass"),
    check: own,
};

pub(crate) const RFC9578_PUBLISHED: Format = Format {
    name: "rfc9578-protocols",
    about: "RFC 9578, the same as published with the RFC, by protocol",
    recognise: |value| protocols(value).next().is_some(),
    check: rfc9578,
};

pub(crate) const BATCH_PUBLISHED: Format = Format {
    name: "privacypass-batches",
    about: "draft-ietf-privacypass-batched-tokens, the same as pat-go writes it",
    recognise: |value| value.pointer("/0/skS").is_some() && value.pointer("/0/nonces").is_some(),
    check: batches,
};

/// What the titles of RFC 9578 begin with.
const PROTOCOL: &str = "Issuance Protocol ";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    exchange: String,
    token_type: u16,
    cases: Vec<Value>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnCase {
    #[serde(rename = "id")]
    _id: u32,
    secret_key: Hex,
    public_key: Hex,
    token_challenge: Hex,
    nonces: Vec<Hex>,
    blinds: Vec<Hex>,
    token_request: Hex,
    token_response: Hex,
    tokens: Vec<Hex>,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let file: Own = header(value)?;
    let exchange = match file.exchange.as_str() {
        "single" => Exchange::Single,
        "batch" => Exchange::Batch,
        other => return Err(FileError::new(format!("no exchange: {other}"))),
    };
    let mut report = Report::default();
    each(&mut report, &file.cases, |case: &OwnCase, checks| {
        check(file.token_type, exchange, &case.clone().into(), checks)
    });
    Ok(report)
}

impl From<OwnCase> for Case {
    fn from(case: OwnCase) -> Self {
        Self {
            secret_key: case.secret_key,
            public_key: case.public_key,
            token_challenge: case.token_challenge,
            nonces: case.nonces,
            blinds: case.blinds,
            token_request: case.token_request,
            token_response: case.token_response,
            tokens: case.tokens,
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    #[serde(rename = "skS")]
    secret_key: Hex,
    #[serde(rename = "pkS")]
    public_key: Hex,
    token_challenge: Hex,
    nonce: Hex,
    blind: Hex,
    token_request: Hex,
    token_response: Hex,
    token: Hex,
}

/// The lists of cases by the titles of their protocols.
fn protocols(value: &Value) -> impl Iterator<Item = (&String, &Vec<Value>)> {
    let members = value.as_object().into_iter().flatten();
    members
        .filter(|(title, _)| title.starts_with(PROTOCOL))
        .filter_map(|(title, cases)| Some((title, cases.as_array()?)))
}

fn rfc9578(value: &Value) -> Result<Report, FileError> {
    let known = protocols(value).count();
    if value.as_object().map(serde_json::Map::len) != Some(known) {
        return Err(FileError::new("something beside the protocols"));
    }
    let mut report = Report::default();
    for (title, cases) in protocols(value) {
        // The number alone: what follows is for people and their formatters.
        let number = title.trim_start_matches(PROTOCOL).split(' ').next();
        if cases.is_empty() {
            return Err(FileError::new(format!("{title}: no case")));
        }
        let number = number.unwrap_or_default();
        let title = format!("protocol {number}");
        if number == "1" {
            each_of(&mut report, &title, cases, |case: &Single, checks| {
                check(1, Exchange::Single, &case.clone().into(), checks)
            });
        } else {
            let kind = format!("token type 0x{number:0>4}");
            for (index, case) in cases.iter().enumerate() {
                report.skip(
                    format!("{title}, {}", name(index, case)),
                    no("token type", &kind),
                );
            }
        }
    }
    Ok(report)
}

impl From<Single> for Case {
    fn from(case: Single) -> Self {
        Self {
            secret_key: case.secret_key,
            public_key: case.public_key,
            token_challenge: case.token_challenge,
            nonces: vec![case.nonce],
            blinds: vec![case.blind],
            token_request: case.token_request,
            token_response: case.token_response,
            tokens: vec![case.token],
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    #[serde(rename = "skS")]
    secret_key: Hex,
    #[serde(rename = "pkS")]
    public_key: Hex,
    token_challenge: Hex,
    nonces: Vec<Hex>,
    blinds: Vec<Hex>,
    token_request: Hex,
    token_response: Hex,
    tokens: Vec<Hex>,
}

fn batches(value: &Value) -> Result<Report, FileError> {
    let cases: Vec<Value> = header(value)?;
    let mut report = Report::default();
    each(&mut report, &cases, |case: &Batch, checks| {
        // The type stands in the challenge.
        let token_type = case.token_challenge.0.first_chunk().copied();
        let token_type = token_type.map_or(0, u16::from_be_bytes);
        check(token_type, Exchange::Batch, &case.clone().into(), checks)
    });
    Ok(report)
}

impl From<Batch> for Case {
    fn from(case: Batch) -> Self {
        Self {
            secret_key: case.secret_key,
            public_key: case.public_key,
            token_challenge: case.token_challenge,
            nonces: case.nonces,
            blinds: case.blinds,
            token_request: case.token_request,
            token_response: case.token_response,
            tokens: case.tokens,
        }
    }
}
