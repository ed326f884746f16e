//! Members that tell each other different things are found out by echoes.

use super::lies::{LIAR, all_say, forge, founded, verdicts};
use super::{G, Tamper, founding, run};
use crate::ceremony::evidence::SignedShare;
use crate::ceremony::{CeremonyError, Committed, OpenMessage, Party, PrivateShare, Signed};
use crate::tests::{id, rng};
use crate::{Bls12381G1, Group as _};

#[test]
fn different_openings_for_different_members_convict_the_dealer() {
    // A dealer with two polynomials, one for member 1 and one for member 3, each with all that fits.
    let (plan, keys) = founding(2, 3);
    let two = || {
        let (state, hash) = Committed::begin(plan.clone(), &keys[LIAR], None, &mut rng()).unwrap();
        (state, hash.unwrap())
    };
    let sides = [two(), two()];
    let opened: Vec<_> = sides
        .iter()
        .map(|(state, _)| {
            let dealing = state.dealing.as_ref().unwrap();
            let polynomial = &dealing.polynomial;
            (
                dealing.opening.clone(),
                [1, 3].map(|to| *polynomial.share(id(to)).to_bytes()),
            )
        })
        .collect();
    let side = |reader: usize| usize::from(reader == 2);
    let commit = |reader: usize, inbox: &mut Vec<_>| {
        if reader != LIAR {
            inbox[LIAR] = sides[side(reader)].1.clone();
        }
    };
    let open =
        |reader: usize, inbox: &mut Vec<OpenMessage<G>>, shares: &mut Vec<PrivateShare<G>>| {
            if reader == LIAR {
                return;
            }
            // It echoes what each of them wants to hear.
            let mut opening = opened[side(reader)].0.clone();
            opening.hashes = inbox[reader].body.hashes.clone();
            forge(&plan, &keys[LIAR], &mut inbox[LIAR], opening);
            for share in shares.iter_mut().filter(|share| share.from() == id(2)) {
                let bytes = opened[side(reader)].1[side(reader)];
                let value = Bls12381G1::secret_from_bytes(&bytes).unwrap();
                let place = (&plan.digest(), id(2), share.to());
                let signed = SignedShare::new(place, value, &keys[LIAR], &mut rng());
                share.signed = signed.unwrap();
            }
        };
    let tamper = Tamper {
        commit: Some(&commit),
        open: Some(&open),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    all_say(
        run(&plan, &seats, &tamper),
        &CeremonyError::Equivocated(Party::Dealer(id(2))),
    );

    // Two versions in one mailbox are found at once.
    let twice =
        |_: usize, inbox: &mut Vec<_>| inbox.extend(sides.iter().map(|side| side.1.clone()));
    let tamper = Tamper {
        commit: Some(&twice),
        ..Tamper::default()
    };
    all_say(
        run(&plan, &seats, &tamper),
        &CeremonyError::Equivocated(Party::Dealer(id(2))),
    );
}

#[test]
fn two_hashes_for_one_opening_convict_the_dealer() {
    // A dealer that waits for the others' openings, and then chooses which of two to open, would leave
    // out those whom it gave the other hash, and the rest would know nothing of it.
    let (plan, keys) = founding(2, 3);
    let (_, other) = Committed::begin(plan.clone(), &keys[LIAR], None, &mut rng()).unwrap();
    let commit = |reader: usize, inbox: &mut Vec<_>| {
        if reader == 2 {
            inbox[LIAR] = other.clone().unwrap();
        }
    };
    let tamper = Tamper {
        commit: Some(&commit),
        ..Tamper::default()
    };
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    all_say(
        run(&plan, &seats, &tamper),
        &CeremonyError::Equivocated(Party::Dealer(id(2))),
    );
}

#[test]
fn different_complaints_or_reveals_convict_their_author() {
    let (plan, keys) = founding(2, 3);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    let complain = |reader: usize, inbox: &mut Vec<_>| {
        let message: &mut Signed<G, crate::ceremony::Complaints<G>> = &mut inbox[LIAR];
        if reader == 0 {
            let mut body = message.body.clone();
            body.accused.insert(id(3), None);
            forge(&plan, &keys[LIAR], message, body);
        }
    };
    let tamper = Tamper {
        complain: Some(&complain),
        ..Tamper::default()
    };
    let error = CeremonyError::Equivocated(Party::Receiver(id(2)));
    all_say(run(&plan, &seats, &tamper), &error);

    let reveal = |reader: usize, inbox: &mut Vec<_>| {
        let message: &mut Signed<G, crate::ceremony::Reveals<G>> = &mut inbox[LIAR];
        if reader == 0 {
            let mut body = message.body.clone();
            body.shares
                .insert(id(3), Bls12381G1::secret_from_wide(&[1; 64]));
            forge(&plan, &keys[LIAR], message, body);
        }
    };
    let tamper = Tamper {
        reveal: Some(&reveal),
        ..Tamper::default()
    };
    let error = CeremonyError::Equivocated(Party::Dealer(id(2)));
    all_say(run(&plan, &seats, &tamper), &error);
}

#[test]
fn a_message_that_only_one_has_blames_nobody() {
    let lost = |reader: usize, inbox: &mut Vec<_>| {
        if reader == 0 {
            inbox.remove(LIAR);
        }
    };
    let tamper = Tamper {
        complain: Some(&lost),
        ..Tamper::default()
    };
    for verdict in verdicts(founded(&tamper)) {
        let verdict = verdict.unwrap();
        assert!(
            matches!(verdict, CeremonyError::Undelivered { .. }),
            "{verdict}"
        );
        assert_eq!(verdict.culprits(), []);
    }
}

#[test]
fn false_echoes_and_confirmations_are_named() {
    let (plan, keys) = founding(2, 3);
    let seats: Vec<_> = keys.iter().map(|key| (key, None)).collect();
    // An echo of what dealer 1 has signed, but for another round.
    let complain = |reader: usize, inbox: &mut Vec<_>| {
        let message: &mut Signed<G, crate::ceremony::Complaints<G>> = &mut inbox[LIAR];
        if reader != LIAR {
            let mut bytes = message.to_bytes();
            // Version, round, sender, no accusation, three entries; then number and digest of dealer 1.
            bytes[10] ^= 1;
            let changed: Signed<G, crate::ceremony::Complaints<G>> =
                Signed::from_bytes(&bytes).unwrap();
            forge(&plan, &keys[LIAR], message, changed.body);
        }
    };
    let tamper = Tamper {
        complain: Some(&complain),
        ..Tamper::default()
    };
    let error = CeremonyError::FalseEcho(Party::Receiver(id(2)));
    all_say(run(&plan, &seats, &tamper), &error);

    let confirm = |_: usize, inbox: &mut Vec<_>| {
        let message: &mut Signed<G, crate::ceremony::Confirmation<G>> = &mut inbox[LIAR];
        let mut body = message.body.clone();
        body.result[0] ^= 1;
        forge(&plan, &keys[LIAR], message, body);
    };
    let tamper = Tamper {
        confirm: Some(&confirm),
        ..Tamper::default()
    };
    all_say(
        run(&plan, &seats, &tamper),
        &CeremonyError::FalseConfirmation(id(2)),
    );
}
