//! The hash that nearly everything else is made of.

use milagro_curve::{SecretScalar, Transcript};
use serde::Deserialize;
use serde_json::{Value, json};

use super::stream::{Draw, Tape};
use super::{Outputs, Wire};
use crate::Mismatch;
use crate::hexadecimal::Hex;

/// What is absorbed, and the label of what is taken out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Said {
    protocol: String,
    parts: Vec<Part>,
    label: String,
    /// What keys are derived from, by HKDF.
    secret: Hex,
    randomness: Hex,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    label: String,
    data: Hex,
}

/// Transcripts take names from the source alone: these are the ones that cases may have.
const KNOWN: [&str; 7] = [
    "MILAGRO-V1-TEST-SHAKE256",
    "MILAGRO-V1-OTHER-SHAKE256",
    "first",
    "second",
    "",
    "y",
    "key",
];

fn known(field: &str, name: &str) -> Result<&'static str, Mismatch> {
    let found = KNOWN.into_iter().find(|known| *known == name);
    found.ok_or_else(|| Mismatch::new(field, format_args!("not one of {KNOWN:?}")))
}

impl Wire for Said {
    const NAME: &'static str = "milagro-wire-transcript";
    const ABOUT: &'static str = "wire format 2: the hash of labelled parts";

    fn outputs(&self) -> Result<Outputs, Mismatch> {
        let mut transcript = Transcript::new(known("protocol", &self.protocol)?);
        for part in &self.parts {
            transcript.append(known("parts", &part.label)?, &part.data.0);
        }
        let label = known("label", &self.label)?;
        let weights = transcript.weights(label, 3);
        let outputs = Outputs::default()
            .bytes("bytes", transcript.bytes::<32>(label))
            .bytes("challenge", transcript.challenge(label).to_bytes())
            .all("weights", weights.iter().map(|weight| weight.to_be_bytes()))
            .bytes("key", *transcript.key(&self.secret.0, label));
        let mut tape = Tape::new(&self.randomness);
        let hedged = SecretScalar::hedged(&mut tape, transcript);
        tape.finish("randomness")?;
        Ok(outputs.bytes("hedged", *hedged.to_bytes()))
    }

    fn cases(draw: Draw<'_>) -> Vec<(&'static str, Value)> {
        let case = |parts: Value, label: &str| {
            json!({
                "protocol": KNOWN[0], "parts": parts, "label": label,
                "secret": draw.bytes("transcript secret", 32), "randomness": draw.bytes("transcript randomness", 32),
            })
        };
        let part = |label: &str, data: &[u8]| json!({ "label": label, "data": hex::encode(data) });
        let (one, two) = (part("first", b"one"), part("second", b"two"));
        vec![
            ("no part", case(json!([]), "y")),
            ("two parts", case(json!([one, two]), "y")),
            (
                "an empty part and an empty label",
                case(json!([part("", b""), one]), "key"),
            ),
            (
                "more than a block of 136 bytes",
                case(json!([part("first", &[0x5a; 300])]), "y"),
            ),
        ]
    }
}
