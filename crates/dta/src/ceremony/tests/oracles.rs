//! What members say for others to see, and what keys stolen afterwards open.

use milagro_curve::{G1Point, SecretResidue};

use super::knowledge::{Knowledge, gathered, learn, session_keys};
use super::liar::{Deal, bent, body, commit, from, sign, step};
use super::{G, Member, founding, talk, talk_through, twins};
use crate::Mpin;
use crate::ceremony::{Offence, Party, Plan, Step};
use crate::sharing::group::Group as _;
use crate::tests::id;

/// E, with or without its proof, of another dealer, of another session, or shifted by a known point: the
/// dealer is out, and nobody shows anything.
#[test]
fn copied_ephemeral_is_no_oracle() {
    let (old_plan, mut old) = founding(2, 3);
    let old_said = talk(&old_plan, &mut old);
    let (plan, mut members) = founding(2, 3);
    talk_through(&plan, &mut members, Step::Join);
    // The adversary even knows member 1's opening before it commits.
    let stolen = members[0].with(&plan, |seat| {
        Deal::of(seat).opening(&plan, &members[0], id(1))
    });
    let old_opening = old_said
        .iter()
        .find(|message| step(message) == Step::Open)
        .unwrap();
    let liar = &members[1];
    let mine = liar.with(&plan, |seat| Deal::of(seat).opening(&plan, liar, id(2)));
    // Behind J, two commitments and a proof of possession: E, then the masked values, then its proof.
    let (e, proof) = (192..240, mine.len() - 64..mine.len());
    let with = |from: &[u8], also_proof: bool| {
        let mut body = mine.clone();
        body[e.clone()].copy_from_slice(&from[e.clone()]);
        if also_proof {
            body[proof.clone()].copy_from_slice(&from[proof.clone()]);
        }
        body
    };
    let shifted = {
        let point = G1Point::from_slice(&stolen[e.clone()]).unwrap();
        let mut body = mine.clone();
        let point = (point + G1Point::generator()).to_point().unwrap();
        body[e.clone()].copy_from_slice(&point.to_bytes());
        body
    };
    let whole = stolen.clone();
    for (name, opening) in [
        ("E alone", with(&stolen, false)),
        ("E and its proof", with(&stolen, true)),
        ("E of another session", with(body(old_opening), true)),
        ("E shifted", shifted),
        ("all of another's opening", whole),
    ] {
        let mut world = twins(&members);
        let message = commit(&plan, &world[1], id(2), &opening);
        let opened = sign(&plan, &world[1].key, Step::Open, id(2), &opening);
        let liar = world.remove(1);
        for member in &mut world {
            member.hear(core::slice::from_ref(&message));
        }
        talk(&plan, &mut world);
        for member in &mut world {
            member.hear(core::slice::from_ref(&opened));
        }
        let said = talk(&plan, &mut world);
        let faults = world[0].look(&plan).faults;
        let culprits: Vec<_> = faults
            .iter()
            .map(|fault| (fault.culprit, fault.offence))
            .collect();
        let expected = if name == "all of another's opening" {
            Offence::Possession
        } else {
            Offence::Ephemeral
        };
        assert_eq!(culprits, [(Party::Dealer(id(2)), expected)], "{name}");
        let disputes: Vec<_> = said
            .iter()
            .filter(|message| step(message) == Step::Dispute)
            .collect();
        assert_eq!(disputes.len(), 2, "{name}");
        // O, and no dispute.
        assert!(
            disputes.iter().all(|message| body(message).len() == 34),
            "{name}"
        );
        drop(liar);
    }
}

/// The control of the test before: a wrong share under one's own E is shown.
#[test]
fn a_wrong_share_is_shown() {
    let (plan, mut members) = founding(2, 3);
    talk_through(&plan, &mut members, Step::Join);
    let liar = &members[1];
    let opening = liar.with(&plan, |seat| {
        let bend = |to, share: SecretResidue| if to == id(3) { bent(&share) } else { share };
        Deal {
            bend: &bend,
            ..Deal::of(seat)
        }
        .opening(&plan, liar, id(2))
    });
    let message = commit(&plan, liar, id(2), &opening);
    let opened = sign(&plan, &liar.key, Step::Open, id(2), &opening);
    members.remove(1);
    for member in &mut members {
        member.hear(core::slice::from_ref(&message));
    }
    talk(&plan, &mut members);
    for member in &mut members {
        member.hear(core::slice::from_ref(&opened));
    }
    let said = talk(&plan, &mut members);
    let lengths: Vec<_> = said
        .iter()
        .map(|message| (from(message).get(), body(message).len()))
        .collect();
    assert_eq!(lengths, [(1, 34), (3, 34 + 146)]);
    let fault = members[0].look(&plan).faults.remove(0);
    assert_eq!(
        (fault.culprit, fault.offence),
        (Party::Dealer(id(2)), Offence::Share(id(3)))
    );
}

/// After the end, all member keys and the whole board: no masked value opens, in any place, under any
/// of them; and session keys of two sessions have nothing in common.
#[test]
fn stolen_keys_open_nothing_old() {
    let (plan, mut members) = founding(2, 3);
    let said = talk(&plan, &mut members);
    let stolen: Vec<_> = members
        .iter()
        .map(|member| member.key.secret().clone())
        .collect();
    let board = gathered(&plan, &said);
    let mut knowledge = Knowledge::none(&[id(1), id(2), id(3)], 2);
    learn(&board, &stolen, &mut knowledge);
    assert!(knowledge.rows.is_empty());
    knowledge.assert_nothing();
    // The control: the session keys, which are gone by then, open everything.
    let session = session_keys(&plan, &members.iter().collect::<Vec<_>>());
    learn(&board, &session, &mut knowledge);
    assert_eq!(knowledge.rows.len(), 6);
    assert!(knowledge.determines(knowledge.value(id(1), 0)));

    // The same member keys, and even the same seeds, in another session.
    let keys: Vec<_> = members
        .iter()
        .map(|member| super::copy(&member.key))
        .collect();
    let again = Plan::found(
        super::session(),
        "example",
        plan.threshold,
        super::roster(&keys),
    )
    .unwrap();
    let mut seeds_again = super::seats(
        &again,
        &keys.iter().map(|key| (key, None)).collect::<Vec<_>>(),
    );
    for (member, old) in seeds_again.iter_mut().zip(&members) {
        member.seed = old.seed;
    }
    let points = |plan: &Plan<Mpin>, members: &[Member]| -> Vec<_> {
        let members: Vec<_> = members.iter().collect();
        let keys = session_keys(plan, &members);
        keys.iter().map(|key| G::commit(key).unwrap()).collect()
    };
    let mut all = points(&plan, &members);
    all.extend(points(&again, &seeds_again));
    let fresh = super::seats(
        &again,
        &keys.iter().map(|key| (key, None)).collect::<Vec<_>>(),
    );
    all.extend(points(&again, &fresh));
    all.extend(keys.iter().map(|key| key.public().0));
    for (place, point) in all.iter().enumerate() {
        assert!(!all[..place].contains(point));
    }
}
