//! Records, one at a time, as JSON; and hashes.

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Kind, Records, Unavailable};
use milagro_wire::bounded::Blob;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

/// Most tries to write what others write at the same time.
pub(crate) const TRIES: usize = 8;

/// A record that could be read.
pub(crate) struct Found<T> {
    pub(crate) value: T,
    pub(crate) version: Version,
}

/// What is to be kept, and until when.
#[derive(Clone, Copy)]
pub(crate) struct Kept<'a, T> {
    pub(crate) kind: Kind,
    pub(crate) key: &'a [u8],
    pub(crate) value: &'a T,
    pub(crate) until: Option<Seconds>,
}

/// What stands under a key. What cannot be read is not there: a record of another edition of this program, or an altered one.
pub(crate) async fn find<T: DeserializeOwned>(
    records: &dyn Records,
    kind: Kind,
    key: &[u8],
) -> Result<Option<Found<T>>, Unavailable> {
    let found = records
        .get(kind, &[key])
        .await?
        .into_iter()
        .flatten()
        .next();
    Ok(found.and_then(|record| {
        let value = serde_json::from_slice(&record.value).ok()?;
        let version = record.version;
        Some(Found { value, version })
    }))
}

/// Writes in place of an edition, or where there is none. False if another one is there.
pub(crate) async fn put<T: Serialize + Sync>(
    records: &dyn Records,
    kept: Kept<'_, T>,
    expected: Option<Version>,
) -> Result<bool, Unavailable> {
    let value = serde_json::to_vec(kept.value).map_err(|_| Unavailable)?;
    let entry = Entry {
        kind: kept.kind,
        key: kept.key,
        value: &value,
        expected,
        until: kept.until,
    };
    Ok(matches!(records.put(entry).await?, Put::Stored(_)))
}

/// Writes whatever edition is there.
pub(crate) async fn replace<T: Serialize + Sync>(
    records: &dyn Records,
    kept: Kept<'_, T>,
) -> Result<(), Unavailable> {
    for _ in 0..TRIES {
        let found = records.get(kept.kind, &[kept.key]).await?;
        let version = found
            .into_iter()
            .flatten()
            .next()
            .map(|record| record.version);
        let again = Kept { ..kept };
        if put(records, again, version).await? {
            return Ok(());
        }
    }
    Err(Unavailable)
}

/// Deletes whatever edition is there. True if there was one.
pub(crate) async fn delete(
    records: &dyn Records,
    kind: Kind,
    key: &[u8],
) -> Result<bool, Unavailable> {
    for _ in 0..TRIES {
        let found = records.get(kind, &[key]).await?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(false);
        };
        if let Put::Stored(_) = records.delete(kind, key, record.version).await? {
            return Ok(true);
        }
    }
    Err(Unavailable)
}

/// A hash of parts, each behind its length, for one use.
pub(crate) fn digest(tag: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update(b"MILAGRO-V1-OIDC-SHA256");
    for part in core::iter::once(&tag.as_bytes()).chain(parts) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        hash = hash.chain_update(length.to_be_bytes()).chain_update(part);
    }
    hash.finalize().into()
}

/// Bytes as base64url.
pub(crate) fn text(bytes: &[u8]) -> String {
    base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes)
}

/// So many bytes from canonical base64url.
pub(crate) fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    Blob::<N>::from_text(text).ok()?.to_array()
}

/// Bytes as base64url in JSON.
pub(crate) mod coded {
    use milagro_wire::bounded::Blob;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::text(bytes))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        let blob = Blob::<256>::from_text(&text);
        let blob = blob.map_err(|_| D::Error::custom("no base64url"))?;
        Ok(blob.as_bytes().to_vec())
    }
}
