//! What a fleet has to remember besides counts: small values under keys, replaced only by whoever has seen
//! the last version.

use alloc::vec::Vec;

use milagro_base::Seconds;

use crate::kind::Kind;
use crate::ledger::{Answer, Unavailable};

/// Which edition of a record this is. Never the same twice for one key, even if it was deleted between.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version(pub u64);

/// A value with its edition.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The value.
    pub value: Vec<u8>,
    /// Its edition.
    pub version: Version,
}

/// What came of writing.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "there is no third outcome")]
pub enum Put {
    /// Written; this edition now. Of a deletion: the edition that is gone.
    Stored(Version),
    /// Somebody else was faster: this edition is there, or none.
    Conflict(Option<Version>),
}

/// Some of the keys that were asked for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Page {
    /// In ascending order.
    pub keys: Vec<Vec<u8>>,
    /// Whether there are more after the last.
    pub more: bool,
}

/// What is to be written. One outside the bounds that are stated here is not, and the answer is
/// [`Unavailable`].
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// What sort of thing it is.
    pub kind: Kind,
    /// Its key, 1 to 512 bytes.
    pub key: &'a [u8],
    /// The value, at most 1 MiB.
    pub value: &'a [u8],
    /// Which edition it replaces; `None`: there must be none.
    pub expected: Option<Version>,
    /// When it is worthless; `None`: never. It may be forgotten 48 hours later, so whoever reads it looks at
    /// the times in its value.
    pub until: Option<Seconds>,
}

impl Entry<'_> {
    /// The longest key.
    pub const KEY_MAX: usize = 512;
    /// The longest value.
    pub const VALUE_MAX: usize = 1 << 20;

    /// Whether key and value are no longer, and the key no shorter, than a store has to take.
    #[must_use]
    pub const fn is_in_bounds(&self) -> bool {
        !self.key.is_empty()
            && self.key.len() <= Self::KEY_MAX
            && self.value.len() <= Self::VALUE_MAX
    }
}

/// Small values under keys, for a whole fleet. Tested by the conformance suite.
pub trait Records: Send + Sync {
    /// One answer for each key, in order.
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>>;

    /// Writes, if the edition that is there is the one expected.
    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>>;

    /// Deletes, if the edition that is there is the one expected.
    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>>;

    /// At most `limit` keys that start with `prefix` and come after `after`, in ascending order.
    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>>;
}
