//! Small secrets, and names in logs.

use milagro_dta::rand_core::{TryCryptoRng, TryRng, UnwrapErr};
use milagro_ledger::Records as _;
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Put};

use super::{
    KIND, Named, OperatorKey, Replacement, SECRET_MAX, SecretError, erase, find, find_bytes,
    hidden, keep, replace,
};

fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// A generator that knows one byte.
struct Sevens;

impl TryRng for Sevens {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0x0707_0707)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0x0707_0707_0707_0707)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(7);
        Ok(())
    }
}

impl TryCryptoRng for Sevens {}

/// Computed with Python's hmac and PyNaCl.
const FROZEN: [u8; 45] = [
    1, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 0xbc, 0xf0, 0x14,
    0xc4, 0x48, 0xa0, 0xd6, 0x2e, 0xbc, 0xd1, 0x99, 0x39, 0x9f, 0xea, 0x0d, 0xc9, 0xac, 0xbd, 0xe8,
    0x91,
];

#[tokio::test]
async fn have_one_form() {
    let (records, key) = (
        MemoryRecords::new(1 << 20),
        OperatorKey::from_bytes(&[9; 32]),
    );
    let named = Named {
        name: "audit key",
        secret: &[5; 4],
    };
    keep(&mut Sevens, &records, &key, named).await.unwrap();
    let found = records.get(KIND, &[b"audit key"]).await.unwrap();
    let record = found.into_iter().flatten().next().unwrap();
    assert_eq!(record.value, FROZEN);
    let found = find_bytes(&records, &key, "audit key").await.unwrap();
    assert_eq!(*found.secret, [5; 4]);
    // Whatever else stands there is not opened, and nothing panics: another version, cut, altered anywhere, and more.
    let mut version = record.version;
    let cut = (0..FROZEN.len()).map(|length| FROZEN[..length].to_vec());
    let altered = (0..FROZEN.len()).map(|place| {
        let mut altered = FROZEN;
        altered[place] ^= 3;
        altered.to_vec()
    });
    let more = [[&FROZEN[..], &[0]].concat()];
    for value in cut.chain(altered).chain(more) {
        let entry = Entry {
            kind: KIND,
            key: b"audit key",
            value: &value,
            expected: Some(version),
            until: None,
        };
        let Put::Stored(stored) = records.put(entry).await.unwrap() else {
            panic!("another writer");
        };
        version = stored;
        let found = find_bytes(&records, &key, "audit key").await;
        assert_eq!(found.err(), Some(SecretError::Key), "{value:?}");
    }
}

#[tokio::test]
async fn are_replaced_by_whoever_saw_the_last_one() {
    let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let named = |secret| Named {
        name: "signing key",
        secret,
    };
    let (first, second) = (vec![1; 70], vec![2; SECRET_MAX]);
    let absent = Replacement {
        named: named(&first),
        version: None,
    };
    replace(&mut rng(), &records, &key, absent).await.unwrap();
    let seen = find_bytes(&records, &key, "signing key").await.unwrap();
    assert_eq!(*seen.secret, first);
    let next = Replacement {
        named: named(&second),
        version: Some(seen.version),
    };
    replace(&mut rng(), &records, &key, next).await.unwrap();
    for late in [next, absent] {
        let late = replace(&mut rng(), &records, &key, late).await;
        assert_eq!(late, Err(SecretError::Exists));
    }
    let found = find_bytes(&records, &key, "signing key").await.unwrap();
    assert_eq!(*found.secret, second);
    // Nor is it one of 32 bytes, nor is there room for one byte more.
    let short = find(&records, &key, "signing key").await;
    assert_eq!(short, Err(SecretError::Key));
    let long = vec![3; SECRET_MAX + 1];
    let long = keep(&mut rng(), &records, &key, named(&long)).await;
    assert_eq!(long, Err(SecretError::TooLong));
}

#[tokio::test]
async fn open_under_their_key_and_name() {
    let (records, key) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let named = |name, secret| Named { name, secret };
    keep(&mut rng(), &records, &key, named("one", &[1; 32]))
        .await
        .unwrap();
    keep(&mut rng(), &records, &key, named("two", &[2; 32]))
        .await
        .unwrap();
    let again = keep(&mut rng(), &records, &key, named("one", &[3; 32])).await;
    assert_eq!(again, Err(SecretError::Exists));
    assert_eq!(*find(&records, &key, "one").await.unwrap(), [1; 32]);
    assert_eq!(
        find(&records, &key, "three").await,
        Err(SecretError::Missing)
    );
    let other = OperatorKey::random(&mut rng());
    assert_eq!(find(&records, &other, "one").await, Err(SecretError::Key));

    // Every bit of it, cut, longer, or put in the place of another.
    let record = records
        .get(KIND, &[b"one"])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    let mut version = record.version;
    let mut tries: Vec<Vec<u8>> = (0..record.value.len())
        .map(|place| {
            let mut value = record.value.clone();
            value[place] ^= 1;
            value
        })
        .collect();
    tries.push(record.value[..record.value.len() - 1].to_vec());
    tries.push([record.value.as_slice(), &[0]].concat());
    tries.push(Vec::new());
    let two = records
        .get(KIND, &[b"two"])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    tries.push(two.value);
    for value in tries {
        let entry = Entry {
            kind: KIND,
            key: b"one",
            value: &value,
            expected: Some(version),
            until: None,
        };
        let Put::Stored(stored) = records.put(entry).await.unwrap() else {
            panic!("a conflict")
        };
        version = stored;
        assert_eq!(find(&records, &key, "one").await, Err(SecretError::Key));
    }
    for _ in 0..2 {
        erase(&records, "one").await.unwrap();
        assert_eq!(find(&records, &key, "one").await, Err(SecretError::Missing));
    }
    assert_eq!(*find(&records, &key, "two").await.unwrap(), [2; 32]);
}

#[test]
fn nothing_shows_a_key() {
    let key = OperatorKey::from_bytes(&[171; 32]);
    assert_eq!(format!("{key:?}"), "OperatorKey { .. }");
    let named = Named {
        name: "n",
        secret: &[171; 32],
    };
    assert_eq!(format!("{named:?}"), "Named { .. }");
    assert_eq!(hidden(&[1; 32], b"a").len(), 32);
    assert_ne!(hidden(&[1; 32], b"a"), hidden(&[2; 32], b"a"));
    assert_ne!(hidden(&[1; 32], b"a"), hidden(&[1; 32], b"b"));
}
