//! Identities as raw public keys (RFC 7250): the DER of a SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7)
//! whose key is an identity.
//!
//! ```text
//! SEQUENCE { SEQUENCE { OID 2.25.12979169701846727654275657266834922712 }, BIT STRING identity }
//! ```

use milagro_base::Reader;

use crate::names::identity::Identity;
use milagro_base::DecodeError;

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;

/// The algorithm: a SEQUENCE with the OID 2.25.(UUID 09c3b278-f5d3-4614-b126-9c674d4b5cd8), no parameters.
const ALGORITHM: [u8; 23] = [
    0x30, 0x15, 0x06, 0x13, 0x69, 0x93, 0xc3, 0xd9, 0x9e, 0x9e, 0xdd, 0x9a, 0x98, 0xa9, 0xb1, 0x93,
    0xa7, 0x8c, 0xf4, 0xea, 0xad, 0xb9, 0x58,
];

impl Identity {
    /// Writes the identity as a SubjectPublicKeyInfo, 73 to 333 bytes.
    #[must_use]
    pub fn to_spki(&self) -> Vec<u8> {
        let identity = self.to_bytes();
        let mut key = vec![BIT_STRING];
        push_length(&mut key, 1 + identity.len());
        // No unused bits.
        key.push(0);
        key.extend(identity);
        let mut out = vec![SEQUENCE];
        push_length(&mut out, ALGORITHM.len() + key.len());
        out.extend(ALGORITHM);
        out.extend(key);
        out
    }

    /// Reads what [`Self::to_spki`] wrote: this algorithm alone, in DER.
    ///
    /// # Errors
    /// [`DecodeError::Length`] for truncated or extended bytes, [`DecodeError::Encoding`] for what is no
    /// DER, [`DecodeError::Value`] for another algorithm; or as [`Self::from_bytes`].
    pub fn from_spki(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut outer = Reader::new(bytes);
        let length = open(&mut outer, SEQUENCE)?;
        if length != outer.remaining() {
            return Err(DecodeError::Length);
        }
        if *outer.array()? != ALGORITHM {
            return Err(DecodeError::Value);
        }
        let length = open(&mut outer, BIT_STRING)?;
        if length != outer.remaining() {
            return Err(DecodeError::Length);
        }
        if outer.u8()? != 0 {
            return Err(DecodeError::Encoding);
        }
        Self::from_bytes(outer.bytes(length - 1)?)
    }
}

/// A tag and a length in the one form that DER has for it.
fn open(reader: &mut Reader<'_>, tag: u8) -> Result<usize, DecodeError> {
    if reader.u8()? != tag {
        return Err(DecodeError::Encoding);
    }
    let (length, least) = match reader.u8()? {
        short @ 0..=0x7f => (u16::from(short), 0),
        0x81 => (reader.u8()?.into(), 0x80),
        0x82 => (reader.u16()?, 0x100),
        _ => return Err(DecodeError::Encoding),
    };
    if length < least {
        return Err(DecodeError::Encoding);
    }
    Ok(length.into())
}

/// A length below 65,536 in DER.
fn push_length(out: &mut Vec<u8>, length: usize) {
    let [high, low] = u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    match (high, low) {
        (0, ..=0x7f) => out.push(low),
        (0, _) => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
}
