//! What an adversary can work out, by linear algebra.

use milagro_curve::{Scalar, SecretResidue};

use super::{G, Member};
use crate::ceremony::board::Body;
use crate::ceremony::open::Opening;
use crate::ceremony::{Board, Plan};
use crate::{AuthorityId, Mpin};

/// Equations about the coefficients of honest dealers' polynomials, in reduced form.
pub(super) struct Knowledge {
    pub(super) rows: Vec<Vec<Scalar>>,
    honest: Vec<AuthorityId>,
    t: usize,
}

impl Knowledge {
    pub(super) fn none(honest: &[AuthorityId], t: u16) -> Self {
        Self {
            rows: Vec::new(),
            honest: honest.to_vec(),
            t: t.into(),
        }
    }

    /// f_k(at) as a combination of the coefficients of k.
    pub(super) fn value(&self, dealer: AuthorityId, at: u64) -> Vec<Scalar> {
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

    pub(super) fn learn(&mut self, row: Vec<Scalar>) {
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

    pub(super) fn determines(&self, row: Vec<Scalar>) -> bool {
        self.unknown(row).iter().all(Scalar::is_zero)
    }

    /// Neither the sum of the honest constants, nor any honest member's share of it, is determined.
    pub(super) fn assert_nothing(&self) {
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
pub(super) fn gathered(plan: &Plan<Mpin>, messages: &[Vec<u8>]) -> Board<Mpin> {
    let mut board = Board::new(plan);
    for message in messages {
        let _ = board.add(message);
    }
    board
}

pub(super) fn openings(board: &Board<Mpin>) -> Vec<(AuthorityId, &Opening<G>)> {
    let entries = board.entries().filter_map(|entry| match &entry.body {
        Ok(Body::Open(opening)) => Some((entry.message.from, opening)),
        _ => None,
    });
    entries.collect()
}

/// Tries every key on every masked value, in every place, and every shown value too, and notes what fits
/// the commitments of an honest dealer.
pub(super) fn learn(board: &Board<Mpin>, secrets: &[SecretResidue], knowledge: &mut Knowledge) {
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

pub(super) fn session_keys(plan: &Plan<Mpin>, members: &[&Member]) -> Vec<SecretResidue> {
    let keys = members
        .iter()
        .map(|member| member.with(plan, |seat| seat.session_key()));
    keys.collect()
}
