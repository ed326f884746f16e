//! RFC 9380: hashing to P-256, P-384 and P-521.

use milagro_voprf::hazmat;
use milagro_voprf::suite::{P256, P384, P521};
use serde_json::Value;
use sha2::{Sha256, Sha384, Sha512};

use super::{Case, Coordinates, Own, OwnCase, Published, PublishedCase};
use crate::formats::{FileError, Format, each, header, names};
use crate::weierstrass::{Curve, expand_message_xmd};
use crate::{Checks, Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "hash-to-curve",
    about: "RFC 9380, P-256, P-384 and P-521 RO (layout of this project)",
    recognise: |value| names(value, "hash-to-curve") && is_nist(value, "suite"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "rfc9380-suite",
    about: "RFC 9380, the same as published with the RFC",
    recognise: |value| is_nist(value, "ciphersuite"),
    check: published,
};

fn is_nist(value: &Value, key: &str) -> bool {
    let suite = value.get(key).and_then(Value::as_str);
    suite.is_some_and(|suite| SUITES.iter().any(|known| known.name == suite))
}

/// Message, tag and length to uniform bytes.
type Expand = fn(&[u8], &[u8], usize) -> Option<Vec<u8>>;

/// What is tested: message and tag to the compressed point.
type HashToGroup = fn(&[u8], &[u8]) -> Result<Vec<u8>, milagro_voprf::Error>;

/// A suite of RFC 9380, sections 8.2 to 8.4.
struct Suite {
    name: &'static str,
    curve: &'static str,
    hash: &'static str,
    /// Bits of security, big-endian.
    k: &'static [u8],
    p: &'static [u8],
    b: &'static [u8],
    minus_z: u32,
    /// Uniform bytes per field element.
    l: u8,
    expand: Expand,
    hash_to_group: HashToGroup,
}

static SUITES: [Suite; 3] = [
    Suite {
        name: "P256_XMD:SHA-256_SSWU_RO_",
        curve: "NIST P-256",
        hash: "sha256",
        k: &[128],
        p: b"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
        b: b"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
        minus_z: 10,
        l: 48,
        expand: |message, tag, length| expand_message_xmd::<Sha256>(64, message, tag, length),
        hash_to_group: |message, tag| {
            hazmat::hash_to_group::<P256>(message, tag).map(|point| point.to_bytes().to_vec())
        },
    },
    Suite {
        name: "P384_XMD:SHA-384_SSWU_RO_",
        curve: "NIST P-384",
        hash: "sha384",
        k: &[192],
        p: b"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
        b: b"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        minus_z: 12,
        l: 72,
        expand: |message, tag, length| expand_message_xmd::<Sha384>(128, message, tag, length),
        hash_to_group: |message, tag| {
            hazmat::hash_to_group::<P384>(message, tag).map(|point| point.to_bytes().to_vec())
        },
    },
    Suite {
        name: "P521_XMD:SHA-512_SSWU_RO_",
        curve: "NIST P-521",
        hash: "sha512",
        k: &[1, 0],
        p: b"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        b: b"0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        minus_z: 4,
        l: 98,
        expand: |message, tag, length| expand_message_xmd::<Sha512>(128, message, tag, length),
        hash_to_group: |message, tag| {
            hazmat::hash_to_group::<P521>(message, tag).map(|point| point.to_bytes().to_vec())
        },
    },
];

fn find(name: &str) -> Result<&'static Suite, FileError> {
    let found = SUITES.iter().find(|suite| suite.name == name);
    found.ok_or_else(|| FileError::new(format!("no suite of these libraries: {name}")))
}

fn own(value: &Value) -> Result<Report, FileError> {
    let own: Own = header(value)?;
    let suite = find(&own.suite)?;
    let mut report = Report::default();
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

fn published(value: &Value) -> Result<Report, FileError> {
    let file: Published = header(value)?;
    let suite = find(&file.ciphersuite)?;
    parameters(suite, &file)?;
    let mut report = Report::default();
    let cases = &file.vectors;
    each(&mut report, cases, |case: &PublishedCase, checks| {
        let (Some(q0), Some(q1), None) = (&case.q0, &case.q1, &case.q) else {
            return Err(Mismatch::new("Q", "not Q0 and Q1"));
        };
        let case = Case {
            message: case.msg.as_bytes(),
            u: case.u.iter().map(super::Prefixed::flat).collect(),
            q: [q0, q1].map(Coordinates::uncompressed).to_vec(),
            point: case.p.uncompressed(),
        };
        check(suite, &file.dst, &case, checks)
    });
    Ok(report)
}

/// Compares what the file says about its suite with RFC 9380, sections 8.2 to 8.4.
fn parameters(suite: &Suite, file: &Published) -> Result<(), FileError> {
    let curve = Curve::new(suite.p, suite.b, suite.minus_z);
    for (field, good) in [
        ("L", file.l.0 == [[suite.l]]),
        ("Z", file.z.0 == [curve.z_bytes()]),
        ("curve", file.curve == suite.curve),
        ("expand", file.expand == "XMD"),
        ("field.m", file.field.m.0 == [[1]]),
        ("field.p", file.field.p.0 == [curve.p_bytes()]),
        ("hash", file.hash == suite.hash),
        ("k", file.k.0 == [suite.k]),
        ("map.name", file.map.name == "SSWU"),
        ("randomOracle", file.random_oracle),
    ] {
        if !good {
            return Err(FileError::new(format!("{field} is not that of the suite")));
        }
    }
    Ok(())
}

fn check(suite: &Suite, dst: &str, case: &Case<'_>, checks: &mut Checks) -> Result<(), Mismatch> {
    let curve = Curve::new(suite.p, suite.b, suite.minus_z);
    checks.equal("u (count)", &2, &case.u.len());
    checks.equal("q (count)", &2, &case.q.len());
    let l = usize::from(suite.l);
    let uniform = (suite.expand)(case.message, dst.as_bytes(), 2 * l)
        .ok_or_else(|| Mismatch::new("dst", "over 255 bytes"))?;
    let mut sum = None;
    for (index, uniform) in uniform.chunks(l).enumerate() {
        let u = curve.reduce(uniform);
        let q = curve
            .map(&u)
            .ok_or_else(|| Mismatch::new("q", "cannot be computed"))?;
        let given = |list: &[Vec<u8>]| list.get(index).cloned().unwrap_or_default();
        checks.bytes("u", curve.encode(&u), given(&case.u));
        checks.bytes("q", curve.uncompressed(&q), given(&case.q));
        sum = match sum {
            None => Some(q),
            Some(sum) => curve.add(&sum, &q),
        };
    }
    let sum = sum.ok_or_else(|| Mismatch::new("P", "cannot be computed"))?;
    checks.bytes("P", curve.uncompressed(&sum), &case.point);
    // The library must say what the steps above say.
    let point = (suite.hash_to_group)(case.message, dst.as_bytes());
    let point = point.map_err(|error| Mismatch::new("P", error))?;
    checks.bytes("P (compressed)", point, curve.compressed(&sum));
    Ok(())
}
