//! Repairs with lies, and sessions with shares of the wrong generation.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a seat borrows, so that its method is not general enough"
)]

use super::liar::{bent, sign, step};
use super::{Member, found, results, roster, seats, session, talk, talk_through};
use crate::ceremony::dispute::{Dispute, Disputes};
use crate::ceremony::repair::hand_over;
use crate::ceremony::result::Sharing;
use crate::ceremony::{
    Ended, Offence, Party, Plan, PlanError, Seat, SeatError, Seed, Step, proven,
};
use crate::domain::roster::MemberKey;
use crate::tests::{id, rng, threshold};
use crate::{Authority, AuthorityId, Mpin};

/// A repair of seat 3 of 2 of 3 by the two others.
fn repairing() -> (Plan<Mpin>, Vec<Member>, Authority<Mpin>) {
    let (keys, mut old) = found(2, 3);
    let key = MemberKey::random(&mut rng());
    let domain = old[0].domain().clone();
    let plan = Plan::repair(session(), domain, roster(&keys[..2]), id(3), key.public()).unwrap();
    let members = seats(
        &plan,
        &[
            (&keys[0], Some(&old[0])),
            (&keys[1], Some(&old[1])),
            (&key, None),
        ],
    );
    (plan, members, old.remove(2))
}

#[test]
fn a_wrong_hand_over_is_named() {
    let (plan, mut members, _) = repairing();
    talk_through(&plan, &mut members, Step::Dispute);
    let liar = &members[1];
    let survey = super::survey(&liar.board);
    let body = liar.with(&plan, |seat| {
        let share = Sharing::of(&survey).unwrap().share(seat, &survey).unwrap();
        let holder = survey.address(id(3)).unwrap();
        hand_over(seat, survey.opened, holder, bent(&share)).unwrap()
    });
    let wrong = sign(&plan, &liar.key, Step::HandOver, id(2), &body);
    members[1].log.push(wrong.clone());
    members
        .iter_mut()
        .for_each(|member| member.hear(core::slice::from_ref(&wrong)));
    let said = talk(&plan, &mut members);
    assert!(said.iter().any(|message| step(message) == Step::Object));
    for member in &members {
        let progress = member.look(&plan);
        assert!(progress.result.is_none());
        assert_eq!(progress.ended, Some(Ended::Dealers));
        let [fault] = &progress.faults[..] else {
            panic!("{progress}")
        };
        assert_eq!(
            (fault.culprit, fault.offence),
            (Party::Dealer(id(2)), Offence::Share(id(3)))
        );
        assert_eq!(
            proven(&plan, &fault.evidence).unwrap(),
            core::slice::from_ref(fault)
        );
    }
}

#[test]
fn a_false_objection_is_named() {
    let (plan, mut members, _) = repairing();
    talk(&plan, &mut members);
    let liar = &members[2];
    let survey = super::survey(&liar.board);
    let (message, handed) = survey.handed[&id(1)];
    let x = liar.with(&plan, |seat| seat.session_key());
    let shown = handed
        .envelope
        .show(survey.address(id(3)).unwrap(), &x, &[9; 32]);
    let said = Disputes {
        seen: [0; 32],
        items: vec![Dispute {
            against: id(1),
            message: message.digest,
            shown: shown.unwrap(),
        }],
    };
    let object = sign(&plan, &liar.key, Step::Object, id(3), &said.to_bytes());
    members[0].hear(core::slice::from_ref(&object));
    let progress = members[0].look(&plan);
    let [fault] = &progress.faults[..] else {
        panic!("{progress}")
    };
    assert_eq!(fault.culprit, Party::Receiver(id(3)));
    assert_eq!(fault.offence, Offence::FalseDispute(id(1)));
    assert_eq!(
        proven(&plan, &fault.evidence).unwrap(),
        core::slice::from_ref(fault)
    );
}

/// Helpers that are left out at will would cancel the masks, so nobody can be excluded.
#[test]
fn a_repair_excludes_nobody() {
    let (plan, mut members, _) = repairing();
    let silent = members.remove(1);
    talk(&plan, &mut members);
    for step in [Step::Join, Step::Commit] {
        let party = step.party(id(2));
        let refused = members[0].with(&plan, |seat| {
            crate::ceremony::exclude(seat, &members[0].log, &members[0].board, party)
        });
        assert_eq!(refused, Err(crate::ceremony::LogError::NotWaiting));
        let exclusion = crate::ceremony::confirm::Slot { step, id: id(2) };
        let message = sign(
            &plan,
            &members[0].key,
            Step::Exclude,
            id(1),
            &exclusion.write(milagro_base::Writer::new()).finish(),
        );
        assert_eq!(
            members[1].board.add(&message),
            Err(crate::ceremony::Refused::Sender)
        );
    }
    assert_eq!(plan.without(session(), id(2)), Err(PlanError::Dealers));
    drop(silent);
}

#[test]
fn plans_are_checked() {
    let (keys, old) = found(2, 3);
    let domain = old[0].domain().clone();
    let all = roster(&keys);
    let key = MemberKey::random(&mut rng()).public();
    let two = roster(&keys[..2]);
    let plan = |helpers, seat: u16| Plan::repair([1; 32], domain.clone(), helpers, id(seat), key);
    assert!(plan(two.clone(), 3).is_ok());
    assert_eq!(plan(two.clone(), 2), Err(PlanError::Roster));
    assert_eq!(plan(two.clone(), 4), Err(PlanError::Roster));
    assert_eq!(plan(all.clone(), 3), Err(PlanError::Dealers));
    // The new holder's key must not be a helper's.
    let twice = Plan::repair(
        [1; 32],
        domain.clone(),
        two.clone(),
        id(3),
        keys[0].public(),
    );
    assert_eq!(twice, Err(PlanError::Roster));
    assert_eq!(
        Plan::refresh([1; 32], domain.clone(), two.clone()),
        Err(PlanError::Roster)
    );
    let to = threshold(2, 2);
    let reshare = Plan::reshare([1; 32], domain.clone(), all.clone(), to, all.clone());
    assert_eq!(reshare, Err(PlanError::Roster));
    let plan = Plan::refresh([1; 32], domain, all).unwrap();
    // 2 of 3 needs all three.
    assert_eq!(plan.without([2; 32], id(1)), Err(PlanError::Receivers));
    let found = Plan::<Mpin>::found([1; 32], "", to, two.clone());
    assert_eq!(found, Err(PlanError::Name));
    let long = "x".repeat(256);
    assert_eq!(
        Plan::<Mpin>::found([1; 32], &long, to, two),
        Err(PlanError::Name)
    );
}

#[test]
fn shares_of_the_wrong_generation_take_no_seat() {
    let (keys, old) = found(2, 2);
    let domain = old[0].domain().clone();
    let plan = Plan::refresh(session(), domain.clone(), roster(&keys)).unwrap();
    let mut members = seats(
        &plan,
        &[(&keys[0], Some(&old[0])), (&keys[1], Some(&old[1]))],
    );
    talk(&plan, &mut members);
    let new = results(&plan, &members);
    let seed = Seed::random(&mut rng());
    let take = |plan: &Plan<Mpin>, key: &MemberKey<_>, held: Option<&Authority<Mpin>>| {
        Seat::take(plan, key, &seed, held).map(|_| ())
    };
    let again = Plan::refresh(session(), new[0].domain().clone(), roster(&keys)).unwrap();
    assert_eq!(take(&again, &keys[0], Some(&new[0])), Ok(()));
    assert_eq!(
        take(&again, &keys[0], Some(&old[0])),
        Err(SeatError::Authority)
    );
    assert_eq!(
        take(&again, &keys[0], Some(&new[1])),
        Err(SeatError::Authority)
    );
    assert_eq!(take(&again, &keys[0], None), Err(SeatError::Authority));
    assert_eq!(
        take(&plan, &keys[0], Some(&new[0])),
        Err(SeatError::Authority)
    );
    assert_eq!(
        take(&plan, &MemberKey::random(&mut rng()), None),
        Err(SeatError::Key)
    );
    // A message of the one session is nothing in the other.
    let mut board = crate::ceremony::Board::new(&again);
    for message in &members[0].log {
        assert!(board.add(message).is_err());
    }
}

/// A repaired seat issues with the others; one repaired twice by different helpers is the same.
#[test]
fn repairs_of_one_seat_agree() {
    let (keys, old) = found(3, 5);
    let domain = old[0].domain().clone();
    let key = MemberKey::random(&mut rng());
    let shares = [[0, 1, 2], [0, 2, 3]].map(|helpers: [usize; 3]| {
        let ids =
            helpers.map(|place| (id(u16::try_from(place + 1).unwrap()), keys[place].public()));
        let helping = crate::Roster::new(ids).unwrap();
        let plan = Plan::repair(session(), domain.clone(), helping, id(5), key.public()).unwrap();
        let mut all: Vec<(&MemberKey<_>, Option<&Authority<Mpin>>)> = helpers
            .iter()
            .map(|place| (&keys[*place], Some(&old[*place])))
            .collect();
        all.push((&key, None));
        let mut members = seats(&plan, &all);
        talk(&plan, &mut members);
        let repaired: Vec<AuthorityId> =
            results(&plan, &members).iter().map(Authority::id).collect();
        assert_eq!(repaired, [id(5)]);
        results(&plan, &members)[0].secret().to_bytes()
    });
    assert_eq!(shares[0], shares[1]);
    assert_eq!(shares[0], old[4].secret().to_bytes());
}
