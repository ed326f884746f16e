//! Members that sign more than they need to: it costs the others little, and keeps nothing from them.

use super::liar::{Deal, bent, commit, sign};
use super::{Member, founding, session, survey, talk, talk_through};
use crate::ceremony::confirm::Slot;
use crate::ceremony::dispute::{Dispute, Disputes};
use crate::ceremony::{Ended, Fault, Offence, Party, Plan, Refused, Step, fault, proven};
use crate::tests::id;
use crate::{AuthorityId, Mpin};
use milagro_base::Writer;

/// The liar's other joins reach member 4 first, which takes no third version. The others go on without it, and
/// once they have confirmed a result, the version in it is taken.
#[test]
fn versions_shown_first_keep_the_result_from_nobody() {
    let (plan, mut members) = founding(2, 4);
    let others: Vec<_> = (0..2)
        .map(|_| {
            let mut twin = members[0].twin();
            twin.seed = session();
            twin.speak(&plan).unwrap()
        })
        .collect();
    let mut victim = members.pop().unwrap();
    let join = victim.speak(&plan).unwrap();
    victim.hear(&others);
    members
        .iter_mut()
        .for_each(|member| member.hear(core::slice::from_ref(&join)));
    let mut said = talk(&plan, &mut members);
    victim.hear(&said);
    let liar = Party::Receiver(id(1));
    assert_eq!(victim.look(&plan).ended, Some(Ended::TwoVersions(liar)));
    assert_eq!(victim.board.add(&said[0]), Err(Refused::Surplus));
    // Nobody else knows why member 4 is silent.
    for party in [Party::Dealer(id(4)), Party::Receiver(id(4))] {
        let out = members
            .iter_mut()
            .map(|member| member.give_up(&plan, party))
            .collect::<Vec<_>>();
        members.iter_mut().for_each(|member| member.hear(&out));
        said.extend(out);
        said.extend(talk(&plan, &mut members));
    }
    let domain = members[1].outcome(&plan).unwrap().domain;
    // The confirmations come last, so what they list is offered again.
    victim.hear(&said);
    victim.hear(&said);
    let progress = victim.look(&plan);
    let outcome = progress.result.unwrap();
    assert_eq!(outcome.domain, domain);
    assert!(outcome.authority.is_some());
    assert!(
        progress
            .faults
            .iter()
            .any(|fault| fault.offence == Offence::TwoVersions(Step::Join))
    );
    // What nobody has confirmed stays out.
    let mut twin = members[0].twin();
    (twin.seed, twin.log) = (session(), Vec::new());
    twin.board = crate::ceremony::Board::new(&plan);
    let fourth = twin.speak(&plan).unwrap();
    assert_eq!(victim.board.add(&fourth), Err(Refused::Surplus));
}

/// Of 2 of 3 all three have to confirm. A liar that signs other confirmations first cannot keep its right one
/// from a member that hears it at last.
#[test]
fn confirmations_shown_first_keep_the_result_from_nobody() {
    let (plan, mut members) = founding(2, 3);
    talk_through(&plan, &mut members, Step::Dispute);
    let confirmations: Vec<_> = members
        .iter_mut()
        .map(|member| member.speak(&plan).unwrap())
        .collect();
    let mut member = members.pop().unwrap();
    for filling in [1, 2] {
        let nonsense = Writer::new().bytes(&[filling; 32]).u16(0).finish();
        member.hear(&[sign(
            &plan,
            &members[0].key,
            Step::Confirm,
            id(1),
            &nonsense,
        )]);
    }
    assert_eq!(member.board.add(&confirmations[0]), Err(Refused::Surplus));
    member.hear(&confirmations);
    assert!(member.outcome(&plan).is_none());
    member.hear(&confirmations);
    assert!(member.outcome(&plan).is_some());
}

/// Disputes of a receiver with all these openings.
fn disputes(plan: &Plan<Mpin>, member: &Member, me: u16, of: &[u16]) -> Vec<u8> {
    let survey = survey(&member.board);
    let x = member.with(plan, |seat| seat.session_key());
    let address = survey.address(id(me)).unwrap();
    let items = of.iter().map(|number| {
        let (message, opening) = survey.openings[&id(*number)];
        Dispute {
            against: id(*number),
            message: message.digest,
            shown: opening.envelope.show(address, &x, &[9; 32]).unwrap(),
        }
    });
    let said = Disputes {
        seen: survey.opened,
        items: items.collect(),
    };
    sign(plan, &member.key, Step::Dispute, id(me), &said.to_bytes())
}

fn named(faults: &[Fault]) -> Vec<(Party, Offence)> {
    faults
        .iter()
        .map(|fault| (fault.culprit, fault.offence))
        .collect()
}

/// A thousand disputes are judged as one: each judgement takes sums, and each piece of evidence all joins.
#[test]
fn many_disputes_are_judged_once() {
    let (plan, mut members) = founding(2, 5);
    talk_through(&plan, &mut members, Step::Open);
    let flood = disputes(&plan, &members[4], 5, &[1, 2, 3, 4]);
    members[0].hear(&[flood]);
    let progress = members[0].look(&plan);
    let accuser = Party::Receiver(id(5));
    let first = (accuser, Offence::FalseDispute(id(1)));
    assert_eq!(named(&progress.faults), [first]);
    assert_eq!(progress.ended, Some(Ended::FalseDispute(id(5))));
}

/// A dealer that is wrong to all is convicted once, and whoever then shows a right share of it, which is part of
/// nothing any more, harms only itself.
#[test]
fn a_dealer_is_convicted_once() {
    let (plan, mut members) = founding(2, 5);
    talk_through(&plan, &mut members, Step::Join);
    let wrong = |to: AuthorityId, share| if to == id(5) { share } else { bent(&share) };
    let opening = members[0].with(&plan, |seat| {
        let mut deal = Deal::of(seat);
        deal.bend = &wrong;
        deal.opening(&plan, &members[0], id(1))
    });
    let mut liar = members.remove(0);
    let lies = [
        commit(&plan, &liar, id(1), &opening),
        sign(&plan, &liar.key, Step::Open, id(1), &opening),
    ];
    for lie in &lies {
        members
            .iter_mut()
            .chain([&mut liar])
            .for_each(|member| member.hear(core::slice::from_ref(lie)));
        let said = talk_through(&plan, &mut members, Step::Open);
        liar.hear(&said);
    }
    let mut said: Vec<_> = members[..3]
        .iter_mut()
        .map(|member| member.speak(&plan).unwrap())
        .collect();
    said.push(disputes(&plan, &members[3], 5, &[1]));
    said.push(disputes(&plan, &liar, 1, &[]));
    members.iter_mut().for_each(|member| member.hear(&said));
    for member in &members[..3] {
        let progress = member.look(&plan);
        let convicted = (Party::Dealer(id(1)), Offence::Share(id(2)));
        assert_eq!(named(&progress.faults), [convicted]);
        assert_eq!(progress.ended, None);
        assert!(progress.send.is_some());
    }
}

/// Evidence with anything in it that the plan's board would not take proves nothing, and is not read on.
#[test]
fn evidence_with_strangers_messages_proves_nothing() {
    let (plan, mut members) = founding(2, 3);
    let mut twin = members[0].twin();
    twin.seed = session();
    let mut versions: Vec<_> = [&mut members[0], &mut twin]
        .map(|member| member.speak(&plan).unwrap())
        .to_vec();
    let evidence = |messages: &[Vec<u8>]| fault::write(messages.iter().cloned());
    assert_eq!(proven(&plan, &evidence(&versions)).unwrap().len(), 1);
    let mut forged = versions[0].clone();
    forged[40] ^= 1;
    for place in 0..=2 {
        let mut mixed = versions.clone();
        mixed.insert(place, forged.clone());
        assert_eq!(proven(&plan, &evidence(&mixed)).unwrap(), []);
    }
    let (other, mut strangers) = founding(2, 3);
    versions.push(strangers[0].speak(&other).unwrap());
    assert_eq!(proven(&plan, &evidence(&versions)).unwrap(), []);
}

/// One member gives everybody up in every step: it is one voice, and a board keeps one of each.
#[test]
fn one_member_excludes_nobody() {
    let (plan, mut members) = founding(2, 5);
    let mut liar = members.pop().unwrap();
    talk_through(&plan, &mut members, Step::Join);
    let join = liar.speak(&plan).unwrap();
    let mut flood = vec![join];
    for step in [Step::Join, Step::Commit, Step::Open, Step::Dispute] {
        for number in 1..=5 {
            let id = id(number);
            let slot = Slot { step, id }.write(Writer::new()).finish();
            let exclusion = sign(&plan, &liar.key, Step::Exclude, crate::tests::id(5), &slot);
            flood.extend([exclusion.clone(), exclusion]);
        }
    }
    members.iter_mut().for_each(|member| member.hear(&flood));
    // Not those of steps that nobody can be given up in, and not of strangers.
    for (step, number) in [(Step::Confirm, 1), (Step::Exclude, 1), (Step::Join, 6)] {
        let id = id(number);
        let slot = Slot { step, id }.write(Writer::new()).finish();
        let exclusion = sign(&plan, &liar.key, Step::Exclude, crate::tests::id(5), &slot);
        assert_eq!(members[0].board.add(&exclusion), Err(Refused::Sender));
    }
    talk_through(&plan, &mut members, Step::Commit);
    for member in &members {
        let progress = member.look(&plan);
        let waits: Vec<_> = progress.waiting.iter().map(|it| it.party).collect();
        assert_eq!(waits, [Party::Dealer(id(5))]);
        assert!(progress.faults.is_empty() && progress.ended.is_none());
    }
}
