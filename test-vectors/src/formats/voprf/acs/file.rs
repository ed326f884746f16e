//! The two layouts.

use serde::Deserialize;
use serde_json::Value;

use super::{Derivation, Exchange, derivation, exchange};
use crate::Report;
use crate::formats::{FileError, Format, List, Ours, header, names};
use crate::hexadecimal::Hex;

pub(crate) const OWN: Format = Format {
    name: "acs",
    about: "Anonymous Credentials Service (layout of this project)",
    recognise: |value| names(value, "acs"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "acs-kat",
    about: "Anonymous Credentials Service, the same as recorded with it",
    recognise: |value| value.get("voprf").is_some() && value.get("kdf").is_some(),
    check: published,
};

const CURVES: Ours<'_> = Ours {
    what: "curve",
    field: "curve",
    names: &["ristretto255", "ed25519"],
};

fn list<'a>(title: &'a str, cases: &'a [Value]) -> List<'a> {
    List {
        title: Some(title),
        ours: Some(&CURVES),
        cases,
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "rng")]
    _rng: String,
    exchanges: Vec<Value>,
    derivations: Vec<Value>,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let file: Own = header(value)?;
    let mut report = Report::default();
    list("exchange", &file.exchanges).run(&mut report, exchange);
    list("derivation", &file.derivations).run(&mut report, derivation);
    Ok(report)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "rng")]
    _rng: String,
    voprf: Vec<Value>,
    kdf: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exchanged {
    curve: String,
    blinding: String,
    rng_seed: Hex,
    input: Hex,
    sk: Hex,
    pk: Hex,
    hash_to_curve: Hex,
    blinding_factor: Hex,
    blinded_element: Hex,
    evaluated_element: Hex,
    proof_c: Hex,
    proof_s: Hex,
    unblinded_element: Hex,
    final_evaluation: Hex,
}

impl Exchanged {
    fn exchange(&self) -> Exchange {
        let blinding = match self.blinding.as_str() {
            "exp" => "exponential",
            "mul" => "additive",
            other => other,
        };
        Exchange {
            _id: 0,
            curve: self.curve.clone(),
            blinding: blinding.to_owned(),
            seed: self.rng_seed.clone(),
            input: self.input.clone(),
            secret_key: self.sk.clone(),
            public_key: self.pk.clone(),
            hashed: self.hash_to_curve.clone(),
            blind: self.blinding_factor.clone(),
            blinded: self.blinded_element.clone(),
            evaluated: self.evaluated_element.clone(),
            proof: Hex([&*self.proof_c.0, &*self.proof_s.0].concat()),
            unblinded: self.unblinded_element.clone(),
            output: self.final_evaluation.clone(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Derived {
    curve: String,
    kdf: String,
    attributes: Vec<Hex>,
    rng_seed_primary: Hex,
    rng_seed_derive: Hex,
    primary_key: Hex,
    primary_public_key: Hex,
    sk: Hex,
    pk: Hex,
    pk_proof: Hex,
}

impl Derived {
    fn derivation(&self) -> Derivation {
        Derivation {
            _id: 0,
            curve: self.curve.clone(),
            kdf: self.kdf.replace('_', "-"),
            attributes: self.attributes.clone(),
            primary_seed: self.rng_seed_primary.clone(),
            seed: self.rng_seed_derive.clone(),
            primary_key: self.primary_key.clone(),
            primary_public_key: self.primary_public_key.clone(),
            secret_key: self.sk.clone(),
            public_key: self.pk.clone(),
            proof: self.pk_proof.clone(),
        }
    }
}

fn published(value: &Value) -> Result<Report, FileError> {
    let file: Published = header(value)?;
    let mut report = Report::default();
    list("voprf", &file.voprf).run(&mut report, |case: &Exchanged, checks| {
        exchange(&case.exchange(), checks)
    });
    list("kdf", &file.kdf).run(&mut report, |case: &Derived, checks| {
        derivation(&case.derivation(), checks)
    });
    Ok(report)
}
