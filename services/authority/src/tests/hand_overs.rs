//! Shares that are handed over and repaired, by members that are killed at every one of their writes.

use milagro_dta::ceremony::Plan;
use milagro_dta::dealer::deal;
use milagro_dta::grants::{Issued, IssuedSet};
use milagro_dta::sharing::Bls12381G1;
use milagro_dta::{AuthorityId, Edition, MemberPublicKey, Mpin, Roster, Threshold, TrustDomain};

use crate::ceremony::hand_over::is_under_way;
use crate::ceremony::{SessionError, Task};
use crate::issued;
use crate::safe::{SafeError, State};
use crate::tests::crashes::{Seat, attend};
use crate::tests::effects::{NOW, rng};
use milagro_ledger::conformance::Loss;

type Key = MemberPublicKey<Bls12381G1>;

/// A domain of two, of whom one is enough, and two who have nothing yet.
struct Scene {
    seats: Vec<Seat>,
    keys: Vec<Key>,
    domain: TrustDomain<Mpin>,
    issued: IssuedSet,
}

fn roster(keys: &[Key]) -> Roster<Bls12381G1> {
    Roster::new(keys.iter().copied()).unwrap()
}

impl Scene {
    async fn new() -> Self {
        let (mut seats, mut keys) = (Vec::new(), Vec::new());
        for _ in 0..4 {
            let seat = Seat::new();
            keys.push(seat.member.draw_key().await.unwrap().public());
            seats.push(seat);
        }
        let threshold = Threshold::new(1, 2).unwrap();
        let dealt = deal::<Mpin, _>(&mut rng(), "example", threshold).unwrap();
        let domain = dealt.domain;
        let id = *domain.id();
        for ((number, share), seat) in (1..).zip(dealt.shares).zip(&seats) {
            let (member, me) = (&seat.member, AuthorityId::new(number).unwrap());
            let mut authority = share.accept(me, "example", threshold, &domain).unwrap();
            let nobody = IssuedSet::new(id);
            let counted = authority.count_in(&*member.ledger, &nobody, NOW).await;
            counted.unwrap();
            let state = State {
                authority: &authority,
                member: &member.signing_key().await.unwrap(),
            };
            let (records, key, rng) = (&*member.records, &member.key, &mut rng());
            member.safe.store(rng, records, key, &state).await.unwrap();
        }
        // One subject each, and one that both know.
        let mut union = IssuedSet::new(id);
        for (seat, subjects) in seats.iter().zip([[1, 3], [2, 3]]) {
            for subject in subjects {
                let entry = Issued::from_bytes(&[subject; 64]);
                issued::note(&*seat.member.records, &id, &entry)
                    .await
                    .unwrap();
                union.add(entry);
            }
        }
        Self {
            seats,
            keys,
            domain,
            issued: union,
        }
    }

    /// From the two to the first and the two others, of whom two are needed.
    fn reshare(&self, issued: &IssuedSet) -> Task<Mpin> {
        let receivers = roster(&[self.keys[0], self.keys[2], self.keys[3]]);
        let (threshold, members) = (Threshold::new(2, 3).unwrap(), roster(&self.keys[..2]));
        let domain = self.domain.clone();
        let plan = Plan::reshare([2; 32], domain.clone(), members, threshold, receivers).unwrap();
        Task {
            number: [2; 32],
            plan: plan.carrying(issued).unwrap(),
            domain: Some(domain),
            issued: Some(issued.clone()),
        }
    }

    /// The second seat for the third member, by the first.
    fn repair(&self) -> Task<Mpin> {
        let helpers = roster(&self.keys[..1]);
        let (seat, domain) = (AuthorityId::new(2).unwrap(), self.domain.clone());
        let plan = Plan::repair([3; 32], domain.clone(), helpers, seat, self.keys[2]).unwrap();
        Task {
            number: [3; 32],
            plan: plan.carrying(&self.issued).unwrap(),
            domain: Some(domain),
            issued: Some(self.issued.clone()),
        }
    }

    async fn stopped(&self, place: usize) -> bool {
        let records = &*self.seats[place].member.records;
        is_under_way(records, self.domain.id()).await.unwrap()
    }

    async fn held(&self, place: usize) -> Result<(u16, Edition, bool), SafeError> {
        let (member, id) = (&self.seats[place].member, self.domain.id());
        let opened = member.safe.open::<Mpin>(&*member.records, &member.key, id);
        let (authority, _) = opened.await?;
        let (number, edition) = (authority.id().get(), *authority.domain().edition());
        Ok((number, edition, authority.counts_in(&member.ledger.id())))
    }

    async fn log(&self, place: usize) -> IssuedSet {
        let records = &*self.seats[place].member.records;
        issued::of(records, self.domain.id()).await.unwrap()
    }
}

/// One after another takes part until it waits or is killed, until all are done; how often somebody was killed.
async fn hold(seats: &[&Seat], task: &Task<Mpin>) -> (Vec<Option<Edition>>, u32) {
    let (mut board, mut results, mut kills) = (Vec::new(), vec![None; seats.len()], 0);
    let mut over = vec![false; seats.len()];
    for _ in 0..20 {
        for (place, seat) in seats.iter().enumerate() {
            if over[place] {
                continue;
            }
            match attend(seat, task, &mut board).await {
                Ok(Some(edition)) => {
                    results[place] = Some(edition);
                    over[place] = true;
                }
                Ok(None) => {}
                // Its share was sealed before it was killed.
                Err(SessionError::Over) => over[place] = true,
                Err(_) => kills += 1,
            }
        }
        if over.iter().all(|over| *over) {
            return (results, kills);
        }
    }
    panic!("not over after twenty rounds, and {kills} kills");
}

#[tokio::test]
async fn to_others_of_whom_more_are_needed() {
    // The one that stays, the one that leaves, and one that is new.
    for victim in [0, 1, 2] {
        for write in (victim..).step_by(2) {
            // Before a write and after the next but one.
            let loss = Loss::ALL[write / 2 % 2];
            let scene = Scene::new().await;
            scene.seats[victim].records.lose_write(write, loss);
            let task = scene.reshare(&scene.issued);
            let seats: Vec<&Seat> = scene.seats.iter().collect();
            let (results, kills) = hold(&seats, &task).await;
            let failed = scene.seats[victim].records.recover();
            let what = format!("member {victim}, write {write}, {loss:?}");
            let edition = results[3].expect(&what);
            assert_eq!(edition.generation, 1, "{what}");
            let same = results.iter().flatten().all(|result| *result == edition);
            assert!(same && kills <= 1, "{what}");
            for (place, number) in [(0, 1), (2, 2), (3, 3)] {
                let held = scene.held(place).await.expect(&what);
                assert_eq!(held, (number, edition, true), "{what}");
                assert!(!scene.stopped(place).await, "{what}");
                assert_eq!(scene.log(place).await, scene.issued, "{what}");
            }
            // Whoever has handed over issues nothing, and erases its share.
            assert!(scene.stopped(1).await, "{what}");
            assert_eq!(scene.held(1).await.expect(&what).1, *scene.domain.edition());
            let leaving = &scene.seats[1].member;
            let left = leaving.leave(&task).await;
            assert!(matches!(left, Err(SessionError::Over)), "{what}");
            assert!(scene.stopped(1).await, "{what}");
            leaving.retire(scene.domain.id()).await.expect(&what);
            assert!(matches!(scene.held(1).await, Err(SafeError::Unknown)));
            assert_eq!(scene.seats[1].files(), 0);
            let again = leaving.retire(scene.domain.id()).await;
            assert!(matches!(again, Err(SessionError::NotHandedOver)));
            let staying = scene.seats[0].member.retire(scene.domain.id()).await;
            assert!(matches!(staying, Err(SessionError::NotHandedOver)));
            if !failed {
                assert!(write > 5, "{what}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn to_whom_has_lost_it() {
    // The helper, and the one that takes the seat.
    for victim in [0, 2] {
        for (write, loss) in (0..).flat_map(|write| Loss::ALL.map(|loss| (write, loss))) {
            let scene = Scene::new().await;
            scene.seats[victim].records.lose_write(write, loss);
            let (task, before) = (scene.repair(), *scene.domain.edition());
            let (_, kills) = hold(&[&scene.seats[0], &scene.seats[2]], &task).await;
            let what = format!("member {victim}, write {write}, {loss:?}");
            assert!(kills <= 1, "{what}");
            for (place, number) in [(0, 1), (2, 2)] {
                let held = scene.held(place).await.expect(&what);
                assert_eq!(held, (number, before, true), "{what}");
                assert!(!scene.stopped(place).await, "{what}");
            }
            assert_eq!(scene.log(2).await, scene.issued, "{what}");
            // The helper goes on with what it had.
            assert_eq!(scene.log(0).await.len(), 2, "{what}");
            if !scene.seats[victim].records.recover() {
                assert!(write > 5, "{what}");
                break;
            }
        }
    }
}

#[tokio::test]
async fn and_nothing_is_issued_meanwhile() {
    let scene = Scene::new().await;
    // A plan that does not name everybody: nothing comes of it, and nothing stops.
    let some = scene.log(1).await;
    let refused = scene.seats[0].member.join(scene.reshare(&some)).await;
    assert!(matches!(refused, Err(SessionError::Issued)));
    assert!(!scene.stopped(0).await);
    // One that does stops the share until the session is left, and the session is over then.
    let scene = Scene::new().await;
    let task = scene.reshare(&scene.issued);
    let member = &scene.seats[0].member;
    drop(member.join(task.clone()).await.unwrap());
    assert!(scene.stopped(0).await);
    // It is not handed over yet: the share stays.
    let early = member.retire(scene.domain.id()).await;
    assert!(matches!(early, Err(SessionError::NotHandedOver)));
    assert!(scene.held(0).await.is_ok());
    member.leave(&task).await.unwrap();
    assert!(!scene.stopped(0).await);
    assert!(matches!(
        member.join(task.clone()).await,
        Err(SessionError::Over)
    ));
    assert!(matches!(member.leave(&task).await, Err(SessionError::Over)));
    // Whoever deals needs its share.
    let other = &scene.seats[1];
    let task = scene.reshare(&scene.issued);
    other
        .member
        .safe
        .erase(&*other.records, scene.domain.id())
        .await
        .unwrap();
    assert!(matches!(
        other.member.join(task).await,
        Err(SessionError::Safe(SafeError::Unknown))
    ));
}

#[tokio::test]
async fn counts_anew_after_its_ledger_was_lost() {
    let scene = Scene::new().await;
    let (old, id) = (&scene.seats[0].member, scene.domain.id());
    let mut moved = old.clone();
    let ledger = milagro_ledger::memory::MemoryLedger::init(&mut rng(), 1_000, NOW);
    moved.ledger = alloc::sync::Arc::new(milagro_ledger::InPlace(ledger));
    let counts = async || {
        let opened = moved
            .safe
            .open::<Mpin>(&*moved.records, &moved.key, id)
            .await;
        opened.unwrap().0.counts_in(&moved.ledger.id())
    };
    assert!(!counts().await);
    let edition = moved.count_anew::<Mpin>(id, &scene.issued).await.unwrap();
    assert_eq!(edition, *scene.domain.edition());
    assert!(counts().await);
    assert_eq!(scene.log(0).await, scene.issued);
    let foreign = IssuedSet::new(milagro_mpin::TrustDomainId::from_bytes([9; 32]));
    let refused = moved.count_anew::<Mpin>(id, &foreign).await;
    assert!(matches!(refused, Err(SessionError::Count(_))));
}
