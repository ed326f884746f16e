//! What an adversary learns that owns the board and t - 1 members.

#![allow(
    clippy::redundant_closure_for_method_calls,
    reason = "a seat borrows, so that its method is not general enough"
)]

use milagro_curve::{G1Point, Scalar, SecretResidue};

use super::liar::{Deal, bent, body, commit, from, sign, step};
use super::{G, Member, cases, founding, random, talk, talk_through};
use crate::ceremony::board::Body;
use crate::ceremony::open::Opening;
use crate::ceremony::{Board, Offence, Party, Plan, Step};
use crate::sharing::group::Group as _;
use crate::tests::id;
use crate::{AuthorityId, Mpin};

/// Equations about the coefficients of honest dealers' polynomials, in reduced form.
struct Knowledge {
    rows: Vec<Vec<Scalar>>,
    honest: Vec<AuthorityId>,
    t: usize,
}

impl Knowledge {
    fn none(honest: &[AuthorityId], t: u16) -> Self {
        Self {
            rows: Vec::new(),
            honest: honest.to_vec(),
            t: t.into(),
        }
    }

    /// f_k(at) as a combination of the coefficients of k.
    fn value(&self, dealer: AuthorityId, at: u64) -> Vec<Scalar> {
        let mut row = vec![Scalar::ZERO; self.honest.len() * self.t];
        let place = self.honest.iter().position(|id| *id == dealer).unwrap();
        let mut power = Scalar::ONE;
        for slot in &mut row[place * self.t..(place + 1) * self.t] {
            *slot = power;
            power = power * Scalar::from(at);
        }
        row
    }

    /// What is left of a combination once everything known is subtracted.
    fn unknown(&self, mut row: Vec<Scalar>) -> Vec<Scalar> {
        for known in &self.rows {
            let lead = known.iter().position(|k| !k.is_zero()).unwrap();
            let factor = row[lead];
            for (slot, k) in row.iter_mut().zip(known) {
                *slot = *slot - factor * *k;
            }
        }
        row
    }

    fn learn(&mut self, row: Vec<Scalar>) {
        let mut row = self.unknown(row);
        let Some(lead) = row.iter().position(|k| !k.is_zero()) else {
            return;
        };
        let inverse = row[lead].invert().unwrap();
        for slot in &mut row {
            *slot = *slot * inverse;
        }
        for known in &mut self.rows {
            let factor = known[lead];
            for (slot, k) in known.iter_mut().zip(&row) {
                *slot = *slot - factor * *k;
            }
        }
        self.rows.push(row);
    }

    fn determines(&self, row: Vec<Scalar>) -> bool {
        self.unknown(row).iter().all(Scalar::is_zero)
    }

    /// Neither the sum of the honest constants, nor any honest member's share of it, is determined.
    fn assert_nothing(&self) {
        let sum_at = |at: u64| {
            let values = self.honest.iter().map(|dealer| self.value(*dealer, at));
            values.fold(
                vec![Scalar::ZERO; self.honest.len() * self.t],
                |mut sum, value| {
                    for (slot, k) in sum.iter_mut().zip(value) {
                        *slot = *slot + k;
                    }
                    sum
                },
            )
        };
        assert!(!self.determines(sum_at(0)), "the key is known");
        for dealer in &self.honest {
            assert!(
                !self.determines(self.value(*dealer, 0)),
                "a constant is known"
            );
            assert!(
                !self.determines(sum_at(dealer.get().into())),
                "an honest share is known"
            );
        }
    }
}

/// Everything that was ever posted, as one board that keeps all.
fn gathered(plan: &Plan<Mpin>, messages: &[Vec<u8>]) -> Board<Mpin> {
    let mut board = Board::new(plan);
    for message in messages {
        let _ = board.add(message);
    }
    board
}

fn openings(board: &Board<Mpin>) -> Vec<(AuthorityId, &Opening<G>)> {
    let entries = board.entries().filter_map(|entry| match &entry.body {
        Ok(Body::Open(opening)) => Some((entry.message.from, opening)),
        _ => None,
    });
    entries.collect()
}

/// Tries every key on every masked value, in every place, and every shown value too, and notes what fits
/// the commitments of an honest dealer.
fn learn(board: &Board<Mpin>, secrets: &[SecretResidue], knowledge: &mut Knowledge) {
    let survey = super::survey(board);
    let openings = openings(board);
    let receivers: Vec<_> = survey.receivers().collect();
    for (dealer, opening) in openings {
        if !knowledge.honest.contains(&dealer) {
            continue;
        }
        for to in &receivers {
            let opened = secrets.iter().filter_map(|x| opening.envelope.open(*to, x));
            let shown = board.entries().flat_map(|entry| match &entry.body {
                Ok(Body::Disputes(said)) => said.items.as_slice(),
                _ => &[],
            });
            let shown = shown.filter_map(|item| opening.envelope.uncover(*to, &item.shown));
            for share in opened.chain(shown) {
                if opening.commitments.verify(to.to, &share) {
                    let row = knowledge.value(dealer, to.to.get().into());
                    knowledge.learn(row);
                }
            }
        }
    }
}

fn session_keys(plan: &Plan<Mpin>, members: &[&Member]) -> Vec<SecretResidue> {
    let keys = members
        .iter()
        .map(|member| member.with(plan, |seat| seat.session_key()));
    keys.collect()
}

fn twins(members: &[Member]) -> Vec<Member> {
    members.iter().map(Member::twin).collect()
}

#[test]
fn the_algebra_finds_what_is_determined() {
    let mut knowledge = Knowledge::none(&[id(1), id(2)], 2);
    knowledge.assert_nothing();
    knowledge.learn(knowledge.value(id(1), 3));
    knowledge.learn(knowledge.value(id(2), 3));
    knowledge.assert_nothing();
    knowledge.learn(knowledge.value(id(2), 1));
    assert!(knowledge.determines(knowledge.value(id(2), 0)));
    assert!(!knowledge.determines(knowledge.value(id(1), 0)));
    knowledge.learn(knowledge.value(id(1), 2));
    assert!(knowledge.determines(knowledge.value(id(1), 0)));
}

/// Every subset of the messages of a round is dropped, message by message and reader by reader, after
/// complete rounds; what the others say then is still heard by the adversary.
#[test]
fn dropped_messages_reveal_nothing() {
    let (plan, members) = founding(2, 3);
    for corrupt in 0..3_usize {
        let mut before = twins(&members);
        let mut posted = Vec::new();
        let honest: Vec<_> = (0..3).filter(|place| *place != corrupt).collect();
        let ids: Vec<_> = honest
            .iter()
            .map(|place| id(u16::try_from(place + 1).unwrap()))
            .collect();
        for last in [
            Step::Join,
            Step::Commit,
            Step::Open,
            Step::Dispute,
            Step::Confirm,
        ] {
            let mut round = twins(&before);
            let said: Vec<_> = round
                .iter_mut()
                .filter_map(|member| member.speak(&plan))
                .collect();
            assert!(said.iter().all(|message| step(message) == last));
            // Bit 3·reader + sender says whether a message does not arrive.
            let every = cases(37, 1);
            for dropped in (0_u32..1 << 9).step_by(every) {
                let mut world = twins(&round);
                let mut all = posted.clone();
                all.extend(said.iter().cloned());
                for (reader, member) in world.iter_mut().enumerate() {
                    let arrives = |sender: &usize| dropped >> (3 * reader + sender) & 1 == 0;
                    for sender in (0..3).filter(arrives) {
                        member.hear(&said[sender..=sender]);
                    }
                }
                all.extend(talk(&plan, &mut world));
                let board = gathered(&plan, &all);
                let mut knowledge = Knowledge::none(&ids, 2);
                learn(
                    &board,
                    &session_keys(&plan, &[&world[corrupt]]),
                    &mut knowledge,
                );
                knowledge.assert_nothing();
                // The corrupted member's own shares are there as soon as the openings are.
                let opened = all.iter().filter(|message| step(message) == Step::Open);
                let opened = opened
                    .filter(|message| from(message).get() != u16::try_from(corrupt + 1).unwrap());
                assert_eq!(knowledge.rows.len(), opened.count());
            }
            posted.extend(said);
            before = round;
            for member in &mut before {
                member.hear(&posted);
            }
        }
    }
}

/// Four of nine are corrupted: they deal wrong shares, dispute right ones, stay silent, sign exclusions;
/// and the board drops what it likes.
#[test]
fn dropped_messages_of_a_larger_group_reveal_nothing() {
    for _ in 0..cases(1, 25) {
        let (plan, mut members) = founding(5, 9);
        let ids: Vec<_> = (5..=9).map(id).collect();
        let mut posted = talk_through(&plan, &mut members, Step::Join);
        let mut openings = Vec::new();
        for place in 0..4_u16 {
            let liar = &members[usize::from(place)];
            let (victim, me) = (id(5 + place), id(place + 1));
            let opening = liar.with(&plan, |seat| {
                let bend =
                    |to, share: SecretResidue| if to == victim { bent(&share) } else { share };
                let deal = Deal {
                    bend: &bend,
                    ..Deal::of(seat)
                };
                deal.opening(&plan, liar, me)
            });
            posted.push(commit(&plan, liar, me, &opening));
            openings.push(sign(&plan, &liar.key, Step::Open, me, &opening));
        }
        let secrets = session_keys(&plan, &members.iter().take(4).collect::<Vec<_>>());
        let mut honest: Vec<Member> = members.split_off(4);
        for _ in 0..12 {
            let said: Vec<_> = honest
                .iter_mut()
                .filter_map(|member| member.speak(&plan))
                .collect();
            posted.extend(said);
            if honest.iter().all(|member| member.log.len() > 1) {
                posted.append(&mut openings);
            }
            for member in &mut honest {
                let arrives = posted.iter().filter(|_| random(4) > 0);
                let arrives: Vec<_> = arrives.cloned().collect();
                member.hear(&arrives);
                // Who is impatient gives up whom it waits for, now and then.
                let waiting = member.look(&plan).waiting;
                let whom = waiting.first().filter(|_| random(3) == 0);
                if let Some(whom) = whom.filter(|waiting| waiting.step.can_be_given_up()) {
                    let message = member.give_up(&plan, whom.party);
                    posted.push(message);
                }
            }
        }
        let board = gathered(&plan, &posted);
        let mut knowledge = Knowledge::none(&ids, 5);
        learn(&board, &secrets, &mut knowledge);
        knowledge.assert_nothing();
        assert!(knowledge.rows.len() <= 20);
    }
}

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
