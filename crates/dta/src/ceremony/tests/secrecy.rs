//! What an adversary learns that owns the board and t - 1 members, whatever is dropped.

use milagro_curve::SecretResidue;

use super::knowledge::{Knowledge, gathered, learn, session_keys};
use super::liar::{Deal, bent, commit, from, sign, step};
use super::{Member, cases, founding, random, talk, talk_through, twins};
use crate::ceremony::Step;
use crate::tests::id;

#[test]
fn the_algebra_finds_what_is_determined() {
    let mut knowledge = Knowledge::none(&[id(1), id(2)], 2);
    knowledge.assert_nothing();
    knowledge.learn(knowledge.value(id(1), 3));
    knowledge.learn(knowledge.value(id(2), 3));
    knowledge.assert_nothing();
    knowledge.learn(knowledge.value(id(2), 1));
    assert!(knowledge.determines(knowledge.value(id(2), 0)));
    assert!(!knowledge.determines(knowledge.value(id(1), 0)));
    knowledge.learn(knowledge.value(id(1), 2));
    assert!(knowledge.determines(knowledge.value(id(1), 0)));
}

/// Every subset of the messages of a round is dropped, message by message and reader by reader, after
/// complete rounds; what the others say then is still heard by the adversary.
#[test]
fn dropped_messages_reveal_nothing() {
    let (plan, members) = founding(2, 3);
    for corrupt in 0..3_usize {
        let mut before = twins(&members);
        let mut posted = Vec::new();
        let honest: Vec<_> = (0..3).filter(|place| *place != corrupt).collect();
        let ids: Vec<_> = honest
            .iter()
            .map(|place| id(u16::try_from(place + 1).unwrap()))
            .collect();
        for last in [
            Step::Join,
            Step::Commit,
            Step::Open,
            Step::Dispute,
            Step::Confirm,
        ] {
            let mut round = twins(&before);
            let said: Vec<_> = round
                .iter_mut()
                .filter_map(|member| member.speak(&plan))
                .collect();
            assert!(said.iter().all(|message| step(message) == last));
            // Bit 3·reader + sender says whether a message does not arrive.
            let every = cases(37, 1);
            for dropped in (0_u32..1 << 9).step_by(every) {
                let mut world = twins(&round);
                let mut all = posted.clone();
                all.extend(said.iter().cloned());
                for (reader, member) in world.iter_mut().enumerate() {
                    let arrives = |sender: &usize| dropped >> (3 * reader + sender) & 1 == 0;
                    for sender in (0..3).filter(arrives) {
                        member.hear(&said[sender..=sender]);
                    }
                }
                all.extend(talk(&plan, &mut world));
                let board = gathered(&plan, &all);
                let mut knowledge = Knowledge::none(&ids, 2);
                learn(
                    &board,
                    &session_keys(&plan, &[&world[corrupt]]),
                    &mut knowledge,
                );
                knowledge.assert_nothing();
                // The corrupted member's own shares are there as soon as the openings are.
                let opened = all.iter().filter(|message| step(message) == Step::Open);
                let opened = opened
                    .filter(|message| from(message).get() != u16::try_from(corrupt + 1).unwrap());
                assert_eq!(knowledge.rows.len(), opened.count());
            }
            posted.extend(said);
            before = round;
            for member in &mut before {
                member.hear(&posted);
            }
        }
    }
}

/// Four of nine are corrupted: they deal wrong shares, dispute right ones, stay silent, sign exclusions;
/// and the board drops what it likes.
#[test]
fn dropped_messages_of_a_larger_group_reveal_nothing() {
    for _ in 0..cases(1, 25) {
        let (plan, mut members) = founding(5, 9);
        let ids: Vec<_> = (5..=9).map(id).collect();
        let mut posted = talk_through(&plan, &mut members, Step::Join);
        let mut openings = Vec::new();
        for place in 0..4_u16 {
            let liar = &members[usize::from(place)];
            let (victim, me) = (id(5 + place), id(place + 1));
            let opening = liar.with(&plan, |seat| {
                let bend =
                    |to, share: SecretResidue| if to == victim { bent(&share) } else { share };
                let deal = Deal {
                    bend: &bend,
                    ..Deal::of(seat)
                };
                deal.opening(&plan, liar, me)
            });
            posted.push(commit(&plan, liar, me, &opening));
            openings.push(sign(&plan, &liar.key, Step::Open, me, &opening));
        }
        let secrets = session_keys(&plan, &members.iter().take(4).collect::<Vec<_>>());
        let mut honest: Vec<Member> = members.split_off(4);
        for _ in 0..12 {
            let said: Vec<_> = honest
                .iter_mut()
                .filter_map(|member| member.speak(&plan))
                .collect();
            posted.extend(said);
            if honest.iter().all(|member| member.log.len() > 1) {
                posted.append(&mut openings);
            }
            for member in &mut honest {
                let arrives = posted.iter().filter(|_| random(4) > 0);
                let arrives: Vec<_> = arrives.cloned().collect();
                member.hear(&arrives);
                // Who is impatient gives up whom it waits for, now and then.
                let waiting = member.look(&plan).waiting;
                let whom = waiting.first().filter(|_| random(3) == 0);
                if let Some(whom) = whom.filter(|waiting| waiting.step.can_be_given_up()) {
                    let message = member.give_up(&plan, whom.party);
                    posted.push(message);
                }
            }
        }
        let board = gathered(&plan, &posted);
        let mut knowledge = Knowledge::none(&ids, 5);
        learn(&board, &secrets, &mut knowledge);
        knowledge.assert_nothing();
        assert!(knowledge.rows.len() <= 20);
    }
}
