//! Who lies is named, and nobody honest is.

use super::{G, Result, Tamper, founding, keys, roster, run, session};
use crate::ceremony::commit::Committed;
use crate::ceremony::{
    Body, CeremonyError, CommitMessage, ConfirmMessage, MemberKey, OpeningFault, Outcome, Party,
    Plan, PrivateShare, RevealMessage, Signed,
};
use crate::schnorr::Signature;
use crate::sharing::Polynomial;
use crate::tests::{id, rng, threshold};
use crate::{Bls12381G1, Group as _, Mpin, tags};

/// The place of the liar in the tests; its number is 2.
pub(super) const LIAR: usize = 1;

/// Runs a founding of 2 of 3 with a liar.
pub(super) fn founded(tamper: &Tamper<'_>) -> Vec<Result<Outcome<Mpin>>> {
    let (plan, keys) = founding(2, 3);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    run(&plan, &seats, tamper)
}

/// What the honest ones say.
pub(super) fn verdicts(outcomes: Vec<Result<Outcome<Mpin>>>) -> Vec<Option<CeremonyError>> {
    let honest = outcomes
        .into_iter()
        .enumerate()
        .filter(|(index, _)| *index != LIAR);
    honest.map(|(_, outcome)| outcome.err()).collect()
}

pub(super) fn all_say(outcomes: Vec<Result<Outcome<Mpin>>>, error: &CeremonyError) {
    for verdict in verdicts(outcomes) {
        assert_eq!(verdict.as_ref(), Some(error));
    }
}

/// Signs a changed body as its sender would.
pub(super) fn forge<B: Body>(
    plan: &Plan<Mpin>,
    key: &MemberKey<G>,
    message: &mut Signed<G, B>,
    body: B,
) {
    let seat = crate::ceremony::plan::Seat::take(plan.clone(), key, None).unwrap();
    *message = Signed::new(&seat, message.from(), body, &mut rng()).unwrap();
}

fn with_polynomial(coefficients: u16, state: &mut Committed<Mpin>) {
    let secret = Bls12381G1::secret_from_wide(&[5; 64]);
    let polynomial = Polynomial::<G>::random(secret, coefficients, &mut rng());
    let commitments = polynomial.commit().unwrap();
    let seat = &state.seat;
    let message = crate::ceremony::commit::possession_message(&seat.digest, seat.dealer.unwrap());
    let pair = (
        polynomial.constant().unwrap(),
        commitments.constant().unwrap(),
    );
    let proof = Signature::new(tags::POSSESSION, &message, pair, &mut rng());
    let dealing = state.dealing.as_mut().unwrap();
    dealing.opening.commitments = commitments;
    dealing.opening.possession = proof;
    dealing.polynomial = polynomial;
}

/// Lets the liar change its state before it speaks, and gives out the hash that fits.
pub(super) fn lying_from_the_start(
    plan: &Plan<Mpin>,
    seats: &[(&MemberKey<G>, Option<&crate::Authority<Mpin>>)],
    change: &dyn Fn(&mut Committed<Mpin>),
) -> Vec<Result<Outcome<Mpin>>> {
    let hash = core::cell::RefCell::new(None);
    let committed = |index: usize, state: &mut Committed<Mpin>| {
        if index == LIAR {
            change(state);
            let opening = &state.dealing.as_ref().unwrap().opening;
            let body = opening.hash(&state.seat.digest, id(2));
            let signed = Signed::new(&state.seat, id(2), body, &mut rng()).unwrap();
            state.own = Some(signed.clone());
            hash.replace(Some(signed));
        }
    };
    let commit = |_: usize, inbox: &mut Vec<CommitMessage<G>>| {
        inbox[LIAR] = hash.borrow().clone().unwrap();
    };
    let tamper = Tamper {
        committed: Some(&committed),
        commit: Some(&commit),
        ..Tamper::default()
    };
    run(plan, seats, &tamper)
}

#[test]
fn openings_of_the_wrong_length_or_owner_are_the_dealers_fault() {
    let (plan, keys) = founding(2, 3);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    for coefficients in [1, 3] {
        let change = |state: &mut Committed<Mpin>| with_polynomial(coefficients, state);
        let outcomes = lying_from_the_start(&plan, &seats, &change);
        all_say(
            outcomes,
            &CeremonyError::Opening(id(2), OpeningFault::Shape),
        );
    }

    // A proof of possession of another run, another dealer, or none.
    let possession = |message: Vec<u8>| {
        move |state: &mut Committed<Mpin>| {
            let dealing = state.dealing.as_mut().unwrap();
            let commitments = &dealing.opening.commitments;
            let pair = (
                dealing.polynomial.constant().unwrap(),
                commitments.constant().unwrap(),
            );
            let proof = Signature::new(tags::POSSESSION, &message, pair, &mut rng());
            dealing.opening.possession = proof;
        }
    };
    let for_dealer =
        |plan: &[u8; 32], dealer| crate::ceremony::commit::possession_message(plan, id(dealer));
    let error = CeremonyError::Opening(id(2), OpeningFault::Possession);
    for message in [for_dealer(&[0; 32], 2), for_dealer(&plan.digest(), 1)] {
        all_say(
            lying_from_the_start(&plan, &seats, &possession(message)),
            &error,
        );
    }
    let none = |state: &mut Committed<Mpin>| {
        state.dealing.as_mut().unwrap().opening.possession = None;
    };
    all_say(lying_from_the_start(&plan, &seats, &none), &error);
    // The same proof by the right dealer for the right run is fine.
    let good = possession(for_dealer(&plan.digest(), 2));
    let outcomes = lying_from_the_start(&plan, &seats, &good);
    assert!(outcomes.iter().all(core::result::Result::is_ok));
}

#[test]
fn a_rogue_key_cannot_be_proven_and_a_late_choice_does_not_open() {
    // After seeing the others' openings the liar answers with P' - P1 - P3, with their proofs.
    let open = |reader: usize, inbox: &mut Vec<_>, _: &mut Vec<_>| {
        if reader == LIAR {
            return;
        }
        let [one, two, three]: &mut [Signed<G, crate::ceremony::Opening<G>>; 3] =
            inbox.as_mut_slice().try_into().unwrap();
        let (a, c) = (one.body.commitments.clone(), three.body.commitments.clone());
        let minus = milagro_curve::Scalar::ZERO - milagro_curve::Scalar::ONE;
        let rogue = crate::sharing::Commitments::combination(&[(&a, minus), (&c, minus)]);
        two.body.commitments = rogue.unwrap();
        two.body.possession = one.body.possession;
    };
    let keys = keys(3);
    let plan = Plan::found(session(), "example", threshold(2, 3), roster(&keys)).unwrap();
    let resigned = |reader: usize, inbox: &mut Vec<_>, shares: &mut Vec<_>| {
        open(reader, inbox, shares);
        let body = inbox[LIAR].body.clone();
        forge(&plan, &keys[LIAR], &mut inbox[LIAR], body);
    };
    let tamper = Tamper {
        open: Some(&resigned),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let outcomes = run(&plan, &seats, &tamper);
    let error = CeremonyError::Opening(id(2), OpeningFault::Hash);
    all_say(outcomes, &error);
    assert_eq!(error.culprits(), [Party::Dealer(id(2))]);
}

/// What is done to the messages of round 4.
type Hook<'a> = &'a dyn Fn(usize, &mut Vec<RevealMessage<G>>);

#[test]
fn a_share_that_is_not_signed_is_settled_or_ends_the_dealer() {
    let wrong = |victim: u16| {
        move |shares: &mut Vec<PrivateShare<G>>| {
            for share in shares.iter_mut().filter(|share| share.to() == id(victim)) {
                if share.from() == id(2) {
                    share.signed.share = Bls12381G1::secret_from_wide(&[9; 64]);
                }
            }
        }
    };
    // The dealer has not signed it, and gives way: nobody is excluded, and the victim's share is good.
    let open = |_: usize, _: &mut Vec<_>, shares: &mut Vec<_>| wrong(3)(shares);
    let settled = Tamper {
        open: Some(&open),
        ..Tamper::default()
    };
    for outcome in founded(&settled) {
        assert_eq!(outcome.unwrap().excluded, []);
    }
    // The same with a share that never comes.
    let lost = |_: usize, _: &mut Vec<_>, shares: &mut Vec<PrivateShare<G>>| {
        shares.retain(|share| share.from() != id(2) || share.to() != id(3));
    };
    let settled = Tamper {
        open: Some(&lost),
        ..Tamper::default()
    };
    for outcome in founded(&settled) {
        assert_eq!(outcome.unwrap().excluded, []);
    }
    // The dealer is silent, or insists: it is out, and the others have a domain without it.
    let silent = |_: usize, inbox: &mut Vec<_>| {
        inbox.remove(LIAR);
    };
    let (plan, keys) = founding(2, 3);
    let insists = |_: usize, inbox: &mut Vec<_>| {
        let message: &mut Signed<G, crate::ceremony::Reveals<G>> = &mut inbox[LIAR];
        let mut body = message.body.clone();
        body.shares
            .insert(id(3), Bls12381G1::secret_from_wide(&[9; 64]));
        forge(&plan, &keys[LIAR], message, body);
    };
    let gone = |_: usize, inbox: &mut Vec<ConfirmMessage<G>>| {
        inbox.retain(|message| message.from() != id(2));
    };
    let hooks: [Hook<'_>; 2] = [&silent, &insists];
    for (reveal, answers) in hooks.into_iter().zip([false, true]) {
        let tamper = Tamper {
            open: Some(&open),
            reveal: Some(reveal),
            confirm: Some(&gone),
            ..Tamper::default()
        };
        let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
        let outcomes = run(&plan, &seats, &tamper);
        for (index, outcome) in outcomes.into_iter().enumerate() {
            if index != LIAR {
                let outcome = outcome.unwrap();
                let named = [outcome.silent, outcome.excluded];
                assert_eq!(named[usize::from(answers)], [id(2)]);
                assert_eq!(named[usize::from(!answers)], []);
                assert!(outcome.authority.is_some());
            }
        }
    }
}

#[test]
fn a_false_complaint_harms_nobody() {
    let (plan, keys) = founding(2, 3);
    let complain = |_: usize, inbox: &mut Vec<_>| {
        let message: &mut Signed<G, crate::ceremony::Complaints<G>> = &mut inbox[LIAR];
        let mut body = message.body.clone();
        body.accused.extend([(id(1), None), (id(3), None)]);
        forge(&plan, &keys[LIAR], message, body);
    };
    let tamper = Tamper {
        complain: Some(&complain),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let outcomes = run(&plan, &seats, &tamper);
    for (index, outcome) in outcomes.into_iter().enumerate() {
        if index != LIAR {
            assert_eq!(outcome.unwrap().excluded, []);
        }
    }
}

#[test]
fn too_few_dealers_are_no_group() {
    let (plan, keys) = founding(2, 2);
    let wrong = |_: usize, _: &mut Vec<_>, shares: &mut Vec<PrivateShare<G>>| {
        shares.retain(|share| share.from() != id(2));
    };
    let silent = |_: usize, inbox: &mut Vec<_>| {
        inbox.remove(LIAR);
    };
    let tamper = Tamper {
        open: Some(&wrong),
        reveal: Some(&silent),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let error = CeremonyError::TooFewDealers {
        excluded: Vec::new(),
        silent: vec![id(2)],
        false_accusers: Vec::new(),
    };
    all_say(run(&plan, &seats, &tamper), &error);
    assert_eq!(error.culprits(), []);
}

#[test]
fn the_silent_are_named_while_all_must_speak() {
    let silent = |_: usize, inbox: &mut Vec<CommitMessage<G>>| {
        inbox.remove(LIAR);
    };
    let tamper = Tamper {
        commit: Some(&silent),
        ..Tamper::default()
    };
    all_say(
        founded(&tamper),
        &CeremonyError::Missing(Party::Dealer(id(2))),
    );
    let silent = |_: usize, inbox: &mut Vec<_>, _: &mut Vec<_>| {
        inbox.remove(LIAR);
    };
    let tamper = Tamper {
        open: Some(&silent),
        ..Tamper::default()
    };
    all_say(
        founded(&tamper),
        &CeremonyError::Missing(Party::Dealer(id(2))),
    );
}

#[test]
fn whoever_falls_silent_later_does_not_stop_the_others() {
    let silent3 = |reader: usize, inbox: &mut Vec<_>| {
        if reader != LIAR {
            inbox.remove(LIAR);
        }
    };
    let silent4 = |reader: usize, inbox: &mut Vec<_>| {
        if reader != LIAR {
            inbox.remove(LIAR);
        }
    };
    let silent5 = |_: usize, inbox: &mut Vec<ConfirmMessage<G>>| {
        inbox.retain(|message| message.from() != id(2));
    };
    let tamper = Tamper {
        complain: Some(&silent3),
        reveal: Some(&silent4),
        confirm: Some(&silent5),
        ..Tamper::default()
    };
    assert_eq!(verdicts(founded(&tamper)), [None, None]);
    // But not all of them.
    let alone = |reader: usize, inbox: &mut Vec<_>| {
        if reader == 0 {
            inbox.truncate(1);
        }
    };
    let tamper = Tamper {
        confirm: Some(&alone),
        ..Tamper::default()
    };
    let silent = vec![id(2), id(3)];
    let outcome = founded(&tamper).remove(0);
    assert_eq!(outcome.unwrap_err(), CeremonyError::Unconfirmed { silent });
}
