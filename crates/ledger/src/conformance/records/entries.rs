//! Reading, writing, deleting.

use alloc::vec;
use alloc::vec::Vec;

use milagro_base::Seconds;

use crate::conformance::check::{Checked, answered, holds, same};
use crate::conformance::fixture::{KINDS, start_records};
use crate::conformance::harness::RecordsHarness;
use crate::records::{Entry, Put, Record, Records, Version};

pub(super) async fn get(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let none = answered("get", records.get(KINDS[0], &[]).await)?;
    same("records of no key", &none, &Vec::new())?;
    let (a, b) = (
        create(&*records, b"a", b"1").await?,
        create(&*records, b"b", b"").await?,
    );
    let keys: [&[u8]; 5] = [b"b", b"missing", b"a", b"b", b""];
    let seen = answered("get", records.get(KINDS[0], &keys).await)?;
    let record = |value: &[u8], version| {
        Some(Record {
            value: value.to_vec(),
            version,
        })
    };
    let (a, b) = (record(b"1", a), record(b"", b));
    same("records", &seen, &vec![b.clone(), None, a, b, None])
}

pub(super) async fn put(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let key = b"key";
    // Nothing is there to be replaced.
    let seen = put_over(&*records, key, Some(Version(1))).await?;
    same("put over nothing", &seen, &Put::Conflict(None))?;
    let first = create(&*records, key, b"first").await?;
    let seen = put_over(&*records, key, None).await?;
    same("put where one is", &seen, &Put::Conflict(Some(first)))?;
    let second = stored(put_over(&*records, key, Some(first)).await?)?;
    let seen = put_over(&*records, key, Some(first)).await?;
    same("put over an old one", &seen, &Put::Conflict(Some(second)))?;
    let value = read(&*records, key).await?;
    let expected = Record {
        value: b"other".to_vec(),
        version: second,
    };
    same("record", &value, &Some(expected))
}

pub(super) async fn delete(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let key = b"key";
    let seen = delete_of(&*records, key, Version(1)).await?;
    same("delete nothing", &seen, &Put::Conflict(None))?;
    let first = create(&*records, key, b"first").await?;
    let neighbour = create(&*records, b"key2", b"first").await?;
    let second = stored(put_over(&*records, key, Some(first)).await?)?;
    let seen = delete_of(&*records, key, first).await?;
    same("delete an old one", &seen, &Put::Conflict(Some(second)))?;
    let seen = delete_of(&*records, key, second).await?;
    same("delete", &seen, &Put::Stored(second))?;
    same("record", &read(&*records, key).await?, &None)?;
    let seen = delete_of(&*records, key, second).await?;
    same("delete twice", &seen, &Put::Conflict(None))?;
    let left = read(&*records, b"key2").await?;
    let version = left.map(|record| record.version);
    same("neighbour", &version, &Some(neighbour))
}

pub(super) async fn versions(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let key = b"key";
    let mut seen = Vec::new();
    for _ in 0..3 {
        let first = create(&*records, key, b"first").await?;
        let second = stored(put_over(&*records, key, Some(first)).await?)?;
        stored(delete_of(&*records, key, second).await?)?;
        seen.extend([first, second]);
    }
    drop(records);
    let records = harness.reopen().await;
    let records = records.map_err(|problem| alloc::format!("reopen: {problem}"))?;
    seen.push(create(&*records, key, b"first").await?);
    let mut distinct = seen.clone();
    distinct.sort_unstable();
    distinct.dedup();
    holds("versions", &seen, distinct.len() == seen.len())
}

pub(super) async fn until(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let now = harness.now();
    let times = [Some(now.plus(Seconds::hours(1))), Some(Seconds::MAX), None];
    for (until, key) in times.into_iter().zip([b"a", b"b", b"c"]) {
        let entry = Entry {
            until,
            ..entry(key, b"value")
        };
        stored(answered("put", records.put(entry).await)?)?;
        holds("forgotten", &until, read(&*records, key).await?.is_some())?;
    }
    // A record that was to end soon, and no longer is.
    let first = read(&*records, b"a").await?.map(|record| record.version);
    let entry = Entry {
        expected: first,
        ..entry(b"a", b"value")
    };
    stored(answered("put", records.put(entry).await)?)?;
    let kept = read(&*records, b"a").await?;
    holds("forgotten", &kept, kept.is_some())
}

/// What most checks write.
pub(super) const fn entry<'a>(key: &'a [u8], value: &'a [u8]) -> Entry<'a> {
    Entry {
        kind: KINDS[0],
        key,
        value,
        expected: None,
        until: None,
    }
}

/// Writes a record that is not there.
pub(super) async fn create(records: &dyn Records, key: &[u8], value: &[u8]) -> Checked<Version> {
    stored(answered("put", records.put(entry(key, value)).await)?)
}

/// One record.
pub(super) async fn read(records: &dyn Records, key: &[u8]) -> Checked<Option<Record>> {
    let records = answered("get", records.get(KINDS[0], &[key]).await)?;
    same("number of records", &records.len(), &1)?;
    Ok(records.into_iter().flatten().next())
}

/// The edition that was written.
pub(super) fn stored(put: Put) -> Checked<Version> {
    match put {
        Put::Stored(version) => Ok(version),
        Put::Conflict(other) => Err(alloc::format!("not written: {other:?} is there")),
    }
}

async fn put_over(records: &dyn Records, key: &[u8], expected: Option<Version>) -> Checked<Put> {
    let entry = Entry {
        expected,
        ..entry(key, b"other")
    };
    answered("put", records.put(entry).await)
}

async fn delete_of(records: &dyn Records, key: &[u8], expected: Version) -> Checked<Put> {
    answered("delete", records.delete(KINDS[0], key, expected).await)
}
