//! RFC 9380: hashing to the two groups of BLS12-381.

mod nist;

use milagro_curve::{
    Dst,
    hash::{encode_to_g1, encode_to_g2, expand_message_xmd_sha256, hash_to_g1, hash_to_g2},
    loose::{E1Point, E1Sum},
};
use serde::Deserialize;
use serde_json::Value;

pub(super) use nist::{OWN as NIST, PUBLISHED as NIST_PUBLISHED};

use super::{FileError, Format, Ours, each, header, names};
use crate::hexadecimal::{Hex, Prefixed};
use crate::wide::{Twist, p_bytes, reduce};
use crate::{Checks, Mismatch, Report};

pub(super) const OWN: Format = Format {
    name: "hash-to-curve",
    about: "RFC 9380, BLS12-381 G1 and G2, RO and NU (layout of this project)",
    recognise: |value| names(value, "hash-to-curve"),
    check: own,
};

pub(super) const PUBLISHED: Format = Format {
    name: "rfc9380-suite",
    about: "RFC 9380, the same as published with the RFC",
    recognise: |value| value.get("ciphersuite").is_some() && value.get("vectors").is_some(),
    check: published,
};

/// A suite of RFC 9380, section 8.8.
#[derive(Clone, Copy)]
struct Suite {
    name: &'static str,
    /// Coordinates in G1 (1) or G2 (2).
    m: usize,
    /// Whether two field elements are hashed and added.
    random_oracle: bool,
}

const SUITES: [Suite; 4] = [
    suite("BLS12381G1_XMD:SHA-256_SSWU_RO_", 1, true),
    suite("BLS12381G1_XMD:SHA-256_SSWU_NU_", 1, false),
    suite("BLS12381G2_XMD:SHA-256_SSWU_RO_", 2, true),
    suite("BLS12381G2_XMD:SHA-256_SSWU_NU_", 2, false),
];

const fn suite(name: &'static str, m: usize, random_oracle: bool) -> Suite {
    Suite {
        name,
        m,
        random_oracle,
    }
}

/// What a field of a file may say. The NIST suites have modules of their own.
fn ours(field: &'static str) -> Ours<'static> {
    const NAMES: [&str; 4] = [
        SUITES[0].name,
        SUITES[1].name,
        SUITES[2].name,
        SUITES[3].name,
    ];
    Ours {
        what: "suite",
        field,
        names: &NAMES,
    }
}

/// Uniform bytes per coefficient of a field element.
const L: usize = 64;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    suite: String,
    dst: String,
    cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnCase {
    #[serde(rename = "id")]
    _id: u64,
    message: String,
    /// Field elements, coefficients lowest first.
    u: Vec<Hex>,
    /// `map_to_curve(u)`, uncompressed.
    q: Vec<Hex>,
    /// The result, uncompressed.
    point: Hex,
}

fn own(value: &Value) -> Result<Report, FileError> {
    if let Some(report) = ours("suite").skip_file(value, &["cases"]) {
        return Ok(report);
    }
    let own: Own = header(value)?;
    let suite = find(&own.suite)?;
    let mut report = Report::default();
    note(&mut report);
    each(&mut report, &own.cases, |case: &OwnCase, checks| {
        let case = Case {
            message: case.message.as_bytes(),
            u: case.u.iter().map(|u| u.0.clone()).collect(),
            q: case.q.iter().map(|q| q.0.clone()).collect(),
            point: case.point.0.clone(),
        };
        check(suite, &own.dst, &case, checks)
    });
    Ok(report)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "L")]
    l: Prefixed,
    #[serde(rename = "Z")]
    z: Prefixed,
    ciphersuite: String,
    curve: String,
    dst: String,
    expand: String,
    field: Field,
    hash: String,
    k: Prefixed,
    map: Map,
    #[serde(rename = "randomOracle")]
    random_oracle: bool,
    vectors: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    m: Prefixed,
    p: Prefixed,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    name: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedCase {
    #[serde(rename = "P")]
    p: Coordinates,
    #[serde(rename = "Q")]
    q: Option<Coordinates>,
    #[serde(rename = "Q0")]
    q0: Option<Coordinates>,
    #[serde(rename = "Q1")]
    q1: Option<Coordinates>,
    msg: String,
    u: Vec<Prefixed>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Coordinates {
    x: Prefixed,
    y: Prefixed,
}

impl Coordinates {
    fn uncompressed(&self) -> Vec<u8> {
        [self.x.flat_reversed(), self.y.flat_reversed()].concat()
    }
}

fn published(value: &Value) -> Result<Report, FileError> {
    if let Some(report) = ours("ciphersuite").skip_file(value, &["vectors"]) {
        return Ok(report);
    }
    let file: Published = header(value)?;
    let suite = find(&file.ciphersuite)?;
    parameters(suite, &file)?;
    let mut report = Report::default();
    note(&mut report);
    each(
        &mut report,
        &file.vectors,
        |case: &PublishedCase, checks| {
            let q: &[_] = if suite.random_oracle {
                &[("Q0", &case.q0), ("Q1", &case.q1)]
            } else {
                &[("Q", &case.q)]
            };
            let q = q.iter().map(|(field, q)| {
                q.as_ref()
                    .map(Coordinates::uncompressed)
                    .ok_or_else(|| Mismatch::new(field, "missing"))
            });
            let case = Case {
                message: case.msg.as_bytes(),
                u: case.u.iter().map(Prefixed::flat).collect(),
                q: q.collect::<Result<_, _>>()?,
                point: case.p.uncompressed(),
            };
            check(suite, &file.dst, &case, checks)
        },
    );
    Ok(report)
}

/// Compares what the file says about its suite with RFC 9380, sections 8.8.1 and 8.8.2.
fn parameters(suite: Suite, file: &Published) -> Result<(), FileError> {
    let p = p_bytes();
    let minus = |k: u8| {
        let mut bytes = p.to_vec();
        bytes.last_mut().into_iter().for_each(|last| *last -= k);
        bytes
    };
    let (curve, m, z) = if suite.m == 1 {
        ("BLS12-381 G1", 1, vec![vec![11]])
    } else {
        ("BLS12-381 G2", 2, vec![minus(2), minus(1)])
    };
    for (field, good) in [
        ("L", file.l.0 == [[64]]),
        ("Z", file.z.0 == z),
        ("curve", file.curve == curve),
        ("expand", file.expand == "XMD"),
        ("field.m", file.field.m.0 == [[m]]),
        ("field.p", file.field.p.0 == [p]),
        ("hash", file.hash == "sha256"),
        ("k", file.k.0 == [[128]]),
        ("map.name", file.map.name == "SSWU"),
        ("randomOracle", file.random_oracle == suite.random_oracle),
    ] {
        if !good {
            return Err(FileError::new(format!("{field} is not that of the suite")));
        }
    }
    Ok(())
}

fn find(name: &str) -> Result<Suite, FileError> {
    let found = SUITES.into_iter().find(|suite| suite.name == name);
    found.ok_or_else(|| FileError::new(format!("no suite of these libraries: {name}")))
}

fn note(report: &mut Report) {
    report.note("map_to_curve is checked by its outcome: P = h_eff·(sum of Q)");
}

/// A case in the form that both layouts share.
struct Case<'a> {
    message: &'a [u8],
    u: Vec<Vec<u8>>,
    q: Vec<Vec<u8>>,
    point: Vec<u8>,
}

fn check(suite: Suite, dst: &str, case: &Case<'_>, checks: &mut Checks) -> Result<(), Mismatch> {
    let dst = Dst::new(dst.as_bytes()).map_err(|error| Mismatch::new("dst", error))?;
    let count = if suite.random_oracle { 2 } else { 1 };
    checks.equal("u (count)", &count, &case.u.len());
    checks.equal("q (count)", &count, &case.q.len());
    // hash_to_field (section 5.2).
    let mut uniform = vec![0; count * suite.m * L];
    expand_message_xmd_sha256(case.message, dst, &mut uniform)
        .map_err(|error| Mismatch::new("u", error))?;
    for (uniform, given) in uniform.chunks(suite.m * L).zip(&case.u) {
        let u: Vec<_> = uniform.chunks(L).map(reduce).collect();
        checks.bytes("u", u.concat(), given);
    }
    let point = match (suite.m, suite.random_oracle) {
        (1, true) => hash_to_g1(case.message, dst).to_uncompressed().to_vec(),
        (1, false) => encode_to_g1(case.message, dst).to_uncompressed().to_vec(),
        (_, true) => hash_to_g2(case.message, dst).to_uncompressed().to_vec(),
        (_, false) => encode_to_g2(case.message, dst).to_uncompressed().to_vec(),
    };
    checks.bytes("P", &point, &case.point);
    if checks.is_clean() {
        // Slow in G2, and says nothing new of a case that has failed.
        let clear = if suite.m == 1 { clear_g1 } else { clear_g2 };
        checks.bytes("Q (h_eff times the sum)", clear(&case.q)?, &point);
    }
    Ok(())
}

fn clear_g1(q: &[Vec<u8>]) -> Result<Vec<u8>, Mismatch> {
    let mut sum = E1Sum::zero();
    for bytes in q {
        let bytes = Hex(bytes.clone()).array("Q")?;
        let point = E1Point::from_uncompressed(&bytes).map_err(|e| Mismatch::new("Q", e))?;
        sum = sum + point.into();
    }
    let point = sum.clear_cofactor_vartime().to_point();
    Ok(point.map_or_else(Vec::new, |point| point.to_uncompressed().to_vec()))
}

fn clear_g2(q: &[Vec<u8>]) -> Result<Vec<u8>, Mismatch> {
    let points = q.iter().map(|bytes| {
        let bytes = Hex(bytes.clone()).array("Q")?;
        Twist::from_bytes(&bytes).ok_or_else(|| Mismatch::new("Q", "not on the curve"))
    });
    let points = points.collect::<Result<Vec<_>, _>>()?;
    let sum = points.into_iter().reduce(|sum, point| sum.add(&point));
    Ok(sum
        .and_then(|sum| sum.clear_cofactor().to_bytes())
        .unwrap_or_default())
}
