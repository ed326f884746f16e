use milagro_dta::rand_core::UnwrapErr;
use milagro_ledger::Answer;
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Page, Record};
use proptest::prelude::*;
use tokio::sync::Notify;

use super::named::PIECES_MAX;
use super::*;

const LISTS: Kind = Kind::new(255);

fn named() -> Named {
    let mark = [&[0, 0, 0, 0, 0, 0, 0, 5][..], &[0xaa; 32]].concat();
    Named {
        mark: ListMark::from_bytes(&mark).unwrap(),
        bytes: Name::from_bytes([0xbb; 32]),
        pieces: 3,
    }
}

#[test]
fn records_have_one_form() {
    let bytes = named().to_bytes();
    let mark = named().mark.to_bytes();
    let frozen = [&[1][..], &mark, &[0xbb; 32], &[0, 0, 0, 3]].concat();
    assert_eq!(bytes, frozen);
    assert_eq!((mark.len(), bytes.len()), (40, 77));
    assert_eq!(Named::from_bytes(&bytes).unwrap().to_bytes(), bytes);
    for version in [0, 2, 255] {
        let mut altered = bytes.clone();
        altered[0] = version;
        assert!(Named::from_bytes(&altered).is_none());
    }
    assert!((0..bytes.len()).all(|length| Named::from_bytes(&bytes[..length]).is_none()));
    assert!(Named::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    assert_eq!(
        usize::try_from(PIECES_MAX),
        Ok(Lists::LIST_MAX.div_ceil(PIECE))
    );
    // More pieces than the longest list has are of no list, and are not looked for.
    for pieces in [0, PIECES_MAX + 1, u32::MAX] {
        let altered = Named { pieces, ..named() }.to_bytes();
        assert!(Named::from_bytes(&altered).is_none(), "{pieces}");
    }
}

#[test]
fn keys_have_one_form() {
    let registrar = milagro_dta::grants::RegistrarKey::random(&mut UnwrapErr(getrandom::SysRng));
    let domain = TrustDomainId::from_bytes([0xdd; 32]);
    let lists = Lists::new(LISTS, domain, registrar.public());
    assert_eq!(lists.place.key(), [&[0xdd; 32][..], &[0]].concat());
    let piece = lists.piece(&Piece {
        sequence: 5,
        list: Name::from_bytes([0xee; 32]),
        number: 0x0102_0304,
    });
    let sequence = [0, 0, 0, 0, 0, 0, 0, 5];
    let frozen = [&[0xdd; 32][..], &[1], &sequence, &[0xee; 32], &[1, 2, 3, 4]].concat();
    assert_eq!(piece, frozen);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Whatever stands in the records: an answer or an error, and what is read is what is written.
    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), like in any::<bool>()) {
        let mut bytes = bytes;
        if like {
            // Near the real thing.
            bytes.resize(77, 0);
            bytes[0] = 1;
            bytes[73..76].fill(0);
        }
        if let Some(named) = Named::from_bytes(&bytes) {
            prop_assert_eq!(named.to_bytes(), bytes.clone());
        }
        let registrar = milagro_dta::grants::RegistrarKey::random(&mut UnwrapErr(getrandom::SysRng));
        let lists = Lists::new(LISTS, TrustDomainId::from_bytes([1; 32]), registrar.public());
        let records = MemoryRecords::new(1 << 20);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let last = runtime.block_on(async {
            let key = lists.place.key();
            let entry = Entry { kind: LISTS, key: &key, value: &bytes, expected: None, until: None };
            let Put::Stored(_) = records.put(entry).await.unwrap() else { panic!("conflict") };
            lists.last(&records).await
        });
        prop_assert_eq!(last.unwrap_err(), ListError::Records);
    }
}

/// Records of one of two replicas, which waits before a step of the other's.
struct Waiting<'a> {
    records: &'a MemoryRecords,
    /// Says that the step is next, and goes on once the other says so.
    arrived: &'a Notify,
    on: &'a Notify,
    at: Step,
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// The record that names the list is written.
    Naming,
    /// The pieces of other lists are looked for.
    Sweeping,
}

impl Waiting<'_> {
    async fn wait(&self, step: Step) {
        if step == self.at {
            self.arrived.notify_one();
            self.on.notified().await;
        }
    }
}

impl Records for Waiting<'_> {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.records.get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            if entry.key.get(32) == Some(&0) {
                self.wait(Step::Naming).await;
            }
            self.records.put(entry).await
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        self.records.delete(kind, key, expected)
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(async move {
            self.wait(Step::Sweeping).await;
            self.records.list(kind, prefix, after, limit).await
        })
    }
}

/// One replica has taken the first list and is about to sweep, when the other has written the pieces of the second and is
/// about to name it.
#[tokio::test]
async fn a_replica_that_sweeps_leaves_the_next_list_alone() {
    let rng = &mut UnwrapErr(getrandom::SysRng);
    let registrar = milagro_dta::grants::RegistrarKey::random(rng);
    let domain = TrustDomainId::from_bytes([1; 32]);
    let signed = |rng: &mut _, last: &ListMark| {
        RevocationList::new(domain)
            .sign(rng, &registrar, last)
            .unwrap()
    };
    let first = signed(rng, &ListMark::NONE);
    let second = signed(rng, first.mark());
    let replica = || Lists::new(LISTS, domain, registrar.public());
    let (one, other) = (replica(), replica());
    let records = MemoryRecords::new(1 << 20);
    let [sweeps, sweep, names, name] = [const { Notify::const_new() }; 4];
    let slow = Waiting {
        records: &records,
        arrived: &sweeps,
        on: &sweep,
        at: Step::Sweeping,
    };
    let next = Waiting {
        records: &records,
        arrived: &names,
        on: &name,
        at: Step::Naming,
    };
    let (first, second) = (first.to_bytes(), second.to_bytes());
    let taken = tokio::join!(
        async {
            let taken = one.take(&slow, &first).await;
            name.notify_one();
            taken
        },
        async {
            sweeps.notified().await;
            other.take(&next, &second).await
        },
        async {
            names.notified().await;
            sweep.notify_one();
        },
    );
    assert_eq!((taken.0, taken.1), (Ok(1), Ok(2)));
    let last = replica().last(&records).await.unwrap().unwrap();
    assert_eq!(last.mark().sequence, 2);
    // And those of the first are gone.
    let pieces = records
        .list(LISTS, &replica().pieces(), &[], 64)
        .await
        .unwrap();
    assert_eq!(pieces.keys.len(), 1);
}
