//! RFC 9496, appendix A: encodings of ristretto255, encodings to refuse, and the one-way map.

use milagro_voprf::{Blinded, DecodeError, Oprf, SecretKey, hazmat};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha512};

use super::of;
use crate::formats::{FileError, Format, each_of, header, names};
use crate::hexadecimal::Hex;
use crate::{Checks, Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "rfc9496",
    about: "RFC 9496, ristretto255 (layout of this project)",
    recognise: |value| names(value, "rfc9496"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "rfc9496-lists",
    about: "RFC 9496, the same as lists of encodings",
    recognise: |value| value.get("small_multiples_of_generator").is_some(),
    check: published,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    multiples: Vec<Value>,
    invalid: Vec<Value>,
    one_way_map: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Multiple {
    scalar: u8,
    encoding: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnMap {
    sha512_of: String,
    encoding: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "source")]
    _source: String,
    small_multiples_of_generator: Vec<Value>,
    bad_encodings: Vec<Value>,
    from_uniform_sha512_of_label: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedMap {
    label: String,
    encoding: Hex,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let file: Own = header(value)?;
    let mut report = Report::default();
    each_of(
        &mut report,
        "multiple",
        &file.multiples,
        |case: &Multiple, checks| multiple(case.scalar, &case.encoding, checks),
    );
    each_of(&mut report, "invalid", &file.invalid, |case, checks| {
        refused(case, checks);
        Ok(())
    });
    each_of(
        &mut report,
        "one-way map",
        &file.one_way_map,
        |case: &OwnMap, checks| {
            one_way_map(&case.sha512_of, &case.encoding, checks);
            Ok(())
        },
    );
    Ok(report)
}

fn published(value: &Value) -> Result<Report, FileError> {
    let file: Published = header(value)?;
    let mut report = Report::default();
    for (scalar, encoding) in (0..).zip(&file.small_multiples_of_generator) {
        report.case(format!("multiple {scalar}"), |checks| {
            let encoding = Hex::deserialize(encoding).map_err(of("encoding"))?;
            multiple(scalar, &encoding, checks)
        });
    }
    each_of(
        &mut report,
        "bad encoding",
        &file.bad_encodings,
        |case, checks| {
            refused(case, checks);
            Ok(())
        },
    );
    each_of(
        &mut report,
        "label",
        &file.from_uniform_sha512_of_label,
        |case: &PublishedMap, checks| {
            one_way_map(&case.label, &case.encoding, checks);
            Ok(())
        },
    );
    Ok(report)
}

fn multiple(scalar: u8, encoding: &Hex, checks: &mut Checks) -> Result<(), Mismatch> {
    let decoded = <Blinded>::from_bytes(&encoding.0);
    if scalar == 0 {
        // The identity, which is no element of any message.
        checks.bytes("encoding", [0; 32], encoding);
        checks.equal("verdict", &decoded, &Err(DecodeError::Identity));
        return Ok(());
    }
    let mut bytes = [0; 32];
    bytes.first_mut().into_iter().for_each(|low| *low = scalar);
    let key = SecretKey::<Oprf>::from_bytes(&bytes).map_err(of("scalar"))?;
    checks.bytes("encoding", key.public_key().to_bytes(), encoding);
    let again = decoded.map_err(of("encoding"))?.to_bytes();
    checks.bytes("encoding (encoded again)", again, encoding);
    Ok(())
}

/// 32 bytes that are no encoding, for any reason but their number.
fn refused(encoding: &Hex, checks: &mut Checks) {
    let decoded = <Blinded>::from_bytes(&encoding.0);
    checks.equal("verdict", &decoded, &Err(DecodeError::Encoding));
}

fn one_way_map(label: &str, encoding: &Hex, checks: &mut Checks) {
    let uniform = Sha512::digest(label).into();
    checks.bytes("encoding", hazmat::ristretto255_map(&uniform), encoding);
}
