//! A bulletin in slices, for clients that want their own permit and no more.
//!
//! ```text
//! slice = version (1) || number of gaps (4) || gaps (80 each)                          at most 1,024 gaps
//! index = version (1) || head (133) || number of slices (4) || for each slice: its first leaf (16) || SHA-256(slice) (32)
//! ```
//!
//! Only a whole bulletin has a proof, so a slice is worth what the hash of its index is worth: have it from somebody who has
//! checked the bulletin, over a channel which authenticates them. With the hash, index and slices can come from anybody.

use core::fmt;

use milagro_base::{Reader, Writer};
use milagro_curve::DecodeError;
use milagro_mpin::{Identity, Permit, permit::Leaf};
use sha2::{Digest as _, Sha256};

use crate::permits::bulletin::document::{Bulletin, Head, Record};

/// The bytes of an index and of its slices, each to be named by its SHA-256.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Sliced {
    /// What [`SliceIndex::from_bytes`] reads.
    pub index: Vec<u8>,
    /// What [`SliceIndex::permit`] reads, in ascending order.
    pub slices: Vec<Vec<u8>>,
}

/// Which slice holds which gaps.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SliceIndex {
    head: Head,
    slices: Vec<(Leaf, [u8; 32])>,
}

/// The bytes are not those that were named. Use none of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SliceRejected;

impl Bulletin {
    /// The same permits in slices.
    #[must_use]
    pub fn slices(&self) -> Sliced {
        let (mut entries, mut slices) = (Writer::new(), Vec::new());
        for gaps in self.0.draft.records.chunks(SliceIndex::GAPS) {
            let count = u32::try_from(gaps.len()).unwrap_or(u32::MAX);
            let head = Writer::new().u8(SliceIndex::VERSION).u32(count);
            let slice = gaps
                .iter()
                .fold(head, |writer, gap| writer.bytes(&gap.to_bytes()));
            let slice = slice.finish();
            let first = gaps.first().map_or(Leaf(0), |gap| gap.low);
            entries = entries.bytes(&first.0.to_be_bytes()).bytes(&hash(&slice));
            slices.push(slice);
        }
        let count = u32::try_from(slices.len()).unwrap_or(u32::MAX);
        let index = self.head().write(Writer::new().u8(SliceIndex::VERSION));
        let index = index.u32(count).bytes(&entries.finish()).finish();
        Sliced { index, slices }
    }
}

impl SliceIndex {
    /// Most gaps of a slice.
    pub const GAPS: usize = 1 << 10;
    /// Longest slice, in bytes.
    pub const SLICE_MAX: usize = 5 + Self::GAPS * Record::LEN;
    /// Longest index, in bytes: that of 2^20 gaps.
    pub const INDEX_MAX: usize = 5 + Head::LEN + Self::GAPS * Self::ENTRY;

    const ENTRY: usize = 48;
    const VERSION: u8 = 1;

    /// Reads the index whose SHA-256 is known.
    ///
    /// # Security
    /// All permits that come from it are worth what this hash is worth.
    ///
    /// # Errors
    /// [`SliceRejected`] for bytes with another hash, or that are no index.
    pub fn from_bytes(bytes: &[u8], known: &[u8; 32]) -> Result<Self, SliceRejected> {
        if bytes.len() > Self::INDEX_MAX || hash(bytes) != *known {
            return Err(SliceRejected);
        }
        Self::read(bytes).map_err(|_| SliceRejected)
    }

    fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let head = Head::read(&mut reader)?;
        let count = usize::try_from(reader.u32()?).map_err(|_| DecodeError::Value)?;
        let gaps = usize::try_from(head.count).map_err(|_| DecodeError::Value)?;
        if count != gaps.div_ceil(Self::GAPS) {
            return Err(DecodeError::Value);
        }
        let mut slices: Vec<(Leaf, [u8; 32])> = Vec::with_capacity(count);
        for _ in 0..count {
            let first = Leaf(u128::from_be_bytes(*reader.array()?));
            if slices.last().is_some_and(|(before, _)| *before >= first) {
                return Err(DecodeError::Value);
            }
            slices.push((first, *reader.array()?));
        }
        reader.finish()?;
        Ok(Self { head, slices })
    }

    /// What the bulletin is about: domain, epoch and list are to be compared with those that are wanted.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }

    /// The SHA-256 of every slice, in ascending order of their gaps.
    pub fn slices(&self) -> impl Iterator<Item = [u8; 32]> {
        self.slices.iter().map(|(_, hash)| *hash)
    }

    /// The SHA-256 of the slice that may hold the permit of an identity; `None` if the identity is revoked for certain.
    #[must_use]
    pub fn slice_of(&self, identity: &Identity) -> Option<[u8; 32]> {
        let leaf = Leaf::of(identity, &self.head.edition.id);
        let after = self.slices.partition_point(|(first, _)| *first <= leaf);
        self.slices
            .get(after.checked_sub(1)?)
            .map(|(_, hash)| *hash)
    }

    /// The permit of an identity, from the slice of [`Self::slice_of`]; `None` if the identity is revoked.
    ///
    /// # Errors
    /// [`SliceRejected`] for any other bytes.
    pub fn permit(
        &self,
        identity: &Identity,
        slice: &[u8],
    ) -> Result<Option<Permit>, SliceRejected> {
        let Some(known) = self.slice_of(identity) else {
            return Ok(None);
        };
        if slice.len() > Self::SLICE_MAX || hash(slice) != known {
            return Err(SliceRejected);
        }
        let found = self.find(identity, slice).map_err(|_| SliceRejected)?;
        let permit = found.map(|record| record.permit(&self.head).ok_or(SliceRejected));
        permit.transpose()
    }

    fn find(&self, identity: &Identity, slice: &[u8]) -> Result<Option<Record>, DecodeError> {
        let leaf = Leaf::of(identity, &self.head.edition.id);
        let mut reader = Reader::new(slice);
        reader.version(Self::VERSION)?;
        let (mut before, mut found) = (None, None);
        for _ in 0..reader.u32()? {
            let record = Record::read(&mut reader, before)?;
            before = Some(record.high);
            if record.low <= leaf && leaf <= record.high {
                found = Some(record);
            }
        }
        reader.finish()?;
        Ok(found)
    }
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl fmt::Display for SliceRejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the bytes that were named")
    }
}

impl core::error::Error for SliceRejected {}
