//! What the records say of the last list.

use milagro_base::{Reader, Writer};
use milagro_dta::permits::ListMark;

use crate::name::Name;

const VERSION: u8 = 1;
/// Pieces of the longest list.
pub(super) const PIECES_MAX: u32 = 33;

/// What the records say of the last list.
pub(super) struct Named {
    pub(super) mark: ListMark,
    /// The hash of its bytes, by which its pieces are found.
    pub(super) bytes: Name,
    pub(super) pieces: u32,
}

impl Named {
    /// Version (1), mark (40), hash of the bytes (32), pieces (4).
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        Writer::new()
            .u8(VERSION)
            .bytes(&self.mark.to_bytes())
            .bytes(self.bytes.as_bytes())
            .u32(self.pieces)
            .finish()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.version(VERSION).ok()?;
        let mark = ListMark::from_bytes(reader.bytes(ListMark::LEN).ok()?).ok()?;
        let bytes = Name::from_bytes(*reader.array().ok()?);
        let pieces = reader.u32().ok()?;
        reader.finish().ok()?;
        if !(1..=PIECES_MAX).contains(&pieces) {
            return None;
        }
        Some(Self {
            mark,
            bytes,
            pieces,
        })
    }
}
