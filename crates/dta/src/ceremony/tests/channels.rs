//! Private channels that fail: nobody is blamed, and above all nothing is shown that makes up a key.

use super::lies::{LIAR, founded};
use super::{G, Tamper, keys, run, session};
use crate::ceremony::{CeremonyError, Plan, PrivateShare, RevealMessage};
use crate::tests::{dealt, id, threshold};

/// Loses all private shares that `lost` names.
fn losing(
    lost: impl Fn(usize, &PrivateShare<G>) -> bool,
) -> impl Fn(usize, &mut Vec<super::OpenMessage<G>>, &mut Vec<PrivateShare<G>>) {
    move |reader, _, shares| shares.retain(|share| !lost(reader, share))
}

#[test]
fn a_dealer_shows_nobody_t_shares() {
    // Nothing of dealer 2 arrives, and both others say so: two shares are a line.
    let lost = losing(|_, share| share.from() == id(2));
    let shown = |_: usize, inbox: &mut Vec<RevealMessage<G>>| {
        assert_eq!(inbox.len(), 3);
        for message in inbox {
            assert!(message.body.shares.is_empty());
        }
    };
    let tamper = Tamper {
        open: Some(&lost),
        reveal: Some(&shown),
        ..Tamper::default()
    };
    let mut domains = Vec::new();
    for outcome in founded(&tamper) {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.excluded, outcome.silent), (vec![], vec![id(2)]));
        assert!(outcome.authority.is_some());
        domains.push(outcome.domain);
    }
    assert!(domains.windows(2).all(|pair| pair[0] == pair[1]));
}

#[test]
fn a_member_that_is_cut_off_accuses_nobody() {
    // Member 2 gets no share at all. The others have a domain; its share of it is still nobody's.
    let lost = losing(|reader, _| reader == LIAR);
    let tamper = Tamper {
        open: Some(&lost),
        ..Tamper::default()
    };
    let mut outcomes = founded(&tamper);
    let error = outcomes.remove(LIAR).unwrap_err();
    let dealers = vec![id(1), id(3)];
    assert_eq!(error, CeremonyError::CutOff { dealers });
    assert_eq!(error.culprits(), []);
    for outcome in outcomes {
        let outcome = outcome.unwrap();
        assert_eq!((outcome.excluded, outcome.silent), (vec![], vec![]));
    }

    // If all are cut off, there is no domain, where there was one whose key everybody could compute.
    let lost = losing(|_, _| true);
    let tamper = Tamper {
        open: Some(&lost),
        ..Tamper::default()
    };
    for outcome in founded(&tamper) {
        assert!(matches!(outcome, Err(CeremonyError::CutOff { .. })));
    }
}

#[test]
fn a_key_that_is_handed_over_to_one_is_not_shown() {
    // 1 of 2 from 2 of 2: every share is the key itself, so a single answer would be too many.
    let old = dealt::<crate::Mpin>(2, 2);
    let (old_keys, new_keys) = (keys(2), keys(2));
    let domain = old[0].domain().clone();
    let (dealers, receivers) = (super::roster(&old_keys), super::roster(&new_keys));
    let plan = Plan::reshare(session(), domain, dealers, threshold(1, 2), receivers).unwrap();
    let members = old_keys.iter().zip(old.iter().map(Some));
    let seats: Vec<_> = members
        .chain(new_keys.iter().map(|key| (key, None)))
        .collect();
    let lost = losing(|reader, share| reader == 2 && share.from() == id(1));
    let shown = |_: usize, inbox: &mut Vec<RevealMessage<G>>| {
        assert!(inbox.iter().all(|message| message.body.shares.is_empty()));
    };
    let tamper = Tamper {
        open: Some(&lost),
        reveal: Some(&shown),
        ..Tamper::default()
    };
    let error = CeremonyError::TooFewDealers {
        excluded: vec![],
        silent: vec![id(1)],
        false_accusers: vec![],
    };
    for outcome in run(&plan, &seats, &tamper) {
        assert_eq!(outcome.unwrap_err(), error);
    }
}
