//! Buckets, and the names of their keys.

use milagro_ledger::{Account, Kind, Life};
use sha2::{Digest as _, Sha256};

/// Accounts and records whose keys have one hash tag, so that they are in one slot of a cluster and one script can use
/// them together.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Bucket {
    pub(crate) number: u16,
    tag: Vec<u8>,
}

/// All buckets of a ledger.
#[derive(Clone, Debug)]
pub(crate) struct Buckets(Vec<Bucket>);

impl Buckets {
    pub(crate) fn new(name: &str, count: u16) -> Self {
        let bucket = |number| Bucket {
            number,
            tag: format!("{{{name}.{number}}}").into_bytes(),
        };
        Self((0..count).map(bucket).collect())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Bucket> {
        self.0.iter()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Where an account is.
    pub(crate) fn of_account(&self, account: &Account) -> Option<&Bucket> {
        self.at(account.hash())
    }

    /// Where a record is.
    pub(crate) fn of_record(&self, kind: Kind, key: &[u8]) -> Option<&Bucket> {
        let digest = Sha256::new()
            .chain_update([kind.to_byte()])
            .chain_update(key);
        self.at(&digest.finalize())
    }

    fn at(&self, hash: &[u8]) -> Option<&Bucket> {
        let bytes = hash.last_chunk().copied().unwrap_or_default();
        let number = usize::try_from(u32::from_be_bytes(bytes)).ok()?;
        self.0.get(number.checked_rem(self.0.len())?)
    }
}

impl Bucket {
    /// What is said of the bucket as a whole: a hash.
    pub(crate) fn meta(&self) -> Vec<u8> {
        [&self.tag[..], b"m"].concat()
    }

    /// The key of a call that must not take effect twice, by its name and its place among calls of this name.
    pub(crate) fn call(&self, name: [u8; 16], place: usize) -> Vec<u8> {
        let place = place.to_be_bytes();
        [&self.tag[..], b"n", &name, &place].concat()
    }

    /// An account's key. Those of lasting ones begin alike, so that they can be found.
    pub(crate) fn account(&self, account: &Account) -> Vec<u8> {
        let sort = match account.life() {
            Life::Lasting => b'l',
            Life::Span { .. } => b's',
        };
        let kind = account.kind().to_byte();
        [&self.tag[..], &[sort, kind], account.hash()].concat()
    }

    /// What the keys of lasting accounts of a kind begin with.
    pub(crate) fn lasting(&self, kind: Kind) -> Vec<u8> {
        [&self.tag[..], &[b'l', kind.to_byte()]].concat()
    }

    /// What the keys of records of a kind begin with.
    pub(crate) fn records(&self, kind: Kind) -> Vec<u8> {
        [&self.tag[..], &[b'r', kind.to_byte()]].concat()
    }

    /// A record's key.
    pub(crate) fn record(&self, kind: Kind, key: &[u8]) -> Vec<u8> {
        [&self.records(kind)[..], key].concat()
    }

    /// The keys of all records of a kind: a sorted set.
    pub(crate) fn index(&self, kind: Kind) -> Vec<u8> {
        [&self.tag[..], &[b'i', kind.to_byte()]].concat()
    }
}
