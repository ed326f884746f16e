//! The checked reader and the framing under every stored or sent byte string of this layer.

use alloc::vec::Vec;

use core::fmt;

use milagro_base::DecodeError;

/// Why a stored or sent byte string was not read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FormatError {
    /// The bytes end before the value does.
    Truncated,
    /// Bytes follow the value.
    TrailingBytes,
    /// The first byte names a version that this release does not know.
    UnknownVersion(u8),
    /// A field has a value that its documentation rules out.
    OutOfRange,
    /// A list has more entries than its documented maximum.
    TooMany,
    /// Entries are repeated or out of order.
    NotCanonical,
    /// A group element, a scalar or a list of elements is not well-formed.
    Element(DecodeError),
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => f.write_str("input ends early"),
            Self::TrailingBytes => f.write_str("bytes after the end"),
            Self::UnknownVersion(version) => write!(f, "unknown version {version}"),
            Self::OutOfRange => f.write_str("field out of range"),
            Self::TooMany => f.write_str("list longer than its maximum"),
            Self::NotCanonical => f.write_str("entries repeated or out of order"),
            Self::Element(reason) => reason.fmt(f),
        }
    }
}

impl core::error::Error for FormatError {}

impl From<DecodeError> for FormatError {
    fn from(reason: DecodeError) -> Self {
        Self::Element(reason)
    }
}

/// Reads fields from the front; [`Reader::finish`] refuses what is left over.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    /// Reads the version byte, which must be `version`.
    pub(crate) fn version(&mut self, version: u8) -> Result<(), FormatError> {
        match self.u8()? {
            found if found == version => Ok(()),
            found => Err(FormatError::UnknownVersion(found)),
        }
    }

    /// Everything that is left.
    pub(crate) const fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8], FormatError> {
        let (front, rest) = self
            .0
            .split_at_checked(count)
            .ok_or(FormatError::Truncated)?;
        self.0 = rest;
        Ok(front)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FormatError> {
        let (front, rest) = self.0.split_first_chunk().ok_or(FormatError::Truncated)?;
        self.0 = rest;
        Ok(*front)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FormatError> {
        self.array().map(u8::from_be_bytes)
    }

    pub(crate) fn u16(&mut self) -> Result<u16, FormatError> {
        self.array().map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self) -> Result<u32, FormatError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, FormatError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) const fn finish(self) -> Result<(), FormatError> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(FormatError::TrailingBytes)
        }
    }
}

/// The eight length bytes that go before a field wherever fields are hashed.
pub(crate) fn frame_length(field: &[u8]) -> [u8; 8] {
    u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes()
}

/// Every field behind its length of eight bytes, so that no two lists of fields give the same bytes.
pub(crate) fn framed(fields: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(fields.iter().map(|field| field.len() + 8).sum());
    for field in fields {
        out.extend_from_slice(&frame_length(field));
        out.extend_from_slice(field);
    }
    out
}
