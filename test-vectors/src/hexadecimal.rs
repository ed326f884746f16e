//! Bytes and numbers as files write them.

use serde::de::{Deserialize, Deserializer, Error};

use crate::Mismatch;

/// Bytes written in hexadecimal, two digits each, without a prefix.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Hex(pub(crate) Vec<u8>);

impl Hex {
    /// The bytes, if they are as many as needed.
    pub(crate) fn array<const N: usize>(&self, field: &str) -> Result<[u8; N], Mismatch> {
        self.0.as_slice().try_into().map_err(|_| {
            Mismatch::new(field, format_args!("{} bytes instead of {N}", self.0.len()))
        })
    }
}

impl AsRef<[u8]> for Hex {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        hex::decode(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Strings of bytes in hexadecimal with commas between them, as RFC 9497 prints batches.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct HexList(pub(crate) Vec<Hex>);

impl<'de> Deserialize<'de> for HexList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let list = text.split(',').map(|part| hex::decode(part).map(Hex));
        list.collect::<Result<_, _>>()
            .map(Self)
            .map_err(D::Error::custom)
    }
}

/// Big-endian numbers of whole bytes as RFC 9380 prints them: `0x...`, extension fields as coefficients
/// with commas between them, lowest first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Prefixed(pub(crate) Vec<Vec<u8>>);

impl Prefixed {
    /// All coefficients as one string of bytes, lowest first.
    pub(crate) fn flat(&self) -> Vec<u8> {
        self.0.concat()
    }

    /// All coefficients as one string of bytes, highest first.
    pub(crate) fn flat_reversed(&self) -> Vec<u8> {
        self.0.iter().rev().flatten().copied().collect()
    }
}

impl<'de> Deserialize<'de> for Prefixed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let numbers = text.split(',').map(|number| {
            let digits = number
                .strip_prefix("0x")
                .ok_or_else(|| D::Error::custom("a number without 0x"))?;
            // Small numbers are printed with an odd count of digits.
            let padding = if digits.len() % 2 == 1 { "0" } else { "" };
            hex::decode(format!("{padding}{digits}")).map_err(D::Error::custom)
        });
        numbers.collect::<Result<_, _>>().map(Self)
    }
}
