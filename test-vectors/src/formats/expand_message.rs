//! RFC 9380, section 5.3: `expand_message`.

use milagro_curve::{
    Dst,
    hash::{
        TooLong, expand_message_xmd_sha256, expand_message_xmd_sha512, expand_message_xof_shake256,
    },
};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256, Sha512};
use shake::Shake256;
use shake::digest::{ExtendableOutput as _, Update as _, XofReader as _};

use super::{FileError, Format, each, header, names, no, skipped};
use crate::hexadecimal::{Hex, Prefixed};
use crate::{Checks, Mismatch, Report};

pub(super) const OWN: Format = Format {
    name: "expand-message",
    about: "RFC 9380, expand_message (layout of this project)",
    recognise: |value| names(value, "expand-message"),
    check: own,
};

pub(super) const PUBLISHED: Format = Format {
    name: "rfc9380-expander",
    about: "RFC 9380, the same as published with the RFC",
    recognise: |value| value.get("DST").is_some() && value.get("tests").is_some(),
    check: published,
};

type Expand = fn(&[u8], Dst<'_>, &mut [u8]) -> Result<(), TooLong>;

/// An expander with its hash function.
#[derive(Clone, Copy)]
struct Expander {
    name: &'static str,
    hash: &'static str,
    k: u64,
    expand: Expand,
    /// Hashes a tag of more than 255 bytes (section 5.3.3).
    shorten: fn(&[u8]) -> Vec<u8>,
    /// Bytes of the zero block that an XMD starts with; 0 for an XOF.
    block: usize,
}

const EXPANDERS: [Expander; 3] = [
    Expander {
        name: "expand_message_xmd",
        hash: "SHA256",
        k: 128,
        expand: expand_message_xmd_sha256,
        shorten: |tag| Sha256::digest(tag).to_vec(),
        block: 64,
    },
    Expander {
        name: "expand_message_xmd",
        hash: "SHA512",
        k: 256,
        expand: expand_message_xmd_sha512,
        shorten: |tag| Sha512::digest(tag).to_vec(),
        block: 128,
    },
    Expander {
        name: "expand_message_xof",
        hash: "SHAKE256",
        k: 256,
        expand: expand_message_xof_shake256,
        shorten: shake256,
        block: 0,
    },
];

fn shake256(tag: &[u8]) -> Vec<u8> {
    let mut hash = Shake256::default();
    hash.update(tag);
    let mut out = vec![0; 64];
    hash.finalize_xof().read(&mut out);
    out
}

/// Longest output that is computed, whatever the file asks for.
const LONGEST: usize = 65_535;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    expander: String,
    hash: String,
    dst: String,
    cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnCase {
    #[serde(rename = "id")]
    _id: u64,
    message: String,
    /// The tag with its length, as it is hashed.
    dst_prime: Hex,
    /// Everything that the first hash covers.
    msg_prime: Hex,
    uniform_bytes: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Published {
    #[serde(rename = "DST")]
    dst: String,
    hash: String,
    k: u64,
    name: String,
    tests: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedCase {
    #[serde(rename = "DST_prime")]
    dst_prime: Hex,
    len_in_bytes: Prefixed,
    msg: String,
    msg_prime: Hex,
    uniform_bytes: Hex,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let own: Own = header(value)?;
    let Some(expander) = find(&own.expander, &own.hash) else {
        return Ok(foreign(&own.expander, &own.hash, &own.cases));
    };
    let mut report = Report::default();
    each(&mut report, &own.cases, |case: &OwnCase, checks| {
        let case = Case {
            message: &case.message,
            dst_prime: &case.dst_prime,
            msg_prime: &case.msg_prime,
            uniform_bytes: &case.uniform_bytes,
        };
        check(expander, &own.dst, &case, checks)
    });
    Ok(report)
}

fn published(value: &Value) -> Result<Report, FileError> {
    let file: Published = header(value)?;
    let Some(expander) = find(&file.name, &file.hash) else {
        return Ok(foreign(&file.name, &file.hash, &file.tests));
    };
    if file.k != expander.k {
        return Err(FileError::new("k is not that of the expander"));
    }
    let mut report = Report::default();
    each(&mut report, &file.tests, |case: &PublishedCase, checks| {
        let length = case.len_in_bytes.0.iter().flatten();
        let length = length.fold(0_usize, |sum, byte| {
            sum.saturating_mul(256).saturating_add(usize::from(*byte))
        });
        checks.equal("len_in_bytes", &case.uniform_bytes.0.len(), &length);
        let case = Case {
            message: &case.msg,
            dst_prime: &case.dst_prime,
            msg_prime: &case.msg_prime,
            uniform_bytes: &case.uniform_bytes,
        };
        check(expander, &file.dst, &case, checks)
    });
    Ok(report)
}

fn find(name: &str, hash: &str) -> Option<Expander> {
    let mut expanders = EXPANDERS.into_iter();
    expanders.find(|expander| expander.name == name && expander.hash == hash)
}

fn foreign(name: &str, hash: &str, cases: &[Value]) -> Report {
    let name = format!("{name} with {hash}");
    skipped(cases, &no("expander", &name))
}

/// A case in the form that both layouts share.
struct Case<'a> {
    message: &'a str,
    dst_prime: &'a Hex,
    msg_prime: &'a Hex,
    uniform_bytes: &'a Hex,
}

fn check(
    expander: Expander,
    dst: &str,
    case: &Case<'_>,
    checks: &mut Checks,
) -> Result<(), Mismatch> {
    let tag = Dst::new(dst.as_bytes()).map_err(|error| Mismatch::new("DST", error))?;
    let mut uniform = vec![0; case.uniform_bytes.0.len().min(LONGEST)];
    (expander.expand)(case.message.as_bytes(), tag, &mut uniform)
        .map_err(|error| Mismatch::new("uniform_bytes", error))?;
    checks.bytes("uniform_bytes", &uniform, case.uniform_bytes);

    let mut dst_prime = if dst.len() > 255 {
        (expander.shorten)(format!("H2C-OVERSIZE-DST-{dst}").as_bytes())
    } else {
        dst.as_bytes().to_vec()
    };
    dst_prime.extend(u8::try_from(dst_prime.len()));
    checks.bytes("DST_prime", &dst_prime, case.dst_prime);

    let length = u16::try_from(uniform.len())
        .unwrap_or(u16::MAX)
        .to_be_bytes();
    let mut msg_prime = vec![0; expander.block];
    msg_prime.extend_from_slice(case.message.as_bytes());
    msg_prime.extend_from_slice(&length);
    if expander.block > 0 {
        msg_prime.push(0);
    }
    msg_prime.extend_from_slice(&dst_prime);
    checks.bytes("msg_prime", msg_prime, case.msg_prime);
    Ok(())
}
