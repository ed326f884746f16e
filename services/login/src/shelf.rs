//! Records, one at a time, with problems for errors.

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Put, Record, Version};
use milagro_ledger::{Kind, Records, Unavailable};
use milagro_wire::problem::{Problem, ProblemType};
use sha2::{Digest as _, Sha256};

/// Most tries to write what others write at the same time.
pub(crate) const TRIES: usize = 8;
/// Keys in one page of a list.
const PAGE: u16 = 256;

pub(crate) fn unavailable(_: Unavailable) -> Problem {
    ProblemType::Unavailable.problem().after(1)
}

pub(crate) async fn find(
    records: &dyn Records,
    kind: Kind,
    key: &[u8],
) -> Result<Option<Record>, Unavailable> {
    let found = records.get(kind, &[key]).await?;
    Ok(found.into_iter().flatten().next())
}

/// What is to be kept, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a> {
    pub(crate) kind: Kind,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a [u8],
    pub(crate) until: Option<Seconds>,
}

/// Writes in place of an edition, or where there is none. False if another one is there.
pub(crate) async fn put(
    records: &dyn Records,
    kept: Kept<'_>,
    expected: Option<Version>,
) -> Result<bool, Unavailable> {
    let entry = Entry {
        kind: kept.kind,
        key: kept.key,
        value: kept.value,
        expected,
        until: kept.until,
    };
    Ok(matches!(records.put(entry).await?, Put::Stored(_)))
}

/// Deletes whatever edition is there. True if there was one, and nobody else deleted it.
pub(crate) async fn delete(
    records: &dyn Records,
    kind: Kind,
    key: &[u8],
) -> Result<bool, Unavailable> {
    for _ in 0..TRIES {
        let Some(record) = find(records, kind, key).await? else {
            return Ok(false);
        };
        if take(records, kind, key, record.version).await? {
            return Ok(true);
        }
    }
    Err(Unavailable)
}

/// Deletes an edition. False if it is gone.
pub(crate) async fn take(
    records: &dyn Records,
    kind: Kind,
    key: &[u8],
    version: Version,
) -> Result<bool, Unavailable> {
    let gone = records.delete(kind, key, version).await?;
    Ok(matches!(gone, Put::Stored(_)))
}

/// All keys that begin with a prefix, at most so many.
pub(crate) async fn keys(
    records: &dyn Records,
    kind: Kind,
    prefix: &[u8],
    most: usize,
) -> Result<Vec<Vec<u8>>, Unavailable> {
    let mut keys: Vec<Vec<u8>> = Vec::new();
    loop {
        let after = keys.last().cloned().unwrap_or_default();
        let page = records.list(kind, prefix, &after, PAGE).await?;
        let ends = !page.more || page.keys.is_empty();
        keys.extend(page.keys);
        if ends || keys.len() >= most {
            keys.truncate(most);
            return Ok(keys);
        }
    }
}

/// The records of keys, without those that are gone.
pub(crate) async fn all(
    records: &dyn Records,
    kind: Kind,
    keys: &[Vec<u8>],
) -> Result<Vec<(Vec<u8>, Record)>, Unavailable> {
    let asked: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    if asked.is_empty() {
        return Ok(Vec::new());
    }
    let found = records.get(kind, &asked).await?;
    let pairs = keys.iter().zip(found);
    Ok(pairs
        .filter_map(|(key, record)| Some((key.clone(), record?)))
        .collect())
}

/// A hash of one thing, for one use.
pub(crate) fn digest(tag: &str, what: &[u8]) -> [u8; 32] {
    let tag_len = u64::try_from(tag.len()).unwrap_or(u64::MAX);
    let hash = Sha256::new()
        .chain_update(b"MILAGRO-V1-LOGIN-SHA256")
        .chain_update(tag_len.to_be_bytes())
        .chain_update(tag)
        .chain_update(what);
    hash.finalize().into()
}
