//! Bytes that are, and mostly are not, points of G1 and G2 or scalars.

use milagro_curve::{DecodeError, G1Point, G2Point, Scalar, SecretScalar, loose::E1Point};
use serde::Deserialize;
use serde_json::Value;

use super::{FileError, Format, each, header, names};
use crate::hexadecimal::Hex;
use crate::{Checks, Report};

pub(super) const OWN: Format = Format {
    name: "decode",
    about: "encodings of points and scalars, mostly wrong ones (layout of this project)",
    recognise: |value| names(value, "decode"),
    check: own,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    /// What the bytes are read as.
    element: Element,
    cases: Vec<Value>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Element {
    G1Compressed,
    G1Uncompressed,
    G2Compressed,
    G2Uncompressed,
    /// A point of the curve of G1, subgroup not checked.
    E1Compressed,
    Scalar,
    NonzeroScalar,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "id")]
    _id: u64,
    #[serde(rename = "comment")]
    _comment: String,
    input: Hex,
    /// "ok", or the name of the error.
    verdict: String,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let own: Own = header(value)?;
    let mut report = Report::default();
    each(&mut report, &own.cases, |case: &Case, checks| {
        check(own.element, case, checks);
        Ok(())
    });
    Ok(report)
}

fn check(element: Element, case: &Case, checks: &mut Checks) {
    let decoded = decode(element, &case.input.0);
    let verdict = match &decoded {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{error:?}"),
    };
    checks.equal("verdict", &verdict, &case.verdict);
    if let Ok(bytes) = decoded {
        checks.bytes("input (encoded again)", bytes, &case.input);
    }
}

/// Decodes, and encodes again.
fn decode(element: Element, bytes: &[u8]) -> Result<Vec<u8>, DecodeError> {
    Ok(match element {
        Element::G1Compressed => G1Point::from_slice(bytes)?.to_bytes().to_vec(),
        Element::G1Uncompressed => {
            let point = G1Point::from_uncompressed(array(bytes)?)?;
            point.to_uncompressed().to_vec()
        }
        Element::G2Compressed => G2Point::from_slice(bytes)?.to_bytes().to_vec(),
        Element::G2Uncompressed => {
            let point = G2Point::from_uncompressed(array(bytes)?)?;
            point.to_uncompressed().to_vec()
        }
        Element::E1Compressed => E1Point::from_bytes(array(bytes)?)?.to_bytes().to_vec(),
        Element::Scalar => Scalar::from_bytes(array(bytes)?)?.to_bytes().to_vec(),
        Element::NonzeroScalar => SecretScalar::from_bytes(array(bytes)?)?.to_bytes().to_vec(),
    })
}

fn array<const N: usize>(bytes: &[u8]) -> Result<&[u8; N], DecodeError> {
    bytes.try_into().map_err(|_| DecodeError::Length)
}
