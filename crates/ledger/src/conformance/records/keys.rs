//! Keys: kinds, lists, sizes.

use alloc::vec;
use alloc::vec::Vec;

use crate::conformance::check::{Checked, answered, holds, same};
use crate::conformance::fixture::{KINDS, start_records};
use crate::conformance::harness::RecordsHarness;
use crate::conformance::records::entries::{create, entry, read, stored};
use crate::records::{Entry, Page, Records};

pub(super) async fn kinds(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    for (kind, value) in KINDS.into_iter().zip([b"0", b"1", b"2"]) {
        let entry = Entry {
            kind,
            ..entry(b"key", value)
        };
        stored(answered("put", records.put(entry).await)?)?;
    }
    let middle = answered("get", records.get(KINDS[1], &[b"key"]).await)?;
    let version = middle.into_iter().flatten().map(|record| record.version);
    for version in version {
        let gone = records.delete(KINDS[1], b"key", version).await;
        stored(answered("delete", gone)?)?;
    }
    for (kind, value) in KINDS.into_iter().zip([Some(b"0"), None, Some(b"2")]) {
        let seen = answered("get", records.get(kind, &[b"key"]).await)?;
        let seen: Vec<Option<Vec<u8>>> = seen
            .into_iter()
            .map(|record| record.map(|record| record.value))
            .collect();
        same("record", &seen, &vec![value.map(|value| value.to_vec())])?;
        let page = answered("list", records.list(kind, b"", b"", 9).await)?;
        same("listed", &page.keys.len(), &usize::from(value.is_some()))?;
    }
    Ok(())
}

pub(super) async fn list(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let empty = answered("list", records.list(KINDS[0], b"", b"", 9).await)?;
    same("empty", &empty, &page(&[], false))?;
    // Not in order, with the bytes at both ends.
    let keys: [&[u8]; 9] = [
        b"user/2/b",
        b"user/1",
        b"user/2",
        b"user/2/a",
        b"user/2/\xff",
        b"user/2/\x00",
        b"user/20",
        b"\xff\xff",
        b"user/2/\xff\x00",
    ];
    for key in keys {
        create(&*records, key, b"value").await?;
    }
    let sessions = [keys[5], keys[3], keys[0], keys[4], keys[8]];
    let cases: [(&[u8], &[u8], u16, Page); 14] = [
        (b"user/2/", b"", 9, page(&sessions, false)),
        (b"user/2/", b"", 5, page(&sessions, false)),
        // No key begins with the one that follows a prefix of the last byte there is.
        (b"user/2/\xff", b"", 9, page(&sessions[3..], false)),
        (
            b"user/2/\xff",
            b"user/2/\xff",
            9,
            page(&sessions[4..], false),
        ),
        (b"user/2/", b"", 3, page(&sessions[..3], true)),
        (b"user/2/", b"", 0, page(&[], true)),
        (b"user/2/", b"user/2/a", 9, page(&sessions[2..], false)),
        (b"user/2/", b"user/2/aa", 1, page(&sessions[2..3], true)),
        (b"user/2/", b"user/2/\xff", 9, page(&sessions[4..], false)),
        (b"user/2/", b"user/3", 9, page(&[], false)),
        (b"user/2/a", b"", 9, page(&sessions[1..2], false)),
        (b"\xff", b"", 9, page(&[keys[7]], false)),
        (b"\xff\xff\xff", b"", 9, page(&[], false)),
        (b"", b"", 2, page(&[keys[1], keys[2]], true)),
    ];
    for (prefix, after, limit, expected) in cases {
        let seen = records.list(KINDS[0], prefix, after, limit).await;
        same("list", &answered("list", seen)?, &expected)?;
    }
    // Page by page, all of them once.
    let (mut after, mut all) = (Vec::new(), Vec::new());
    loop {
        let page = records.list(KINDS[0], b"", &after, 3).await;
        let page = answered("list", page)?;
        all.extend(page.keys.iter().cloned());
        after = page.keys.last().cloned().unwrap_or_default();
        if !page.more || page.keys.is_empty() || all.len() > keys.len() {
            break;
        }
    }
    let mut expected: Vec<Vec<u8>> = keys.map(<[u8]>::to_vec).to_vec();
    expected.sort_unstable();
    same("all pages", &all, &expected)?;
    patterns(&*records).await
}

/// What means something in a pattern stands for itself.
async fn patterns(records: &dyn Records) -> Checked {
    let signs = [b'%', b'*', b'?', b'[', b'\\', b'^', b'_'];
    let keys: Vec<Vec<u8>> = signs
        .iter()
        .flat_map(|sign| [vec![b'=', *sign], vec![b'=', *sign, b'a']])
        .chain([b"=a".to_vec(), b"=ab".to_vec()])
        .collect();
    for key in &keys {
        create(records, key, b"value").await?;
    }
    for [prefix, longer] in keys.as_chunks().0 {
        let seen = records.list(KINDS[0], prefix, b"", 9).await;
        let expected = page(&[prefix, longer], false);
        same("list", &answered("list", seen)?, &expected)?;
    }
    Ok(())
}

pub(super) async fn bounds(harness: &dyn RecordsHarness) -> Checked {
    let records = start_records(harness).await?;
    let long = vec![0xff; Entry::KEY_MAX + 1];
    let large: Vec<u8> = (0..=u8::MAX).cycle().take(Entry::VALUE_MAX + 1).collect();
    let (longest, largest) = (long.split_last(), large.split_last());
    let (Some((_, longest)), Some((_, largest))) = (longest, largest) else {
        return Ok(());
    };
    for (key, value) in [(longest, largest), (b"\x00", b"\x00"), (b"'\"; --", b"")] {
        create(&*records, key, value).await?;
        let seen = read(&*records, key).await?;
        let whole = seen.is_some_and(|record| record.value == value);
        holds("not read as written", &(key.len(), value.len()), whole)?;
    }
    let refused: [(&[u8], &[u8]); 3] = [(b"", b"value"), (&long, b"value"), (b"key", &large)];
    for (key, value) in refused {
        let seen = records.put(entry(key, value)).await;
        holds("must be refused", &(key.len(), value.len()), seen.is_err())?;
        let seen = records.get(KINDS[0], &[key]).await.unwrap_or_default();
        let nothing = seen.iter().all(Option::is_none);
        holds("must not be there", &(key.len(), value.len()), nothing)?;
    }
    Ok(())
}

fn page(keys: &[&[u8]], more: bool) -> Page {
    Page {
        keys: keys.iter().map(|key| key.to_vec()).collect(),
        more,
    }
}
