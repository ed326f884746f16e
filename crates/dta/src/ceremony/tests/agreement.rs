//! Members that are shown different things, and what they agree on all the same.

use super::liar::{Deal, commit, sign, step};
use super::{Member, cases, founding, roster, session, talk, talk_through};
use crate::ceremony::confirm::Confirmation;
use crate::ceremony::dispute::Disputes;
use crate::ceremony::progress::decided;
use crate::ceremony::survey::View;
use crate::ceremony::{Board, Ended, Offence, Party, Plan, Step, Why};

use crate::Mpin;
use crate::tests::{id, threshold};
use milagro_curve::SecretResidue;

/// Two confirmations, of which t - 1 corrupted members sign both, and each of the others one or none: for every n up
/// to 5, every t and every choice, whoever sees some or all of them finds the word of the same quorum, or of none.
#[test]
fn honest_members_agree() {
    for n in 1..=5_u16 {
        for t in 1..=n {
            let keys = super::keys(n);
            let plan = Plan::<Mpin>::found([1; 32], "split", threshold(t, n), roster(&keys));
            let plan = plan.unwrap();
            let said = |domain: u8| {
                let counted = Vec::new();
                let said = Confirmation {
                    domain: [domain; 32],
                    counted,
                };
                let said = said.to_bytes();
                let signed = (1..).zip(&keys);
                signed
                    .map(|(number, key)| sign(&plan, key, Step::Confirm, id(number), &said))
                    .collect::<Vec<_>>()
            };
            let (one, other) = (said(1), said(2));
            let own = &Board::new(&plan);
            let mut found = 0;
            for choice in (0..3_usize.pow(u32::from(n - (t - 1)))).step_by(cases(5, 1)) {
                let says = |place: usize, what: usize| {
                    let honest = place.checked_sub(usize::from(t - 1));
                    honest.is_none_or(|honest| {
                        choice / 3_usize.pow(u32::try_from(honest).unwrap()) % 3 == what
                    })
                };
                let chosen = |all: &[Vec<u8>], what: usize| {
                    let chosen = all.iter().enumerate();
                    let chosen = chosen.filter(|(place, _)| says(*place, what));
                    chosen
                        .map(|(_, message)| message.clone())
                        .collect::<Vec<_>>()
                };
                let mut words = Vec::new();
                let orders = [
                    vec![&one],
                    vec![&other],
                    vec![&one, &other],
                    vec![&other, &one],
                ];
                for shown in orders {
                    let board = &mut Board::new(&plan);
                    for messages in shown {
                        let what = usize::from(messages == &other);
                        for message in chosen(messages, what) {
                            board.add(&message).unwrap();
                        }
                        let (board, only) = (&*board, None);
                        words.extend(decided(View { board, own, only }).cloned());
                    }
                }
                found += words.len();
                words.dedup();
                assert!(words.len() <= 1, "{t} of {n}, {choice}");
            }
            assert!(found > 0, "{t} of {n}");
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
