//! Small secrets, and names in logs.

use milagro_ledger::Records as _;
use milagro_ledger::records::{Entry, Put};

use crate::kinds::SECRET;
use crate::locked::{Named, OperatorKey, SecretError, erase, find, hidden, keep};
use crate::tests::flaky::{Flaky, rng};

#[tokio::test]
async fn open_under_their_key_and_name() {
    let (records, key) = (Flaky::never(), OperatorKey::random(&mut rng()));
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
        .inner
        .get(SECRET, &[b"one"])
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
        .inner
        .get(SECRET, &[b"two"])
        .await
        .unwrap()
        .remove(0)
        .unwrap();
    tries.push(two.value);
    for value in tries {
        let entry = Entry {
            kind: SECRET,
            key: b"one",
            value: &value,
            expected: Some(version),
            until: None,
        };
        let Put::Stored(stored) = records.inner.put(entry).await.unwrap() else {
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
