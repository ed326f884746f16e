//! How far a registrar's lists have come.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;

/// The number and hash of a revocation list; 40 bytes. An authority keeps that of the last list that it took, in
/// its records, and a [`Bulletin`](crate::permits::bulletin::Bulletin) names that of the list that it comes from:
/// an authority that was put back from a copy takes the later of the two.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct ListMark {
    /// The number: 1 for a registrar's first list.
    pub sequence: u64,
    /// The hash of the list.
    pub hash: [u8; 32],
}

impl ListMark {
    /// Bytes of an encoding.
    pub const LEN: usize = 40;

    /// Before the first list.
    pub const NONE: Self = Self {
        sequence: 0,
        hash: [0; 32],
    };

    /// Sequence number (8), hash (32).
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.write(Writer::with_capacity(Self::LEN)).finish()
    }

    /// Reads what [`Self::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`DecodeError::Length`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let mark = Self::read(&mut reader)?;
        reader.finish()?;
        Ok(mark)
    }

    pub(crate) fn write(&self, writer: Writer) -> Writer {
        writer.u64(self.sequence).bytes(&self.hash)
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            sequence: reader.u64()?,
            hash: *reader.array()?,
        })
    }
}

impl fmt::Display for ListMark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, ..] = self.hash;
        write!(f, "list {} ({a:02x}{b:02x}..)", self.sequence)
    }
}
