//! A registrar whose records are put back from a copy: who was removed since stays removed.

use alloc::sync::Arc;

use axum::Router;
use axum::routing::get;
use milagro_dta::grants::RegistrarKey;
use milagro_dta::permits::{ListMark, RevocationList};
use milagro_ledger::memory::MemoryRecords;
use milagro_ledger::records::{Entry, Put};
use milagro_ledger::{Kind, Records};
use milagro_mpin::Identity;
use milagro_wire::client::AuthorityClient;
use milagro_wire::problem::{Problem, ProblemType};

use crate::authorities::Member;
use crate::restored::restored;
use crate::service::Service;
use crate::tests::world::{Extras, World, device, endpoint, rng, serve};

/// All records of a registrar, as a backup has them.
async fn copy(records: &dyn Records) -> Arc<dyn Records> {
    let copy = MemoryRecords::new(1 << 27);
    for kind in [132].into_iter().chain(140..160).map(Kind::new) {
        let page = records.list(kind, &[], &[], 1_000).await.unwrap();
        assert!(!page.more);
        for key in &page.keys {
            let found = records.get(kind, &[key]).await.unwrap().remove(0).unwrap();
            let entry = Entry {
                kind,
                key,
                value: &found.value,
                expected: None,
                until: None,
            };
            assert!(matches!(copy.put(entry).await.unwrap(), Put::Stored(_)));
        }
    }
    Arc::new(copy)
}

/// A world whose registrar was put back from a copy of before the second list, which revokes alice.
struct After {
    world: World,
    alice: Identity,
    bob: Identity,
    first: Vec<u8>,
}

async fn after(number: u64) -> After {
    let mut world = World::new().await;
    let service = world.registrar(Extras::default()).await;
    let alice = device(&world, &service, "alice").await;
    let bob = device(&world, &service, "bob").await;
    for subject in [&alice, &bob] {
        service.logged_in(subject).await.unwrap();
    }
    service.push().await.unwrap();
    let first = service.list().await.unwrap().unwrap().to_bytes();
    let backup = copy(&*world.records).await;
    service.remove(&alice).await.unwrap();
    assert_eq!(service.push().await.unwrap().number, 2);
    world.records = backup;
    restored(&*world.records, number).await.unwrap();
    After {
        world,
        alice,
        bob,
        first,
    }
}

fn fault<T>(answer: Result<T, Problem>) -> ProblemType {
    match answer {
        Err(problem) => problem.known().unwrap(),
        Ok(_) => panic!("an answer"),
    }
}

async fn may_log_in(service: &Service, subject: &Identity) -> bool {
    service.may_log_in(subject).await.unwrap().allowed
}

#[tokio::test]
async fn un_revokes_nobody() {
    let after = after(0).await;
    let service = after.world.registrar(Extras::default()).await;
    // Before it knows, it says nothing.
    assert_eq!(fault(service.list().await), ProblemType::Unavailable);
    for subject in [&after.alice, &after.bob] {
        let asked = service.may_log_in(subject).await;
        assert_eq!(fault(asked), ProblemType::Unavailable);
        let asked = service.code_for_device(subject).await;
        assert_eq!(fault(asked), ProblemType::Unavailable);
    }
    let list = service.settle().await.unwrap();
    // The one that the authorities have, and one of its own.
    assert_eq!((list.mark().sequence, list.list().len()), (3, 1));
    assert!(list.list().contains(&after.alice));
    assert!(!may_log_in(&service, &after.alice).await);
    assert!(may_log_in(&service, &after.bob).await);
    // And it goes on from there.
    service.remove(&after.bob).await.unwrap();
    let pushed = service.push().await.unwrap();
    assert_eq!((pushed.number, pushed.revoked, pushed.taken), (4, 2, 3));
    service.restore(&after.alice).await.unwrap();
    let pushed = service.push().await.unwrap();
    assert_eq!((pushed.number, pushed.revoked, pushed.taken), (5, 1, 3));
    // A replica sees the same.
    let replica = after.world.registrar(Extras::default()).await;
    assert_eq!(replica.list().await.unwrap().unwrap().mark().sequence, 5);
}

#[tokio::test]
async fn asks_every_authority() {
    let after = after(0).await;
    let mut members = after.world.members.clone();
    members[1].client = AuthorityClient::new(endpoint("http://127.0.0.1:9"));
    let cut = after.world.registrar_of(members, Extras::default()).await;
    let problem = cut.settle().await.unwrap_err();
    assert_eq!(problem.known(), Some(ProblemType::Unavailable));
    assert!(problem.to_string().contains("authority 2"), "{problem}");
    let asked = cut.may_log_in(&after.alice).await;
    assert_eq!(fault(asked), ProblemType::Unavailable);
    let whole = after.world.registrar(Extras::default()).await;
    assert_eq!(whole.settle().await.unwrap().mark().sequence, 3);
    assert!(!may_log_in(&cut, &after.alice).await);
}

/// The second member, as somebody who says this is the last list.
async fn liar(world: &World, list: Vec<u8>) -> Vec<Member> {
    let routes = Router::new().route("/v1/domains/{domain}/list", get(async move || list.clone()));
    let mut members = world.members.clone();
    members[1].client = AuthorityClient::new(endpoint(&serve(routes).await));
    members
}

#[tokio::test]
async fn believes_no_older_list_and_no_other() {
    let after = after(0).await;
    let elsewhere = RegistrarKey::random(&mut rng());
    let forged = RevocationList::new(*after.world.domain.id());
    let last = ListMark {
        sequence: 8,
        ..ListMark::NONE
    };
    let forged = forged.sign(&mut rng(), &elsewhere, &last).unwrap();
    for lie in [forged.to_bytes(), Vec::new(), vec![1; 200]] {
        let members = liar(&after.world, lie).await;
        let service = after.world.registrar_of(members, Extras::default()).await;
        let problem = service.settle().await.unwrap_err();
        assert!(problem.to_string().contains("authority 2"), "{problem}");
    }
    let members = liar(&after.world, after.first.clone()).await;
    let service = after.world.registrar_of(members, Extras::default()).await;
    let list = service.settle().await.unwrap();
    assert_eq!((list.mark().sequence, list.list().len()), (3, 1));
}

/// The audit file knows of a list that no authority has.
#[tokio::test]
async fn goes_on_after_the_last_number_that_is_known() {
    let after = after(7).await;
    let service = after.world.registrar(Extras::default()).await;
    let list = service.settle().await.unwrap();
    assert_eq!((list.mark().sequence, list.list().len()), (9, 1));
    assert!(list.list().contains(&after.alice));
    assert_eq!(service.push().await.unwrap().taken, 3);
    // Said twice, the higher number counts.
    restored(&*after.world.records, 10).await.unwrap();
    restored(&*after.world.records, 3).await.unwrap();
    let again = after.world.registrar(Extras::default()).await;
    assert_eq!(again.settle().await.unwrap().mark().sequence, 11);
}
