//! Revocation: replicas, crashes, authorities that are away, lists that are rolled back, a million of revoked.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicUsize, Ordering};

use milagro_dta::permits::{ListMark, RevocationList};
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{Answer, Kind, Records, Unavailable};
use milagro_mpin::Identity;
use milagro_mpin::permit::Leaf;
use milagro_wire::bounded::Blob;
use milagro_wire::problem::ProblemType;

use crate::kinds::CHANGE;
use crate::tests::world::{Extras, World, device, endpoint, rng, word};

/// Records that count writes, and fail at one of them.
struct Counting {
    inner: MemoryRecords,
    writes: AtomicUsize,
    /// Which write fails, from now on, and whether it is done all the same.
    failing: AtomicUsize,
    done: bool,
}

impl Counting {
    fn new(done: bool) -> Self {
        Self {
            inner: MemoryRecords::new(1 << 27),
            writes: AtomicUsize::new(0),
            failing: AtomicUsize::new(usize::MAX),
            done,
        }
    }

    fn fail_at(&self, write: usize) {
        self.failing.store(write, Ordering::SeqCst);
    }

    fn writes(&self) -> usize {
        self.writes.load(Ordering::SeqCst)
    }

    /// Whether this write fails.
    fn fails(&self) -> bool {
        self.writes.fetch_add(1, Ordering::SeqCst);
        let left = self.failing.load(Ordering::SeqCst);
        if left != usize::MAX {
            self.failing
                .store(left.checked_sub(1).unwrap_or(usize::MAX), Ordering::SeqCst);
        }
        left == 0
    }
}

impl Records for Counting {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        self.inner.get(kind, keys)
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            let fails = self.fails();
            if fails && !self.done {
                return Err(Unavailable);
            }
            let put = self.inner.put(entry).await;
            if fails { Err(Unavailable) } else { put }
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            let fails = self.fails();
            if fails && !self.done {
                return Err(Unavailable);
            }
            let gone = self.inner.delete(kind, key, expected).await;
            if fails { Err(Unavailable) } else { gone }
        })
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        self.inner.list(kind, prefix, after, limit)
    }
}

#[tokio::test]
async fn rolled_back_is_refused_by_every_authority() {
    let world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let (alice, bob) = (
        device(&world, &service, "alice").await,
        device(&world, &service, "bob").await,
    );
    let first = service.push().await.unwrap();
    assert_eq!((first.number, first.revoked, first.taken), (1, 0, 3));
    let old = service.list().await.unwrap().unwrap().to_bytes();
    service.remove(&alice).await.unwrap();
    let second = service.push().await.unwrap();
    assert_eq!((second.number, second.revoked, second.taken), (2, 1, 3));
    // Nothing new, no new list.
    service.remove(&alice).await.unwrap();
    assert_eq!(service.push().await.unwrap(), second);
    let list = service.list().await.unwrap().unwrap();
    assert!(list.list().contains(&alice) && !list.list().contains(&bob));

    let domain = Blob::new(world.domain.id().to_bytes()).unwrap();
    let keys = &service.keys.signs;
    let empty = RevocationList::new(*world.domain.id());
    let fork = empty
        .clone()
        .sign(
            &mut rng(),
            keys,
            &ListMark {
                sequence: 1,
                ..*list.mark()
            },
        )
        .unwrap();
    let stranger = milagro_dta::grants::RegistrarKey::random(&mut rng());
    let unsigned = empty.sign(&mut rng(), &stranger, list.mark()).unwrap();
    let elsewhere = RevocationList::new(milagro_mpin::TrustDomainId::from_bytes([3; 32]));
    let elsewhere = elsewhere.sign(&mut rng(), keys, list.mark()).unwrap();
    for member in &world.members {
        for (bytes, wanted) in [
            (&old, ProblemType::Older),
            (&fork.to_bytes(), ProblemType::Conflict),
            (&unsigned.to_bytes(), ProblemType::Refused),
            (&elsewhere.to_bytes(), ProblemType::Refused),
        ] {
            assert_eq!(word(member.client.put_list(&domain, bytes).await), wanted);
        }
    }

    // Back from the third list on.
    service.restore(&alice).await.unwrap();
    let third = service.push().await.unwrap();
    assert_eq!((third.number, third.revoked, third.taken), (3, 0, 3));
}

#[tokio::test]
async fn given_again_to_authorities_that_were_away() {
    let world = World::new().await;
    let mut members = world.members.clone();
    members[1].client = milagro_wire::client::AuthorityClient::new(endpoint("http://127.0.0.1:9"));
    let cut = world.registrar_of(members, Extras::default()).await;
    let pushed = cut.push().await.unwrap();
    assert_eq!((pushed.number, pushed.taken), (1, 2));
    assert_eq!(pushed.faults.as_slice(), ["authority 2: no connection"]);
    let whole = world.registrar(Extras::default()).await;
    let pushed = whole.push().await.unwrap();
    assert_eq!(
        (pushed.number, pushed.taken, pushed.faults.as_slice().len()),
        (1, 3, 0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn made_by_two_replicas_at_once() {
    let world = World::new().await;
    let (one, other) = (
        world.registrar(Extras::default()).await,
        world.registrar(Extras::default()).await,
    );
    let mut subjects = Vec::new();
    for user in 0..8 {
        subjects.push(device(&world, &one, &format!("user {user}")).await);
    }
    one.settle().await.unwrap();
    let mut running = tokio::task::JoinSet::new();
    for (place, subject) in subjects.iter().cloned().enumerate() {
        let service = Arc::clone(if place % 2 == 0 { &one } else { &other });
        running.spawn(async move {
            service.remove(&subject).await.unwrap();
            let list = service.settle().await.unwrap();
            assert!(
                list.list().contains(&subject),
                "a list after the removal says it"
            );
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    let (last, same) = (one.settle().await.unwrap(), other.settle().await.unwrap());
    assert_eq!(last.mark(), same.mark());
    assert!(subjects.iter().all(|subject| last.list().contains(subject)));
    assert_eq!(one.push().await.unwrap().taken, 3);
}

/// A removal whose process dies at any write is finished by another process, or was never begun.
#[tokio::test]
async fn lose_no_removal_to_a_crash() {
    for done in [false, true] {
        let records = Arc::new(Counting::new(done));
        let world = World::over(records.clone()).await;
        let service = world.registrar(Extras::default()).await;
        for write in 0.. {
            let subject = device(&world, &service, &format!("user {write}")).await;
            service.settle().await.unwrap();
            records.fail_at(write);
            let dying = world.registrar(Extras::default()).await;
            let removed = dying.remove(&subject).await;
            let settled = if removed.is_ok() {
                dying.settle().await.err()
            } else {
                None
            };
            let failed = removed.is_err() || settled.is_some();
            records.fail_at(usize::MAX);
            let next = world.registrar(Extras::default()).await;
            let list = next.settle().await.unwrap();
            let revoked = list.list().contains(&subject);
            // What the records say and what the list says is the same; and what was answered is so.
            assert_eq!(
                !next.may_log_in(&subject).await.unwrap().allowed,
                revoked,
                "write {write}, done {done}"
            );
            assert!(revoked || removed.is_err(), "write {write}, done {done}");
            let left = records
                .list(CHANGE, &world.domain.id().to_bytes(), &[], 9)
                .await
                .unwrap();
            assert!(left.keys.is_empty(), "write {write}, done {done}");
            if !failed && write > 4 {
                break;
            }
            assert!(write < 60, "it never ends well");
        }
    }
}

/// As many as a test without optimisation has time for, or a million.
const MANY: u128 = if cfg!(debug_assertions) {
    70_000
} else {
    1_000_000
};

#[tokio::test]
async fn of_a_million_take_as_many_writes_as_pieces() {
    let records = Arc::new(Counting::new(false));
    let world = World::over(records.clone()).await;
    let service = world.registrar(Extras::default()).await;
    let subject = device(&world, &service, "alice").await;
    let mut list = RevocationList::new(*world.domain.id());
    for leaf in 1..=MANY {
        list.revoke_leaf(Leaf(leaf * 0x1_0000_0000_0000_0000));
    }
    let signed = list
        .sign(&mut rng(), &service.keys.signs, &ListMark::NONE)
        .unwrap();
    service
        .lists
        .take(&*world.records, &signed.to_bytes())
        .await
        .unwrap();
    let pieces = signed.to_bytes().len().div_ceil(1 << 19);
    let before = records.writes();
    service.remove(&subject).await.unwrap();
    let next = service.settle().await.unwrap();
    assert_eq!(
        (next.mark().sequence, next.list().len()),
        (2, usize::try_from(MANY).unwrap() + 1)
    );
    // The new pieces, the old ones that go, and a handful for the subject.
    let writes = records.writes() - before;
    assert!(
        writes <= 2 * pieces + 10,
        "{writes} writes for {pieces} pieces"
    );
    // And none where there is nothing new.
    let before = records.writes();
    service.settle().await.unwrap();
    assert_eq!(records.writes(), before);
    assert!(!next.list().contains(&Identity::pseudonym(&[1; 32])));
}
