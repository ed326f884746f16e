//! The records' trait.

use alloc::collections::BTreeMap;
use futures_util::future::try_join_all;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};
use milagro_store::keys;
use redis::Value;

use crate::bucket::Bucket;
use crate::failure::Failure;
use crate::ledger::portions;
use crate::link::Call;
use crate::open::Redis;
use crate::packed::{self, expiry, unexpected};
use crate::scripts::{self, Program};

impl Records for Redis {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(self.repeat(keys.len(), move || self.get_once(kind, keys)))
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            if !entry.is_in_bounds() {
                return Err(Unavailable);
            }
            // A call that comes again is known by its name.
            let name = self.name_call();
            self.repeat(1, || self.put_once(name, entry)).await
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(self.repeat(1, move || self.delete_once(kind, key, expected)))
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        let range = Range {
            kind,
            prefix,
            after,
            limit,
        };
        Box::pin(self.repeat(usize::from(limit), move || self.list_once(range)))
    }
}

/// Keys of a kind that are asked for.
#[derive(Clone, Copy)]
struct Range<'a> {
    kind: Kind,
    prefix: &'a [u8],
    after: &'a [u8],
    limit: u16,
}

impl Redis {
    async fn get_once(&self, kind: Kind, keys: &[&[u8]]) -> Result<Vec<Option<Record>>, Failure> {
        let mut by_bucket: BTreeMap<&Bucket, Vec<usize>> = BTreeMap::new();
        for (place, key) in keys.iter().enumerate() {
            let bucket = self.shared.buckets.of_record(kind, key);
            by_bucket
                .entry(bucket.ok_or_else(unexpected)?)
                .or_default()
                .push(place);
        }
        let answers = portions(by_bucket)
            .into_iter()
            .map(|(bucket, places)| async move {
                let keys = places.iter().filter_map(|place| keys.get(*place));
                let mut call = self.record_call(&scripts::READ, bucket);
                call.keys = keys.map(|key| bucket.record(kind, key)).collect();
                Ok::<_, Failure>((self.call(&call).await?, places))
            });
        let mut records = vec![None; keys.len()];
        for (answer, places) in try_join_all(answers).await? {
            let Value::Array(values) = answer else {
                return Err(unexpected());
            };
            for (place, value) in places.into_iter().zip(values) {
                if let Some(slot) = records.get_mut(place) {
                    *slot = record(&value)?;
                }
            }
        }
        Ok(records)
    }

    async fn put_once(&self, name: [u8; 16], entry: Entry<'_>) -> Result<Put, Failure> {
        let bucket = self.shared.buckets.of_record(entry.kind, entry.key);
        let mut call = self.record_call(&scripts::PUT, bucket.ok_or_else(unexpected)?);
        call.keys = vec![
            call.bucket.record(entry.kind, entry.key),
            call.bucket.index(entry.kind),
            call.bucket.call(name, 0),
        ];
        // A server that was stopped in its tracks takes the first call when it goes on, and the last one right after it.
        let again = self.shared.patience.as_secs().saturating_mul(2);
        let again = again.saturating_add(60).min(MOST_AGAIN);
        call.arguments.extend([
            entry
                .expected
                .map_or_else(Vec::new, |version| version.0.to_be_bytes().to_vec()),
            entry.key.to_vec(),
            [&name[..], entry.value].concat(),
            expiry(entry.until),
            again.to_string().into_bytes(),
        ]);
        self.written(&call).await
    }

    /// A deletion whose answer was lost and that is asked for again finds nothing, and says that somebody else was
    /// faster.
    async fn delete_once(&self, kind: Kind, key: &[u8], expected: Version) -> Result<Put, Failure> {
        let bucket = self.shared.buckets.of_record(kind, key);
        let mut call = self.record_call(&scripts::DELETE, bucket.ok_or_else(unexpected)?);
        call.keys = vec![call.bucket.record(kind, key), call.bucket.index(kind)];
        call.arguments
            .extend([expected.0.to_be_bytes().to_vec(), key.to_vec()]);
        self.written(&call).await
    }

    async fn written(&self, call: &Call<'_>) -> Result<Put, Failure> {
        let sequence = |answer: &Value| packed::number(answer.as_sequence()?.get(2)?);
        let Value::Array(fields) = self.change(call, sequence).await? else {
            return Err(unexpected());
        };
        let [is_written, version, _sequence] = &fields[..] else {
            return Err(unexpected());
        };
        let Value::BulkString(version) = version else {
            return Err(unexpected());
        };
        let version = version
            .first_chunk()
            .map(|bytes| Version(u64::from_be_bytes(*bytes)));
        match (is_written, version) {
            (Value::Int(1), Some(version)) => Ok(Put::Stored(version)),
            (Value::Int(0), version) => Ok(Put::Conflict(version)),
            _ => Err(unexpected()),
        }
    }

    async fn list_once(&self, range: Range<'_>) -> Result<Page, Failure> {
        let pages = self
            .shared
            .buckets
            .iter()
            .map(|bucket| self.list_in(bucket, range));
        let mut keys: Vec<Vec<u8>> = try_join_all(pages).await?.into_iter().flatten().collect();
        keys.sort_unstable();
        let more = keys.len() > usize::from(range.limit);
        keys.truncate(usize::from(range.limit));
        Ok(Page { keys, more })
    }

    /// One key more than is asked for, if there is one.
    async fn list_in(&self, bucket: &Bucket, range: Range<'_>) -> Result<Vec<Vec<u8>>, Failure> {
        let mut start = if range.after < range.prefix {
            [b"[", range.prefix].concat()
        } else {
            [b"(", range.after].concat()
        };
        let end = match keys::end_of(range.prefix) {
            Some(end) => [b"(", &end[..]].concat(),
            None => b"+".to_vec(),
        };
        let wanted = usize::from(range.limit) + 1;
        let mut keys = Vec::new();
        loop {
            let count = wanted.saturating_sub(keys.len());
            let mut call = self.record_call(&scripts::LIST, bucket);
            call.keys = vec![bucket.index(range.kind)];
            let number = count.to_string().into_bytes();
            call.arguments.extend([start, end.clone(), number]);
            let answer = self.call(&call).await?;
            let listed: Vec<Vec<u8>> =
                redis::from_redis_value(answer).map_err(|_other| unexpected())?;
            let Some(last) = listed.last() else {
                return Ok(keys);
            };
            start = [b"(", &last[..]].concat();
            let is_end = listed.len() < count;
            keys.extend(self.sweep(bucket, range.kind, listed).await?);
            if is_end || keys.len() >= wanted {
                return Ok(keys);
            }
        }
    }

    /// Those of them that there are still records of.
    async fn sweep(
        &self,
        bucket: &Bucket,
        kind: Kind,
        listed: Vec<Vec<u8>>,
    ) -> Result<Vec<Vec<u8>>, Failure> {
        let mut call = self.record_call(&scripts::SWEEP, bucket);
        call.keys = vec![bucket.index(kind)];
        call.keys
            .extend(listed.iter().map(|key| bucket.record(kind, key)));
        call.arguments.extend(listed.iter().cloned());
        let answer = self.call(&call).await?;
        let there: Vec<i64> = redis::from_redis_value(answer).map_err(|_other| unexpected())?;
        if there.len() != listed.len() {
            return Err(unexpected());
        }
        let kept = listed.into_iter().zip(there);
        Ok(kept
            .filter_map(|(key, there)| (there == 1).then_some(key))
            .collect())
    }

    fn record_call<'r>(&self, script: &'r Program, bucket: &'r Bucket) -> Call<'r> {
        let arguments = vec![self.shared.id.to_bytes().to_vec()];
        Call::bare(script, bucket, arguments)
    }
}

/// Version, name of the call that wrote it, value.
fn record(value: &Value) -> Result<Option<Record>, Failure> {
    let bytes = match value {
        Value::Nil => return Ok(None),
        Value::BulkString(bytes) => bytes,
        _ => return Err(unexpected()),
    };
    let (version, rest) = bytes.split_first_chunk().ok_or_else(unexpected)?;
    let (_name, value) = rest.split_first_chunk::<16>().ok_or_else(unexpected)?;
    Ok(Some(Record {
        value: value.to_vec(),
        version: Version(u64::from_be_bytes(*version)),
    }))
}

/// A month, in seconds: nobody is more patient.
const MOST_AGAIN: u64 = 30 * 86_400;
