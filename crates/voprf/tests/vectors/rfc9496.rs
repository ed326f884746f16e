//! RFC 9496, appendix A: encodings, refused encodings and the one-way map.

use milagro_voprf::{Blinded, DecodeError, Oprf, SecretKey, hazmat};
use serde::Deserialize;
use sha2::{Digest, Sha512};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "source")]
    _source: String,
    #[serde(rename = "format")]
    _format: String,
    multiples: Vec<Multiple>,
    invalid: Vec<String>,
    one_way_map: Vec<Map>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Multiple {
    scalar: u8,
    encoding: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Map {
    sha512_of: String,
    encoding: String,
}

/// Runs a file and counts its cases.
pub(crate) fn run(text: &str) -> Result<usize, String> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    file.multiples.iter().try_for_each(multiple)?;
    for encoding in &file.invalid {
        let bytes = hex::decode(encoding).map_err(|e| e.to_string())?;
        let found = <Blinded>::from_bytes(&bytes);
        if found != Err(DecodeError::Element) {
            return Err(format!("{encoding}: {found:?}"));
        }
    }
    for map in &file.one_way_map {
        let uniform: [u8; 64] = Sha512::digest(map.sha512_of.as_bytes()).into();
        same(&map.encoding, &hazmat::ristretto255_map(&uniform))?;
    }
    Ok(file.multiples.len() + file.invalid.len() + file.one_way_map.len())
}

fn multiple(case: &Multiple) -> Result<(), String> {
    let bytes = hex::decode(&case.encoding).map_err(|e| e.to_string())?;
    let decoded = <Blinded>::from_bytes(&bytes);
    let mut scalar = [0; 32];
    scalar[0] = case.scalar;
    let Ok(key) = SecretKey::<Oprf>::from_bytes(&scalar) else {
        // Zero times the generator: the identity, which is no element of any message.
        return if decoded == Err(DecodeError::Identity) {
            Ok(())
        } else {
            Err(format!("{decoded:?}"))
        };
    };
    same(
        &case.encoding,
        &decoded.map_err(|e| e.to_string())?.to_bytes(),
    )?;
    same(&case.encoding, &key.public_key().to_bytes())
}

fn same(expected: &str, found: &[u8]) -> Result<(), String> {
    let found = hex::encode(found);
    if found == expected {
        Ok(())
    } else {
        Err(format!("{expected} expected, {found} found"))
    }
}
