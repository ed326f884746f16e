//! Silence, other plans, and lies about shares that members hold already.

use super::liar::Deal;
use super::lies::{LIAR, dealt, tell};
use super::{Member, founding, keys, roster, seats, session, talk, talk_through};
use crate::Mpin;
use crate::ceremony::{Board, Offence, Party, Plan, Refused, Step};
use crate::sharing::polynomial::Polynomial;
use crate::tests::{id, threshold};
use milagro_curve::SecretResidue;

/// Silence is reported by name and step, and convicts nobody.
#[test]
fn stalls_are_reported() {
    for last in [
        Step::Join,
        Step::Commit,
        Step::Open,
        Step::Dispute,
        Step::Confirm,
    ] {
        let (plan, mut members) = founding(2, 3);
        talk_through(&plan, &mut members, last);
        // Member 3 stops before this step.
        let (plan, mut members) = founding(2, 3);
        let before = [
            Step::Join,
            Step::Commit,
            Step::Open,
            Step::Dispute,
            Step::Confirm,
        ];
        for step in before.into_iter().filter(|step| *step < last) {
            talk_through(&plan, &mut members, step);
        }
        members.pop();
        talk(&plan, &mut members);
        let progress = members[0].look(&plan);
        assert!(
            progress.faults.is_empty() && progress.ended.is_none() && progress.result.is_none()
        );
        let parties: Vec<_> = progress
            .waiting
            .iter()
            .map(|waiting| (waiting.step, waiting.party))
            .collect();
        assert_eq!(parties, [(last, last.party(id(3)))]);
        assert!(progress.to_string().contains("waits for"), "{progress}");
    }
}

/// One letter of the name is another: both plans show.
#[test]
fn plans_that_differ_show() {
    let keys = keys(2);
    let plans = ["example", "exemple"]
        .map(|name| Plan::<Mpin>::found([1; 32], name, threshold(2, 2), roster(&keys)).unwrap());
    let mut one = Member::new(&plans[0], &keys[0], None);
    let mut two = Member::new(&plans[1], &keys[1], None);
    let theirs = two.speak(&plans[1]).unwrap();
    assert_eq!(
        one.board.add(&theirs),
        Err(Refused::Plan(plans[1].digest()))
    );
    one.speak(&plans[0]).unwrap();
    let progress = one.look(&plans[0]);
    assert_eq!(
        progress.other_plans[&Party::Receiver(id(2))],
        plans[1].digest()
    );
    let words = progress.to_string();
    assert!(words.contains(&plans[1].digest().to_string()), "{words}");
    assert_ne!(plans[0].digest().to_string(), plans[1].digest().to_string());
    assert_eq!(plans[0].digest().to_string().split(' ').count(), 16);
    // Nobody but the member can make it look so.
    let stranger = Member::new(&plans[1], &super::keys(1)[0], None);
    let mut forged = theirs.clone();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let mut board = Board::new(&plans[0]);
    assert_eq!(board.add(&forged), Err(Refused::Plan(plans[1].digest())));
    assert!(board.others.is_empty());
    drop(stranger);
}

/// Refreshing with a constant term, resharing and repairing with another than one's share.
#[test]
fn lies_about_old_shares_are_named() {
    let (keys, old) = super::found(2, 4);
    let domain = old[0].domain().clone();
    let members = || {
        let all: Vec<_> = keys.iter().zip(old.iter().map(Some)).collect();
        all
    };
    let plan = Plan::refresh(session(), domain.clone(), roster(&keys)).unwrap();
    let shifted = |plan: &Plan<Mpin>, liar: &Member, zero: bool| {
        liar.with(plan, |seat| {
            let mut deal = Deal::of(seat);
            deal.zero = zero;
            deal.polynomial = Polynomial::random(&mut rng_of(liar), SecretResidue::from(3), 2);
            deal.opening(plan, liar, id(2))
        })
    };
    // With its commitment the list is too long; without it, no share fits.
    let story = tell(
        &plan,
        seats(&plan, &members()),
        &dealt(&|plan, liar| shifted(plan, liar, false)),
    );
    assert_eq!(story.faults, [(LIAR, Offence::Malformed(Step::Open))]);
    assert_eq!(story.dealers, Some(vec![1, 3, 4]));
    let story = tell(
        &plan,
        seats(&plan, &members()),
        &dealt(&|plan, liar| shifted(plan, liar, true)),
    );
    assert_eq!(story.faults, [(LIAR, Offence::Share(id(1)))]);
    assert_eq!(story.dealers, Some(vec![1, 3, 4]));

    let plan = Plan::reshare(
        session(),
        domain.clone(),
        roster(&keys),
        threshold(2, 4),
        roster(&keys),
    );
    let plan = plan.unwrap();
    let story = tell(
        &plan,
        seats(&plan, &members()),
        &dealt(&|plan, liar| shifted(plan, liar, false)),
    );
    assert_eq!(story.faults, [(LIAR, Offence::Constant)]);
    // Two of those that are left make the new shares.
    assert_eq!(story.dealers, Some(vec![1, 3]));
}

/// The same numbers whenever a liar commits and opens.
fn rng_of(liar: &Member) -> impl crate::rand_core::CryptoRng + use<> {
    crate::tests::frozen::Fixed(liar.seed[0].into())
}
