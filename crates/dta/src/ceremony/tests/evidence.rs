//! Wrong shares that their dealers have signed, and evidence that is none.

use core::cell::RefCell;

use super::lies::LIAR;
use super::{G, Result, Tamper, found, founding, keys, roster, run, session};
use crate::ceremony::evidence::SignedShare;
use crate::ceremony::{
    CeremonyError, ComplaintMessage, MemberKey, OpenMessage, Outcome, Party, Plan, PrivateShare,
    RevealMessage, Signed,
};
use crate::tests::{id, rng, threshold};
use crate::{Authority, AuthorityId, Bls12381G1, DecodeError, Group as _, Mpin};

type Share = SignedShare<G>;
type Seats<'a> = [(&'a MemberKey<G>, Option<&'a Authority<Mpin>>)];
/// What a liar makes of the shares that are sent.
type Evidence<'a> = &'a dyn Fn(&[PrivateShare<G>]) -> Share;

/// Signs a share that is hardly right, in the name of a dealer.
fn sign(plan: &Plan<Mpin>, (from, to): (u16, u16), key: &MemberKey<G>) -> Share {
    let value = Bls12381G1::secret_from_wide(&[9; 64]);
    let digest = plan.digest();
    SignedShare::new((&digest, id(from), id(to)), value, key, &mut rng()).unwrap()
}

/// Replaces what dealer 2 sends to some.
fn wrong<'a>(
    plan: &'a Plan<Mpin>,
    key: &'a MemberKey<G>,
    victims: &'a [u16],
) -> impl Fn(usize, &mut Vec<OpenMessage<G>>, &mut Vec<PrivateShare<G>>) + 'a {
    move |_, _, shares| {
        for share in shares.iter_mut().filter(|share| share.from() == id(2)) {
            if victims.contains(&share.to().get()) {
                share.signed = sign(plan, (2, share.to().get()), key);
            }
        }
    }
}

/// Whom an outcome names: dealers, silent ones, accusers.
fn named(outcome: &Outcome<Mpin>) -> [&[AuthorityId]; 3] {
    [&outcome.excluded, &outcome.silent, &outcome.false_accusers]
}

/// All but the liar finish with the same domain.
fn all_name(outcomes: Vec<Result<Outcome<Mpin>>>, expected: [&[AuthorityId]; 3]) {
    let mut domains = Vec::new();
    for (index, outcome) in outcomes.into_iter().enumerate() {
        if index != LIAR {
            let outcome = outcome.unwrap();
            assert_eq!(named(&outcome), expected);
            domains.push(outcome.domain);
        }
    }
    assert!(domains.windows(2).all(|pair| pair[0] == pair[1]));
}

/// Nobody shows a share.
#[expect(clippy::ptr_arg, reason = "a hook")]
fn no_answers(_: usize, inbox: &mut Vec<RevealMessage<G>>) {
    assert!(inbox.iter().all(|message| message.body.shares.is_empty()));
}

#[test]
fn whoever_signs_wrong_shares_is_named_however_many() {
    // To one, to t - 1, to t, to all.
    let cases: [(u16, u16, &[u16]); 6] = [
        (2, 3, &[3]),
        (2, 3, &[1, 3]),
        (3, 5, &[4]),
        (3, 5, &[1, 5]),
        (3, 5, &[1, 3, 4]),
        (3, 5, &[1, 3, 4, 5]),
    ];
    for (t, n, victims) in cases {
        let (plan, keys) = founding(t, n);
        let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
        let tamper = Tamper {
            open: Some(&wrong(&plan, &keys[LIAR], victims)),
            reveal: Some(&no_answers),
            ..Tamper::default()
        };
        all_name(run(&plan, &seats, &tamper), [&[id(2)], &[], &[]]);
    }
}

#[test]
fn wrong_shares_of_an_old_key_are_named() {
    let (old_keys, old) = found(2, 3);
    let domain = old[0].domain().clone();
    let seats: Vec<_> = old_keys.iter().zip(old.iter().map(Some)).collect();
    let plan = Plan::refresh(session(), domain.clone(), roster(&old_keys)).unwrap();
    let refreshed = Tamper {
        open: Some(&wrong(&plan, &old_keys[LIAR], &[1, 3])),
        reveal: Some(&no_answers),
        ..Tamper::default()
    };
    all_name(run(&plan, &seats, &refreshed), [&[id(2)], &[], &[]]);

    let new_keys = keys(3);
    let (dealers, receivers) = (roster(&old_keys), roster(&new_keys));
    let plan = Plan::reshare(session(), domain, dealers, threshold(2, 3), receivers).unwrap();
    let seats: Vec<_> = seats
        .into_iter()
        .chain(new_keys.iter().map(|key| (key, None)))
        .collect();
    let reshared = Tamper {
        open: Some(&wrong(&plan, &old_keys[LIAR], &[1, 2, 3])),
        reveal: Some(&no_answers),
        ..Tamper::default()
    };
    all_name(run(&plan, &seats, &reshared), [&[id(2)], &[], &[]]);
}

#[test]
fn evidence_counts_beside_a_share_that_is_lost() {
    // Member 3 gets a wrong share of dealer 2 and nothing of dealer 1, who answers.
    let (plan, keys) = founding(2, 3);
    let replace = wrong(&plan, &keys[LIAR], &[3]);
    let open = |reader: usize, inbox: &mut Vec<_>, shares: &mut Vec<PrivateShare<G>>| {
        replace(reader, inbox, shares);
        shares.retain(|share| share.from() != id(1) || share.to() != id(3));
    };
    let tamper = Tamper {
        open: Some(&open),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    all_name(run(&plan, &seats, &tamper), [&[id(2)], &[], &[]]);
}

#[test]
fn too_few_dealers_name_those_who_dealt_wrongly() {
    let (plan, keys) = founding(2, 2);
    let tamper = Tamper {
        open: Some(&wrong(&plan, &keys[LIAR], &[1])),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let error = run(&plan, &seats, &tamper).remove(0).unwrap_err();
    assert_eq!(error.culprits(), [Party::Dealer(id(2))]);
    let both = CeremonyError::TooFewDealers {
        excluded: vec![id(2)],
        silent: vec![id(1)],
        false_accusers: vec![id(3)],
    };
    let named = [Party::Dealer(id(2)), Party::Receiver(id(3))];
    assert_eq!(both.culprits(), named);
}

/// Lets receiver 2 accuse a dealer with evidence.
fn accuse(
    (plan, seats): (&Plan<Mpin>, &Seats<'_>),
    dealer: u16,
    evidence: Evidence<'_>,
) -> Vec<Result<Outcome<Mpin>>> {
    let made = RefCell::new(None);
    let open = |_: usize, _: &mut Vec<_>, shares: &mut Vec<PrivateShare<G>>| {
        made.borrow_mut().get_or_insert_with(|| evidence(shares));
    };
    let lie = RefCell::new(None);
    let complain = |_: usize, inbox: &mut Vec<ComplaintMessage<G>>| {
        let message = lie.borrow_mut().take().unwrap_or_else(|| {
            let mut body = inbox[LIAR].body.clone();
            body.accused.insert(id(dealer), made.borrow().clone());
            Signed::sign((&plan.digest(), seats[LIAR].0), id(2), body, &mut rng()).unwrap()
        });
        inbox[LIAR] = message.clone();
        lie.replace(Some(message));
    };
    let tamper = Tamper {
        open: Some(&open),
        complain: Some(&complain),
        reveal: Some(&no_answers),
        ..Tamper::default()
    };
    run(plan, seats, &tamper)
}

fn sent(shares: &[PrivateShare<G>], from: u16, to: u16) -> Share {
    let mut found = shares.iter();
    let found = found.find(|share| (share.from(), share.to()) == (id(from), id(to)));
    found.unwrap().signed.clone()
}

#[test]
fn evidence_that_is_none_names_the_accuser_alone() {
    let (plan, keys) = founding(2, 3);
    let (other, _) = founding(2, 3);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let right = |shares: &[PrivateShare<G>]| sent(shares, 1, 2);
    let altered = |shares: &[PrivateShare<G>]| {
        let mut share = sent(shares, 1, 2);
        share.share = Bls12381G1::secret_from_wide(&[9; 64]);
        share
    };
    let forged = |_: &[PrivateShare<G>]| sign(&plan, (1, 2), &keys[LIAR]);
    let other_receiver = |_: &[PrivateShare<G>]| sign(&plan, (1, 3), &keys[0]);
    let other_share = |shares: &[PrivateShare<G>]| sent(shares, 1, 3);
    let other_dealer = |_: &[PrivateShare<G>]| sign(&plan, (3, 2), &keys[2]);
    let other_run = |_: &[PrivateShare<G>]| sign(&other, (1, 2), &keys[0]);
    let cases: [Evidence<'_>; 7] = [
        &right,
        &altered,
        &forged,
        &other_receiver,
        &other_share,
        &other_dealer,
        &other_run,
    ];
    for evidence in cases {
        let outcomes = accuse((&plan, &seats), 1, evidence);
        all_name(outcomes, [&[], &[], &[id(2)]]);
    }
    // Nobody of that number deals.
    let outcomes = accuse((&plan, &seats), 200, &forged);
    all_name(outcomes, [&[], &[], &[id(2)]]);
    // The same with what the dealer has signed for this place is evidence.
    let outcomes = accuse((&plan, &seats), 1, &|_| sign(&plan, (1, 2), &keys[0]));
    all_name(outcomes, [&[id(1)], &[], &[]]);
}

#[test]
fn evidence_of_another_generation_names_the_accuser() {
    let (keys, old) = found(2, 3);
    let refresh = |authority: &Authority<Mpin>| {
        let domain = authority.domain().clone();
        Plan::refresh([3; 32], domain, roster(&keys)).unwrap()
    };
    let first = refresh(&old[0]);
    let seats: Vec<_> = keys.iter().zip(old.iter().map(Some)).collect();
    let new = run(&first, &seats, &Tamper::default());
    let new = new.into_iter().map(|new| new.unwrap().authority.unwrap());
    let new: Vec<_> = new.collect();
    let second = refresh(&new[0]);
    let seats: Vec<_> = keys.iter().zip(new.iter().map(Some)).collect();
    let evidence = |_: &[PrivateShare<G>]| sign(&first, (1, 2), &keys[0]);
    let outcomes = accuse((&second, &seats), 1, &evidence);
    all_name(outcomes, [&[], &[], &[id(2)]]);
}

#[test]
fn what_changes_in_transit_blames_nobody() {
    // Share and signature, each with a bit flipped on the way from dealer 1 to member 3.
    let (plan, keys) = founding(2, 3);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    for place in [68, 100, 132] {
        let open = |_: usize, _: &mut Vec<_>, shares: &mut Vec<PrivateShare<G>>| {
            let changed =
                |share: &&mut PrivateShare<G>| (share.from(), share.to()) == (id(1), id(3));
            for share in shares.iter_mut().filter(changed) {
                let mut bytes = share.to_bytes();
                bytes[place] ^= 1;
                *share = PrivateShare::from_bytes(&bytes).unwrap();
            }
        };
        let complain = |_: usize, inbox: &mut Vec<ComplaintMessage<G>>| {
            let accused = &inbox[2].body.accused;
            assert!(matches!(accused.get(&id(1)), Some(None)), "{accused:?}");
            assert_eq!(accused.len(), 1);
        };
        let tamper = Tamper {
            open: Some(&open),
            complain: Some(&complain),
            ..Tamper::default()
        };
        let outcomes = run(&plan, &seats, &tamper);
        assert!(outcomes.iter().all(core::result::Result::is_ok));
        all_name(outcomes, [&[], &[], &[]]);
    }
}

#[test]
fn complaints_are_bounded() {
    let (plan, keys) = founding(2, 3);
    let body = crate::ceremony::Complaints::<G> {
        accused: (1..=255)
            .map(|dealer| (id(dealer), Some(sign(&plan, (dealer, 2), &keys[LIAR]))))
            .collect(),
        openings: crate::ceremony::Echo::none(),
    };
    let message = Signed::sign((&plan.digest(), &keys[LIAR]), id(2), body, &mut rng()).unwrap();
    let bytes = message.to_bytes();
    assert_eq!(bytes.len(), 4 + 2 + 255 * 99 + 2 + 64);
    let read = |bytes: &[u8]| ComplaintMessage::<G>::from_bytes(bytes).map(|_| ());
    assert_eq!(read(&bytes), Ok(()));
    let changed = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = bytes.clone();
        change(&mut bytes);
        read(&bytes)
    };
    // Version, round, sender; number of entries at 4; the first entry from 6 on.
    let again = |bytes: &mut Vec<u8>| bytes[6 + 99 + 1] = 1;
    assert_eq!(changed(&again), Err(DecodeError::Value));
    let more = |bytes: &mut Vec<u8>| bytes[4] = 1;
    assert_eq!(changed(&more), Err(DecodeError::Value));
    let other_kind = |bytes: &mut Vec<u8>| bytes[8] = 2;
    assert_eq!(changed(&other_kind), Err(DecodeError::Value));
    let out_of_range = |bytes: &mut Vec<u8>| bytes[9..41].fill(0xff);
    assert_eq!(changed(&out_of_range), Err(DecodeError::ScalarOutOfRange));
    let short = |bytes: &mut Vec<u8>| bytes.truncate(6 + 99 * 3 + 50);
    assert_eq!(changed(&short), Err(DecodeError::Length));
}
