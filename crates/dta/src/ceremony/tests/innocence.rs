//! Messages of one round, plan, session, sender or dealer in the place of another: nobody honest is
//! convicted, whoever puts them together.

use super::liar::{body, step};
use super::{Member, cases, founding, keys, random, roster, session, talk};
use crate::Mpin;
use crate::ceremony::message::Step;
use crate::ceremony::{Board, Plan, Refused, fault, proven};
use crate::tests::{id, threshold};

/// Everything that honest members have said in sessions: two of one group under plans that differ in the
/// session or in one letter, and one that was given up in the middle.
fn archive() -> (Vec<Plan<Mpin>>, Vec<Vec<Vec<u8>>>) {
    let keys = keys(3);
    let plans = [
        ("example", session()),
        ("example", session()),
        ("exemple", session()),
    ]
    .map(|(name, session)| Plan::found(session, name, threshold(2, 3), roster(&keys)).unwrap());
    let mut said = Vec::new();
    for (number, plan) in plans.iter().enumerate() {
        let members = keys.iter().map(|key| Member::new(plan, key, None));
        let mut members: Vec<_> = members.collect();
        said.push(match number {
            0 => super::talk_through(plan, &mut members, Step::Open),
            _ => talk(plan, &mut members),
        });
    }
    (plans.to_vec(), said)
}

#[test]
fn nobody_honest_is_convicted() {
    let (plans, archive) = archive();
    // As it is, every message is at home in its own session alone.
    for (plan, said) in plans.iter().zip(&archive) {
        for (of, others) in plans.iter().zip(&archive) {
            let mut board = Board::new(plan);
            for message in others {
                let added = board.add(message);
                let expected = if of == plan {
                    Ok(true)
                } else {
                    Err(Refused::Plan(of.digest()))
                };
                assert_eq!(added, expected);
            }
        }
        // Any of them together, in any order, prove nothing of anybody.
        for _ in 0..cases(5, 100) {
            let all = archive.iter().flatten().filter(|_| random(3) > 0);
            let mut all: Vec<_> = all.cloned().collect();
            for place in 1..all.len() {
                all.swap(place, random(place + 1));
            }
            assert_eq!(proven(plan, &fault::write(all.into_iter())), Ok(Vec::new()));
        }
        // With the head of any message and the rest of any other, neither.
        for head in said {
            let others = archive
                .iter()
                .flatten()
                .filter(|_| random(cases(8, 1)) == 0);
            for rest in others.filter(|rest| body(rest) != body(head) || rest[..36] != head[..36]) {
                let forged = [&head[..36], &rest[36..]].concat();
                let mut board = Board::new(plan);
                assert!(board.add(&forged).is_err(), "{}", step(head));
                assert_eq!(
                    proven(plan, &fault::write([head.clone(), forged].into_iter())),
                    Ok(Vec::new())
                );
            }
        }
    }
}

/// A receiver disputes one version of a dealer's opening; shown with the other version, it is no liar.
#[test]
fn a_dispute_of_another_version_convicts_nobody() {
    use super::liar::{Deal, bent, commit, sign};
    use crate::ceremony::{Offence, Party};
    use milagro_curve::SecretResidue;

    let (plan, mut members) = founding(2, 3);
    super::talk_through(&plan, &mut members, Step::Join);
    let opening = |bend: bool| {
        members[0].with(&plan, |seat| {
            let act = |_, share: SecretResidue| if bend { bent(&share) } else { share };
            Deal {
                bend: &act,
                ..Deal::of(seat)
            }
            .opening(&plan, &members[0], id(1))
        })
    };
    let [bad, good] = [true, false].map(opening);
    let [bad, good] = [bad, good].map(|opening| {
        let open = sign(&plan, &members[0].key, Step::Open, id(1), &opening);
        [commit(&plan, &members[0], id(1), &opening), open]
    });
    let mut world: Vec<_> = members[1..].iter().map(Member::twin).collect();
    world.iter_mut().for_each(|member| member.hear(&bad[..1]));
    talk(&plan, &mut world);
    world.iter_mut().for_each(|member| member.hear(&bad[1..]));
    let said = talk(&plan, &mut world);
    let dispute = said
        .iter()
        .find(|message| step(message) == Step::Dispute && body(message).len() > 66);
    let mut all: Vec<_> = members
        .iter()
        .flat_map(|member| member.log.clone())
        .collect();
    all.extend(good.clone());
    all.push(dispute.unwrap().clone());
    assert_eq!(
        proven(&plan, &fault::write(all.iter().cloned())),
        Ok(Vec::new())
    );
    // With the version that it is about, it convicts the dealer.
    all.push(bad[1].clone());
    let faults = proven(&plan, &fault::write(all.into_iter())).unwrap();
    let faults: Vec<_> = faults
        .iter()
        .map(|fault| (fault.culprit, fault.offence))
        .collect();
    assert!(
        faults
            .iter()
            .all(|(culprit, _)| *culprit == Party::Dealer(id(1)))
    );
    assert!(
        faults
            .iter()
            .any(|(_, offence)| matches!(offence, Offence::Share(_)))
    );
}

#[test]
fn a_board_takes_in_no_more_than_two_versions_and_nothing_long() {
    let (plan, mut members) = founding(2, 3);
    let mut versions = Vec::new();
    for _ in 0..3 {
        let mut twin = members[0].twin();
        twin.seed = session();
        versions.push(twin.speak(&plan).unwrap());
    }
    let board = &mut members[1].board;
    assert_eq!(board.add(&versions[0]), Ok(true));
    assert_eq!(board.add(&versions[0]), Ok(false));
    assert_eq!(board.add(&versions[1]), Ok(true));
    assert_eq!(board.add(&versions[2]), Err(Refused::Surplus));
    let long = vec![1; Board::<Mpin>::MAX_MESSAGE + 1];
    assert!(matches!(board.add(&long), Err(Refused::Format(_))));
    for length in 0..200 {
        for filling in [0, 1, 255] {
            assert!(board.add(&vec![filling; length]).is_err());
        }
    }
    assert_eq!(board.messages().count(), 2);
    // Everything on a board can be put on another.
    let mut other = Board::new(&plan);
    let messages: Vec<_> = board.messages().collect();
    assert!(
        messages
            .iter()
            .all(|message| other.add(message) == Ok(true))
    );
    for cut in 0..versions[0].len() {
        assert!(Board::new(&plan).add(&versions[0][..cut]).is_err());
    }
}
