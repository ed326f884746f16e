//! Members that are shown different things, and what they agree on all the same.

use super::liar::{Deal, bent, commit, sign, step};
use super::{Member, cases, founding, hold, roster, seats, session, talk, talk_through};
use crate::ceremony::confirm::Confirmation;
use crate::ceremony::dispute::Disputes;
use crate::ceremony::{Ended, Offence, Party, Plan, Step, Why};
use crate::domain::roster::MemberKey;
use crate::tests::{id, rng, threshold};
use crate::{AuthorityId, Mpin};
use milagro_curve::SecretResidue;

/// Two confirmations, each signed by any set of members in which an honest one occurs once: for every
/// n up to 5, every t and every choice, never both are the word of a quorum.
#[test]
fn honest_members_agree() {
    for n in 1..=5_u32 {
        for t in 1..=n {
            let (t16, n16) = (u16::try_from(t).unwrap(), u16::try_from(n).unwrap());
            let keys = super::keys(n16);
            let plan = Plan::<Mpin>::found([1; 32], "split", threshold(t16, n16), roster(&keys));
            let quorum = u32::try_from(plan.unwrap().quorum()).unwrap();
            assert!(quorum <= n);
            // The first t - 1 members are corrupted and sign both; the others one of three: A, B, none.
            for choice in 0..3_u32.pow(n - (t - 1)) {
                let said = |what: u32| {
                    let honest =
                        (0..n - (t - 1)).filter(|place| choice / 3_u32.pow(*place) % 3 == what);
                    t - 1 + u32::try_from(honest.count()).unwrap()
                };
                assert!(said(0) < quorum || said(1) < quorum, "{t} of {n}");
            }
        }
    }
}

/// Member 1 of 2 of 4 deals two polynomials, and confirms whatever it likes. For every split of the other
/// three into those who see the one and those who see the other: at most one result, and the liar is
/// named once boards are put together.
#[test]
fn a_dealer_of_two_minds_gets_one_result_or_none() {
    let (plan, members) = founding(2, 4);
    for split in (0..8_u32).step_by(cases(3, 1)) {
        let mut world: Vec<Member> = members.iter().map(Member::twin).collect();
        talk_through(&plan, &mut world, Step::Join);
        let liar = world.remove(0);
        // From here on the liar has two polynomials. It keeps one session key: another join would end it.
        let deals = [0_u64, 1].map(|shift| {
            liar.with(&plan, |seat| {
                let mut deal = Deal::of(seat);
                let constant = seat.draw("coefficient", &[0; 2]);
                let constant = constant.add(&SecretResidue::from(shift));
                let draw = |place: u16| seat.draw("coefficient", &place.to_be_bytes());
                deal.polynomial = crate::sharing::polynomial::Polynomial::drawn(constant, 2, draw);
                deal.opening(&plan, &liar, id(1))
            })
        });
        let commits = deals
            .each_ref()
            .map(|opening| commit(&plan, &liar, id(1), opening));
        let opens = deals
            .each_ref()
            .map(|opening| sign(&plan, &liar.key, Step::Open, id(1), opening));
        let side = |place: usize| usize::try_from(split >> place & 1).unwrap();
        for round in [&commits, &opens] {
            for (place, member) in world.iter_mut().enumerate() {
                member.hear(core::slice::from_ref(&round[side(place)]));
            }
            talk(&plan, &mut world);
        }
        // Each side hears from the liar that all is well with what it has seen.
        for which in 0..2 {
            let Some(place) = (0..3).find(|place| side(*place) == which) else {
                continue;
            };
            let survey = super::survey(&world[place].board);
            let said = Disputes::<super::G> {
                seen: survey.opened,
                items: Vec::new(),
            };
            let message = sign(&plan, &liar.key, Step::Dispute, id(1), &said.to_bytes());
            for place in (0..3).filter(|place| side(*place) == which) {
                world[place].hear(core::slice::from_ref(&message));
            }
        }
        talk(&plan, &mut world);
        let results: Vec<_> = world
            .iter()
            .filter_map(|member| member.outcome(&plan))
            .collect();
        assert!(
            results
                .windows(2)
                .all(|pair| pair[0].domain == pair[1].domain),
            "{split}"
        );
        let together = split == 0 || split == 7;
        assert_eq!(results.len(), if together { 3 } else { 0 }, "{split}");
        for member in &mut world {
            member.hear(&commits);
            member.hear(&opens);
            let faults = member.look(&plan).faults;
            assert!(
                faults
                    .iter()
                    .any(|fault| fault.offence == Offence::TwoVersions(Step::Commit))
            );
            assert!(faults.iter().all(|fault| fault.culprit.id() == id(1)));
            // A result that a quorum has confirmed is not undone by what is posted later.
            assert_eq!(member.outcome(&plan).is_some(), together);
        }
    }
}

#[test]
fn confirmations_of_a_minority_decide_nothing() {
    let (plan, mut members) = founding(2, 4);
    talk_through(&plan, &mut members, Step::Dispute);
    let confirmation = Confirmation {
        domain: [7; 32],
        counted: Vec::new(),
    };
    let keys: Vec<_> = members
        .iter()
        .map(|member| super::copy(&member.key))
        .collect();
    for (number, key) in (1..).zip(&keys) {
        assert!(members[0].look(&plan).result.is_none());
        let message = sign(
            &plan,
            key,
            Step::Confirm,
            id(number),
            &confirmation.to_bytes(),
        );
        if number > 1 {
            members[0].hear(&[message]);
        }
    }
    // Three of four have signed nonsense: a quorum, but nothing that it lists makes this domain.
    assert!(members[0].look(&plan).result.is_none());
}

/// A receiver shows one dealer another key than the others.
#[test]
fn join_sets_agree() {
    let (plan, mut members) = founding(2, 3);
    let mut twin = members[2].twin();
    twin.seed = session();
    let joins: Vec<_> = members
        .iter_mut()
        .map(|member| member.speak(&plan).unwrap())
        .collect();
    let other = twin.speak(&plan).unwrap();
    members[0].hear(&[joins[0].clone(), joins[1].clone(), other.clone()]);
    members[1].hear(&joins);
    let commits: Vec<_> = (0..2)
        .map(|place| members[place].speak(&plan).unwrap())
        .collect();
    assert!(commits.iter().all(|message| step(message) == Step::Commit));
    for (place, party) in [(0, 2), (1, 1)] {
        members[place].hear(&commits);
        let progress = members[place].look(&plan);
        assert!(progress.send.is_none() && progress.faults.is_empty());
        let differs = progress
            .waiting
            .iter()
            .find(|waiting| waiting.why == Why::Differs)
            .unwrap();
        assert_eq!(
            (differs.step, differs.party),
            (Step::Commit, Party::Dealer(id(party)))
        );
    }
    // Nothing was opened. Once one of them has seen both joins, the run is over and the liar named.
    members[1].hear(core::slice::from_ref(&other));
    let progress = members[1].look(&plan);
    assert_eq!(
        progress.ended,
        Some(Ended::TwoVersions(Party::Receiver(id(3))))
    );
    let faults: Vec<_> = progress
        .faults
        .iter()
        .map(|fault| (fault.culprit, fault.offence))
        .collect();
    assert_eq!(
        faults,
        [(Party::Receiver(id(3)), Offence::TwoVersions(Step::Join))]
    );
}

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
