//! What stands in records, byte by byte, and under which kinds and keys.

use milagro_base::Seconds;
use milagro_dta::grants::RegistrarKey;
use milagro_ledger::Kind;
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Put};
use milagro_wire::problem::ProblemType;
use milagro_wire::server::locked::{self, Named, OperatorKey};
use sha2::{Digest as _, Sha256};

use crate::changes::Wish;
use crate::codes::{Code, Kept, Origin};
use crate::keys::Keys;
use crate::restored::restored;
use crate::subjects::{State, Subject};
use crate::tests::bulletins::period;
use crate::tests::world::{Extras, NOON, World, rng};

const NAME: [u8; 32] = [9; 32];
/// A user's name behind its length.
const ANN: &[u8] = &[0, 3, b'a', b'n', b'n'];
/// Noon, in seconds.
const SINCE: &[u8] = &[0, 0, 0, 0, 0x6b, 0x49, 0xd2, 0];

pub(super) async fn read(world: &World, kind: u8, key: &[u8]) -> Vec<u8> {
    let found = world.records.get(Kind::new(kind), &[key]).await.unwrap();
    found[0].clone().expect("a record").value
}

pub(super) async fn keys(world: &World, kind: u8) -> Vec<Vec<u8>> {
    let page = world.records.list(Kind::new(kind), &[], &[], 9);
    page.await.unwrap().keys
}

async fn write(world: &World, kind: u8, key: &[u8], value: &[u8]) {
    let kind = Kind::new(kind);
    let found = world.records.get(kind, &[key]).await.unwrap();
    let entry = Entry {
        kind,
        key,
        value,
        expected: found[0].as_ref().map(|record| record.version),
        until: None,
    };
    assert!(matches!(world.records.put(entry).await, Ok(Put::Stored(_))));
}

/// What belongs to the domain of a world.
pub(super) fn key(world: &World, rest: &[u8]) -> Vec<u8> {
    [&world.domain.id().to_bytes()[..], rest].concat()
}

/// What is cut off anywhere, has one byte too many, or is of another version.
fn damaged(value: &[u8]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (0..value.len()).map(|end| value[..end].to_vec()).collect();
    all.push([value, &[0]].concat());
    all.push([&[2], &value[1..]].concat());
    all
}

#[tokio::test]
async fn subjects_are_as_they_were() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let (subjects, at) = (service.subjects(), key(&world, &NAME));
    for (byte, state) in [
        (0, State::Started),
        (1, State::Confirmed),
        (2, State::Removed { confirmed: false }),
        (3, State::Removed { confirmed: true }),
    ] {
        for code in [None, Some([8; 32])] {
            let end = code.map_or(vec![0], |code| [&[1][..], &code].concat());
            let value = [&[1, byte], ANN, &[7; 32], SINCE, &end].concat();
            write(&world, 140, &at, &value).await;
            let (read_back, version) = subjects.get(&NAME).await.unwrap().unwrap();
            let subject = Subject {
                state,
                user: "ann".to_owned(),
                client: [7; 32],
                code,
                since: Seconds::new(NOON),
            };
            assert_eq!(read_back, subject);
            let put = subjects.put(&NAME, &subject, Some(version)).await;
            assert_eq!(put, Ok(true));
            assert_eq!(read(&world, 140, &at).await, value);
            let mut wrong = damaged(&value);
            wrong.push([&[1, 4], &value[2..]].concat());
            for bad in wrong {
                write(&world, 140, &at, &bad).await;
                assert!(subjects.get(&NAME).await.is_err(), "{bad:?}");
            }
        }
    }
    // Which devices a user has.
    let index = key(&world, &[ANN, &NAME].concat());
    assert_eq!(keys(&world, 141).await, [index.as_slice()]);
    assert!(read(&world, 141, &index).await.is_empty());
}

#[tokio::test]
async fn codes_are_as_they_were() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let hash = Code::from_text("00000-00000-00000-00000").unwrap().hash();
    let hashed = Sha256::digest(b"MILAGRO-V1-REGISTRAR-CODE-SHA25600000000000000000000");
    assert_eq!(hash, <[u8; 32]>::from(hashed));
    let (codes, at) = (service.codes(), key(&world, &hash));
    for (byte, origin) in [(0, Origin::Admin), (1, Origin::Mail), (2, Origin::Device)] {
        for current in [None, Some(NAME)] {
            let end = current.map_or(vec![0], |name| [&[1][..], &name].concat());
            let value = [&[1, byte], ANN, SINCE, &end].concat();
            write(&world, 142, &at, &value).await;
            let (read_back, version) = codes.get(&hash).await.unwrap().unwrap();
            let kept = Kept {
                user: "ann".to_owned(),
                origin,
                issued: Seconds::new(NOON),
                current,
            };
            assert_eq!(read_back, kept);
            assert_eq!(codes.put(&hash, &kept, Some(version)).await, Ok(true));
            assert_eq!(read(&world, 142, &at).await, value);
            let mut wrong = damaged(&value);
            wrong.push([&[1, 3], &value[2..]].concat());
            for bad in wrong {
                write(&world, 142, &at, &bad).await;
                assert!(codes.get(&hash).await.is_err(), "{bad:?}");
            }
        }
    }
}

#[tokio::test]
async fn notes_for_the_next_list_are_as_they_were() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let (subjects, at) = (service.subjects(), key(&world, &NAME));
    let confirmed = [&[1, 1], ANN, &[7; 32], SINCE, &[0]].concat();
    for (byte, wish, state) in [
        (0, Wish::Restore, State::Confirmed),
        (1, Wish::Remove, State::Removed { confirmed: true }),
        (2, Wish::RemoveUnconfirmed, State::Confirmed),
    ] {
        write(&world, 140, &at, &confirmed).await;
        assert_eq!(subjects.wish(&NAME, wish).await, Ok(Some(state)));
        assert_eq!(read(&world, 143, &at).await, [1, byte]);
        write(&world, 140, &at, &confirmed).await;
        write(&world, 143, &at, &[1, byte]).await;
        assert_eq!(subjects.apply(&NAME).await, Ok(Some(state)));
    }
    for bad in [&[][..], &[1], &[1, 3], &[2, 1], &[1, 1, 0]] {
        write(&world, 143, &at, bad).await;
        assert!(subjects.apply(&NAME).await.is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn bulletins_are_as_they_were() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let epoch = period(&world).epoch;
    let named = service.publish(epoch).await.unwrap();
    let at = key(&world, &epoch.0.to_be_bytes());
    assert_eq!(keys(&world, 145).await, [at.as_slice()]);
    let list = named.list.to_be_bytes();
    let (whole, index) = (named.bulletin.as_bytes(), named.index.as_bytes());
    let value = [&[1][..], &list, whole, index].concat();
    assert_eq!(read(&world, 145, &at).await, value);
    for bad in damaged(&value) {
        write(&world, 145, &at, &bad).await;
        let problem = service.bulletin(epoch).await.unwrap_err();
        assert_eq!(problem.known(), Some(ProblemType::Unavailable), "{bad:?}");
    }
    write(&world, 145, &at, &value).await;
    assert_eq!(service.bulletin(epoch).await.unwrap(), named);
}

#[tokio::test]
async fn a_restoration_is_noted_as_it_was() {
    let world = World::new().await;
    restored(&*world.records, 7).await.unwrap();
    assert_eq!(keys(&world, 150).await, [b"lists"]);
    let value = read(&world, 150, b"lists").await;
    assert_eq!(value, [0, 0, 0, 0, 0, 0, 0, 7]);
    for bad in [&value[..7], &[value.as_slice(), &[0]].concat()] {
        write(&world, 150, b"lists", bad).await;
        assert!(restored(&*world.records, 8).await.is_err(), "{bad:?}");
    }
}

#[tokio::test]
async fn keys_are_as_they_were() {
    let (records, operator) = (MemoryRecords::new(1 << 20), OperatorKey::random(&mut rng()));
    let signs = *RegistrarKey::random(&mut rng()).to_bytes();
    for (name, secret) in [
        ("registrar/signing key", &signs),
        ("registrar/pseudonym key", &[3; 32]),
    ] {
        assert!(Keys::find(&records, &operator).await.is_err());
        let named = Named { name, secret };
        let kept = locked::keep(&mut rng(), &records, &operator, named).await;
        kept.unwrap();
    }
    let found = Keys::find(&records, &operator).await.unwrap();
    assert_eq!(*found.signs.to_bytes(), signs);
    assert_eq!(found.hides.as_bytes(), &[3; 32]);
}
