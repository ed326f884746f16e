//! The two layouts.

use serde::Deserialize;
use serde_json::Value;

use super::{Answered, Asked, Held, Key, Run, Shown, run};
use crate::formats::{FileError, Format, List, Ours, header, names, no, read};
use crate::hexadecimal::{Hex, Prefixed};
use crate::{Mismatch, Report};

pub(crate) const OWN: Format = Format {
    name: "arc",
    about: "ARC, anonymous rate-limited credentials (layout of this project)",
    recognise: |value| names(value, "arc"),
    check: own,
};

pub(crate) const PUBLISHED: Format = Format {
    name: "arc-draft",
    about: "ARC, the same as the draft's own program prints them",
    recognise: |value| {
        value.as_object().is_some_and(|suites| {
            !suites.is_empty() && suites.keys().all(|suite| suite.starts_with("ARCV1-"))
        })
    },
    check: published,
};

const SUITES: Ours<'_> = Ours {
    what: "suite",
    field: "suite",
    names: &["ARCV1-P256"],
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Own {
    #[serde(rename = "format")]
    _format: String,
    #[serde(rename = "source")]
    _source: String,
    cases: Vec<Value>,
}

fn own(value: &Value) -> Result<Report, FileError> {
    let Own { cases, .. } = header(value)?;
    let (title, ours) = (None, Some(&SUITES));
    let mut report = Report::default();
    let cases = cases.as_slice();
    List { title, ours, cases }.run(&mut report, run);
    Ok(report)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "PascalCase")]
struct Published {
    credential: PublishedCredential,
    credential_request: PublishedRequest,
    credential_response: PublishedResponse,
    presentation1: PublishedPresentation,
    presentation2: PublishedPresentation,
    server_key: PublishedKey,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedKey {
    x0: Hex,
    x1: Hex,
    x2: Hex,
    xb: Hex,
    #[serde(rename = "X0")]
    public_x0: Hex,
    #[serde(rename = "X1")]
    public_x1: Hex,
    #[serde(rename = "X2")]
    public_x2: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedRequest {
    request_context: Hex,
    m1: Hex,
    m2: Hex,
    r1: Hex,
    r2: Hex,
    m1_enc: Hex,
    m2_enc: Hex,
    proof: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedResponse {
    b: Hex,
    #[serde(rename = "U")]
    u: Hex,
    #[serde(rename = "enc_U_prime")]
    enc_u_prime: Hex,
    #[serde(rename = "X0_aux")]
    x0_aux: Hex,
    #[serde(rename = "X1_aux")]
    x1_aux: Hex,
    #[serde(rename = "X2_aux")]
    x2_aux: Hex,
    #[serde(rename = "H_aux")]
    h_aux: Hex,
    proof: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedCredential {
    m1: Hex,
    #[serde(rename = "U")]
    u: Hex,
    #[serde(rename = "U_prime")]
    u_prime: Hex,
    #[serde(rename = "X1")]
    x1: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PublishedPresentation {
    presentation_context: Hex,
    a: Hex,
    r: Hex,
    z: Hex,
    nonce: Prefixed,
    nonce_blinding: Hex,
    #[serde(rename = "U")]
    u: Hex,
    #[serde(rename = "U_prime_commit")]
    u_prime_commit: Hex,
    m1_commit: Hex,
    tag: Hex,
    nonce_commit: Hex,
    #[serde(rename = "D_0")]
    bit: Hex,
    proof: Hex,
}

impl PublishedPresentation {
    fn shown(self) -> Result<Shown, Mismatch> {
        let nonce = self.nonce.flat();
        let [nonce] = nonce.as_slice() else {
            return Err(Mismatch::new("nonce", "more than one byte"));
        };
        Ok(Shown {
            a: self.a,
            r: self.r,
            z: self.z,
            nonce: u32::from(*nonce),
            nonce_blinding: self.nonce_blinding,
            u: self.u,
            u_prime_commit: self.u_prime_commit,
            m1_commit: self.m1_commit,
            tag: self.tag,
            nonce_commit: self.nonce_commit,
            bits: vec![self.bit],
            proof: self.proof,
        })
    }
}

/// Seed and limit stand in the draft's program alone: 32 bytes that begin so, and 2.
const SEED: &[u8] = b"test vector seed";
const LIMIT: u32 = 2;

impl Published {
    fn run(self) -> Result<Run, Mismatch> {
        let (key, asked) = (self.server_key, self.credential_request);
        let (answered, held) = (self.credential_response, self.credential);
        let contexts = [&self.presentation1, &self.presentation2];
        let [context, second] = contexts.map(|one| one.presentation_context.clone());
        if context != second {
            return Err(Mismatch::new("presentation_context", "not the first one's"));
        }
        let mut seed = SEED.to_vec();
        seed.resize(32, 0);
        Ok(Run {
            _id: 0,
            _suite: String::new(),
            seed: Hex(seed),
            limit: LIMIT,
            request_context: asked.request_context,
            presentation_context: context,
            key: Key {
                x0: key.x0,
                x1: key.x1,
                x2: key.x2,
                x0_blinding: key.xb,
                public_x0: key.public_x0,
                public_x1: key.public_x1,
                public_x2: key.public_x2,
            },
            request: Asked {
                m1: asked.m1,
                m2: asked.m2,
                r1: asked.r1,
                r2: asked.r2,
                m1_enc: asked.m1_enc,
                m2_enc: asked.m2_enc,
                proof: asked.proof,
            },
            response: Answered {
                b: answered.b,
                u: answered.u,
                enc_u_prime: answered.enc_u_prime,
                x0_aux: answered.x0_aux,
                x1_aux: answered.x1_aux,
                x2_aux: answered.x2_aux,
                h_aux: answered.h_aux,
                proof: answered.proof,
            },
            credential: Held {
                m1: held.m1,
                u: held.u,
                u_prime: held.u_prime,
                x1: held.x1,
            },
            presentations: vec![self.presentation1.shown()?, self.presentation2.shown()?],
        })
    }
}

fn published(value: &Value) -> Result<Report, FileError> {
    let suites = value.as_object();
    let suites = suites.ok_or_else(|| FileError::new("no object of suites"))?;
    let mut report = Report::default();
    for (suite, value) in suites {
        if SUITES.names.contains(&suite.as_str()) {
            let check = |checks: &mut _| run(&read::<Published>(value)?.run()?, checks);
            report.case(suite.as_str(), check);
        } else {
            report.skip(suite.as_str(), no(SUITES.what, suite));
        }
    }
    Ok(report)
}
