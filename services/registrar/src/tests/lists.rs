//! Revocation: replicas, crashes, authorities that are away, lists that are rolled back, a million of revoked.

use alloc::sync::Arc;

use milagro_dta::permits::{ListMark, RevocationList};
use milagro_ledger::Records as _;
use milagro_ledger::conformance::{FaultyRecords, Loss};
use milagro_mpin::Identity;
use milagro_mpin::permit::Leaf;
use milagro_wire::bounded::Blob;
use milagro_wire::problem::ProblemType;

use crate::kinds::CHANGE;
use crate::tests::world::{Extras, World, device, endpoint, rng, word};

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
    // Nothing new, no new list. A removal that is said again is in one of its own: who has read otherwise comes too late with his.
    assert_eq!(service.push().await.unwrap(), second);
    service.remove(&alice).await.unwrap();
    let third = service.push().await.unwrap();
    assert_eq!((third.number, third.revoked, third.taken), (3, 1, 3));
    assert_eq!(service.push().await.unwrap(), third);
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
                sequence: 2,
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

    // Back from the fourth list on.
    service.restore(&alice).await.unwrap();
    let fourth = service.push().await.unwrap();
    assert_eq!((fourth.number, fourth.revoked, fourth.taken), (4, 0, 3));
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
    for loss in Loss::ALL {
        let records = Arc::new(FaultyRecords::new(1 << 27));
        let world = World::over(records.clone()).await;
        let service = world.registrar(Extras::default()).await;
        for write in 0.. {
            let subject = device(&world, &service, &format!("user {write}")).await;
            service.settle().await.unwrap();
            records.lose_write(write, loss);
            let dying = world.registrar(Extras::default()).await;
            let removed = dying.remove(&subject).await;
            let settled = if removed.is_ok() {
                dying.settle().await.err()
            } else {
                None
            };
            let failed = removed.is_err() || settled.is_some();
            records.recover();
            let next = world.registrar(Extras::default()).await;
            let list = next.settle().await.unwrap();
            let revoked = list.list().contains(&subject);
            // What the records say and what the list says is the same; and what was answered is so.
            assert_eq!(
                !next.may_log_in(&subject).await.unwrap().allowed,
                revoked,
                "write {write}, {loss:?}"
            );
            assert!(revoked || removed.is_err(), "write {write}, {loss:?}");
            let left = records
                .list(CHANGE, &world.domain.id().to_bytes(), &[], 9)
                .await
                .unwrap();
            assert!(left.keys.is_empty(), "write {write}, {loss:?}");
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
    let records = Arc::new(FaultyRecords::new(1 << 27));
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
