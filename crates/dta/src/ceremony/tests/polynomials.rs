//! Dealers whose polynomials are not what the plan asks for.

use super::lies::{LIAR, all_say, lying_from_the_start};
use super::{G, Tamper, found, founding, keys, roster, run, session};
use crate::ceremony::{
    CeremonyError, CommitMessage, Committed, OpeningFault, Party, Plan, Roster, Signed,
};
use crate::schnorr::Signature;
use crate::sharing::Polynomial;
use crate::tests::{id, rng, threshold};
use crate::{Bls12381G1, Group as _, Mpin, tags};

#[test]
fn top_coefficients_that_cancel_make_no_domain() {
    // Dealers 1 and 2 of 2 collude: the sum of their polynomials is constant.
    let (plan, keys) = founding(2, 2);
    let share = core::cell::RefCell::new(None);
    let committed = |_: usize, state: &mut Committed<Mpin>| {
        let polynomial = |coefficients: [u64; 2]| {
            let [constant, top] = coefficients.map(milagro_curve::Scalar::from);
            let top = if share.borrow().is_some() { -top } else { top };
            Polynomial::<G>::fixed(&[constant, top])
        };
        let polynomial = polynomial([7, 5]);
        share.replace(Some(()));
        let commitments = polynomial.commit().unwrap();
        let dealer = state.seat.dealer.unwrap();
        let message = crate::ceremony::commit::possession_message(&state.seat.digest, dealer);
        let pair = (
            polynomial.constant().unwrap(),
            commitments.constant().unwrap(),
        );
        let dealing = state.dealing.as_mut().unwrap();
        let proof = Signature::new(tags::POSSESSION, &message, pair, &mut rng());
        dealing.opening.possession = proof;
        dealing.opening.commitments = commitments;
        dealing.polynomial = polynomial;
    };
    // Their hashes of round 1 are made anew.
    let hashes = core::cell::RefCell::new(Vec::new());
    let committed = |index: usize, state: &mut Committed<Mpin>| {
        committed(index, state);
        let dealer = state.seat.dealer.unwrap();
        let body = state
            .dealing
            .as_ref()
            .unwrap()
            .opening
            .hash(&state.seat.digest, dealer);
        let signed = Signed::new(&state.seat, dealer, body, &mut rng()).unwrap();
        state.own = Some(signed.clone());
        hashes.borrow_mut().push(signed);
    };
    let commit = |_: usize, inbox: &mut Vec<CommitMessage<G>>| {
        *inbox = hashes.borrow().clone();
    };
    let tamper = Tamper {
        committed: Some(&committed),
        commit: Some(&commit),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    for outcome in run(&plan, &seats, &tamper) {
        assert_eq!(outcome.unwrap_err(), CeremonyError::Degenerate);
    }
}

#[test]
fn a_refresh_with_a_constant_term_is_the_dealers_fault() {
    let (keys, authorities) = found(2, 3);
    let domain = authorities[0].domain().clone();
    let plan = Plan::refresh(session(), domain, roster(&keys)).unwrap();
    let seats: Vec<_> = keys.iter().zip(authorities.iter().map(Some)).collect();
    let change = |state: &mut Committed<Mpin>| {
        let secret = Bls12381G1::secret_from_wide(&[5; 64]);
        let polynomial = Polynomial::<G>::random(secret, 2, &mut rng());
        let dealing = state.dealing.as_mut().unwrap();
        dealing.opening.commitments = polynomial.commit().unwrap();
        dealing.polynomial = polynomial;
    };
    let outcomes = lying_from_the_start(&plan, &seats, &change);
    all_say(
        outcomes,
        &CeremonyError::Opening(id(2), OpeningFault::Shape),
    );

    // Commitments that hide the constant term do not fit the shares, which the dealer has signed.
    let change = |state: &mut Committed<Mpin>| {
        let secret = Bls12381G1::secret_from_wide(&[5; 64]);
        let polynomial = Polynomial::<G>::random(secret, 2, &mut rng());
        let dealing = state.dealing.as_mut().unwrap();
        dealing.opening.commitments = polynomial.commit_without_constant().unwrap();
        dealing.polynomial = polynomial;
    };
    let outcomes = lying_from_the_start(&plan, &seats, &change);
    for (index, outcome) in outcomes.into_iter().enumerate() {
        if index != LIAR {
            assert_eq!(outcome.unwrap().excluded, [id(2)]);
        }
    }
}

#[test]
fn resharing_another_share_than_ones_own_is_the_dealers_fault() {
    let (old_keys, authorities) = found(2, 3);
    let new_keys = keys(2);
    let domain = authorities[0].domain().clone();
    let reshare = |dealers: Roster<G>| {
        let members = roster(&new_keys);
        Plan::reshare(session(), domain.clone(), dealers, threshold(2, 2), members).unwrap()
    };
    let plan = reshare(roster(&old_keys));
    let old = old_keys.iter().zip(authorities.iter().map(Some));
    let seats: Vec<_> = old.chain(new_keys.iter().map(|key| (key, None))).collect();
    let change = |state: &mut Committed<Mpin>| {
        let secret = Bls12381G1::secret_from_wide(&[5; 64]);
        let polynomial = Polynomial::<G>::random(secret, 2, &mut rng());
        let dealing = state.dealing.as_mut().unwrap();
        dealing.opening.commitments = polynomial.commit().unwrap();
        dealing.polynomial = polynomial;
    };
    let outcomes = lying_from_the_start(&plan, &seats, &change);
    all_say(
        outcomes,
        &CeremonyError::Opening(id(2), OpeningFault::Constant),
    );
}

#[test]
fn messages_of_another_run_count_as_not_sent() {
    let (plan, keys) = founding(2, 3);
    let other = Plan::<Mpin>::found(session(), "example", threshold(2, 3), roster(&keys)).unwrap();
    let (_, message) = Committed::begin(other, &keys[LIAR], None, &mut rng()).unwrap();
    let replay = |_: usize, inbox: &mut Vec<_>| inbox[LIAR] = message.clone().unwrap();
    let tamper = Tamper {
        commit: Some(&replay),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let missing = CeremonyError::Missing(Party::Dealer(id(2)));
    all_say(run(&plan, &seats, &tamper), &missing);
}

#[test]
fn openings_outside_the_subgroup_do_not_decode() {
    let (plan, keys) = founding(2, 3);
    let (state, _) = Committed::begin(plan, &keys[LIAR], None, &mut rng()).unwrap();
    let opening = state.dealing.as_ref().unwrap().opening.clone();
    let message = Signed::new(&state.seat, id(2), opening, &mut rng()).unwrap();
    let mut bytes = message.to_bytes();
    // (0, 2), of order 3.
    bytes[7..55].fill(0);
    bytes[7] = 0x80;
    assert_eq!(
        crate::ceremony::OpenMessage::<G>::from_bytes(&bytes).unwrap_err(),
        crate::DecodeError::NotInSubgroup
    );
}
