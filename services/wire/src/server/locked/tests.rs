//! Small secrets, and names in logs.

use milagro_dta::rand_core::UnwrapErr;
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
