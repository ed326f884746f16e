//! Members that are left out, and those that come late or are replaced.

use super::liar::{Deal, bent, commit, sign, step};
use super::{founding, hold, roster, seats, session, talk, talk_through};
use crate::AuthorityId;
use crate::ceremony::{Party, Plan, Step, Why};
use crate::domain::roster::MemberKey;
use crate::tests::{id, rng};
use milagro_curve::SecretResidue;

/// A receiver that never joins is reported; a quorum goes on without it; its seat is repaired later.
#[test]
fn an_absent_member_is_excluded_by_a_quorum() {
    let (plan, mut members) = founding(2, 4);
    let absent = members.pop().unwrap();
    talk(&plan, &mut members);
    for member in &members {
        let progress = member.look(&plan);
        assert!(progress.faults.is_empty() && progress.ended.is_none());
        let [waiting] = progress.waiting[..] else {
            panic!("{progress}")
        };
        assert_eq!(
            (waiting.step, waiting.party),
            (Step::Join, Party::Receiver(id(4)))
        );
        assert_eq!(waiting.why, Why::Silent);
    }
    // Two of four are not enough, three are.
    for number in 0..3 {
        assert!(
            members
                .iter()
                .all(|member| member.look(&plan).send.is_none())
        );
        let message = members[number].give_up(&plan, Party::Receiver(id(4)));
        members
            .iter_mut()
            .for_each(|member| member.hear(core::slice::from_ref(&message)));
    }
    talk(&plan, &mut members);
    let outcomes: Vec<_> = members
        .iter()
        .map(|member| member.outcome(&plan).unwrap())
        .collect();
    for outcome in &outcomes {
        assert_eq!(outcome.dealers, [id(1), id(2), id(3)]);
        assert_eq!(outcome.holders, [id(1), id(2), id(3)]);
        assert!(outcome.authority.is_some());
        assert_eq!(outcome.domain, outcomes[0].domain);
    }
    // What the absent member says now changes nothing.
    let mut late = absent;
    let join = late.speak(&plan).unwrap();
    members[0].hear(core::slice::from_ref(&join));
    assert!(members[0].outcome(&plan).is_some());
    let held: Vec<_> = outcomes
        .into_iter()
        .filter_map(|outcome| outcome.authority)
        .collect();
    let keys: Vec<_> = members
        .iter()
        .map(|member| super::copy(&member.key))
        .collect();
    let domain = held[0].domain().clone();
    let helpers = roster(&keys[..2]);
    let repair = Plan::repair(session(), domain, helpers, id(4), late.key.public()).unwrap();
    let mut world = seats(
        &repair,
        &[
            (&keys[0], Some(&held[0])),
            (&keys[1], Some(&held[1])),
            (&late.key, None),
        ],
    );
    talk(&repair, &mut world);
    assert_eq!(super::results(&repair, &world)[0].id(), id(4));
}

/// Whoever has signed an exclusion does not confirm a result in which that member counts.
#[test]
fn an_exclusion_that_did_not_come_about_is_remembered() {
    let (plan, mut members) = founding(2, 4);
    talk_through(&plan, &mut members, Step::Join);
    let mut rest = members.split_off(1);
    let commits: Vec<_> = rest
        .iter_mut()
        .map(|member| member.speak(&plan).unwrap())
        .collect();
    rest.iter_mut().for_each(|member| member.hear(&commits));
    let message = rest[0].give_up(&plan, Party::Dealer(id(1)));
    members.extend(rest);
    members.iter_mut().for_each(|member| member.hear(&commits));
    members
        .iter_mut()
        .for_each(|member| member.hear(core::slice::from_ref(&message)));
    talk(&plan, &mut members);
    // Member 2 waits for nobody but itself; the three others are a quorum, and it takes their result.
    for member in &members {
        assert_eq!(member.outcome(&plan).unwrap().dealers.len(), 4);
    }
    assert!(
        members[1]
            .log
            .iter()
            .all(|message| step(message) != Step::Confirm)
    );
    // Before they had confirmed, it said why it would not.
    let mut alone = members[1].twin();
    alone.board = crate::ceremony::Board::new(&plan);
    for member in &members {
        let said = member
            .log
            .iter()
            .filter(|message| step(message) < Step::Confirm);
        alone.hear(&said.cloned().collect::<Vec<_>>());
    }
    let waiting = alone.look(&plan).waiting;
    assert!(waiting.iter().any(|waiting| waiting.why == Why::Reserved));
}

/// Member 1 deals a wrong share to member 4, which says so too late; and a late false dispute.
#[test]
fn late_disputes_are_void() {
    for false_dispute in [false, true] {
        let (plan, mut members) = founding(2, 4);
        talk_through(&plan, &mut members, Step::Join);
        let victim = id(4);
        let opening = members[0].with(&plan, |seat| {
            let bend = |to: AuthorityId, share: SecretResidue| {
                if to == victim && !false_dispute {
                    bent(&share)
                } else {
                    share
                }
            };
            Deal {
                bend: &bend,
                ..Deal::of(seat)
            }
            .opening(&plan, &members[0], id(1))
        });
        let messages = [
            commit(&plan, &members[0], id(1), &opening),
            sign(&plan, &members[0].key, Step::Open, id(1), &opening),
        ];
        members[0].log.extend(messages.clone());
        for (message, step) in messages.iter().zip([Step::Commit, Step::Open]) {
            members
                .iter_mut()
                .for_each(|member| member.hear(core::slice::from_ref(message)));
            talk_through(&plan, &mut members, step);
        }
        let mut late = members.pop().unwrap();
        let dispute = if false_dispute {
            super::lies::false_dispute(&plan, &late, victim, id(2))
        } else {
            late.speak(&plan).unwrap()
        };
        talk(&plan, &mut members);
        for place in 0..3 {
            let message = members[place].give_up(&plan, Party::Receiver(victim));
            members
                .iter_mut()
                .for_each(|member| member.hear(core::slice::from_ref(&message)));
        }
        // Void already before the result: it comes after the quorum's word.
        members
            .iter_mut()
            .for_each(|member| member.hear(core::slice::from_ref(&dispute)));
        talk(&plan, &mut members);
        for member in &members {
            let progress = member.look(&plan);
            let outcome = progress.result.unwrap();
            assert_eq!(outcome.dealers, [id(1), id(2), id(3), id(4)]);
            assert_eq!(outcome.holders, [id(1), id(2), id(3)]);
            // It convicts all the same, but of nothing that this result hangs on.
            let culprit = if false_dispute {
                Party::Receiver(victim)
            } else {
                Party::Dealer(id(1))
            };
            assert!(progress.faults.iter().any(|fault| fault.culprit == culprit));
        }
        for member in &members {
            late.hear(&member.log);
        }
        if !false_dispute {
            let outcome = late.outcome(&plan).unwrap();
            assert!(outcome.authority.is_none());
        }
    }
}

/// Two of three, and one gone or hostile: the seat is filled anew, then the shares are renewed.
#[test]
fn dead_seat_is_refilled() {
    let (keys, old) = super::found(2, 3);
    let domain = old[0].domain().clone();
    // Without member 3 nothing moves, and nobody can be excluded.
    let plan = Plan::refresh(session(), domain.clone(), roster(&keys)).unwrap();
    let mut two = seats(
        &plan,
        &[(&keys[0], Some(&old[0])), (&keys[1], Some(&old[1]))],
    );
    talk(&plan, &mut two);
    for place in 0..2 {
        let message = two[place].give_up(&plan, Party::Receiver(id(3)));
        two.iter_mut()
            .for_each(|member| member.hear(core::slice::from_ref(&message)));
    }
    assert!(talk(&plan, &mut two).is_empty());

    let successor = MemberKey::random(&mut rng());
    let repair = Plan::repair(
        session(),
        domain.clone(),
        roster(&keys[..2]),
        id(3),
        successor.public(),
    );
    let repair = repair.unwrap();
    let mut world = seats(
        &repair,
        &[
            (&keys[0], Some(&old[0])),
            (&keys[1], Some(&old[1])),
            (&successor, None),
        ],
    );
    talk(&repair, &mut world);
    let third = super::results(&repair, &world).remove(0);
    assert_eq!(third.domain(), &domain);

    let members = roster(&keys).with(id(3), successor.public()).unwrap();
    let plan = Plan::refresh(session(), domain.clone(), members).unwrap();
    let held = [hold(&old[0]), hold(&old[1]), third];
    let new_keys = [&keys[0], &keys[1], &successor];
    let all: Vec<_> = new_keys.into_iter().zip(held.iter().map(Some)).collect();
    let mut world = seats(&plan, &all);
    talk(&plan, &mut world);
    let new = super::results(&plan, &world);
    assert_eq!(new.len(), 3);
    assert_eq!(new[0].domain().commitment(), domain.commitment());
    // The hostile member's share is of an old edition, and not on the new polynomial.
    let key = new[0].domain().verification_key(id(3)).unwrap();
    let old_key = domain.verification_key(id(3)).unwrap();
    assert_ne!(key, old_key);
    assert!(
        crate::Authority::new(new[0].domain().clone(), id(3), old[2].secret().clone()).is_err()
    );
}
