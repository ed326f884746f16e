//! A small model, searched whole: 2 of 3, one member lies. In every step it has two versions of what an
//! honest member would say, and one that says nothing; it shows each of the two others any of them, both or
//! neither. The honest speak as soon as they can and hear each other.
//!
//! In every state: nobody honest is convicted, nobody honest says two things in a step, and there are not
//! two results. Where both have seen two versions, the liar is named.

use super::liar::{sign, step};
use super::{Member, cases, founding, session, talk};
use crate::Mpin;
use crate::ceremony::Plan;
use crate::domain::trust_domain::TrustDomain;
use crate::tests::id;

struct State {
    honest: Vec<Member>,
    /// The two minds of the liar, each with a log of its own; and what it could say next.
    minds: Vec<Member>,
}

impl State {
    fn copy(&self) -> Self {
        let copies = |members: &[Member]| members.iter().map(Member::twin).collect();
        Self {
            honest: copies(&self.honest),
            minds: copies(&self.minds),
        }
    }

    fn settle(&mut self, plan: &Plan<Mpin>) {
        let said = talk(plan, &mut self.honest);
        self.minds.iter_mut().for_each(|mind| mind.hear(&said));
    }

    /// What the liar could say next: either mind's message, and one that says nothing.
    fn menu(&mut self, plan: &Plan<Mpin>) -> Vec<Vec<u8>> {
        let mut menu: Vec<_> = self
            .minds
            .iter_mut()
            .filter_map(|mind| mind.speak(plan))
            .collect();
        menu.dedup();
        if let Some(first) = menu.first() {
            let nothing = sign(plan, &self.minds[0].key, step(first), id(2), &[0; 5]);
            menu.push(nothing);
        }
        menu
    }

    fn check(&self, plan: &Plan<Mpin>, found: &mut Vec<TrustDomain<Mpin>>) {
        for member in &self.honest {
            let mut steps: Vec<_> = member.log.iter().map(|message| step(message)).collect();
            steps.dedup();
            assert_eq!(steps.len(), member.log.len());
            let progress = member.look(plan);
            for fault in &progress.faults {
                assert_eq!(fault.culprit.id(), id(2), "{fault}");
            }
            found.extend(progress.result.map(|outcome| outcome.domain));
        }
        assert!(found.windows(2).all(|pair| pair[0] == pair[1]));
    }
}

/// Visits every state behind this one; how many there are, and how many of them end with a result.
fn search(plan: &Plan<Mpin>, state: &mut State, depth: usize, counts: &mut [usize; 2]) {
    let menu = state.menu(plan);
    if menu.is_empty() || depth == 0 {
        return;
    }
    let sets = 1_u32 << menu.len();
    for shown in 0..sets * sets {
        let mut next = state.copy();
        for (place, member) in next.honest.iter_mut().enumerate() {
            let mask = if place == 0 {
                shown % sets
            } else {
                shown / sets
            };
            for (bit, message) in menu.iter().enumerate() {
                if mask >> bit & 1 == 1 {
                    member.hear(core::slice::from_ref(message));
                }
            }
        }
        next.settle(plan);
        let mut found = Vec::new();
        next.check(plan, &mut found);
        counts[0] += 1;
        counts[1] += usize::from(!found.is_empty());
        // What has been shown to both alike can be gone on from; else somebody waits for good, and hears
        // at last what the other has heard.
        let alike = shown % sets == shown / sets && (shown % sets).is_power_of_two();
        if alike {
            search(plan, &mut next, depth - 1, counts);
        } else {
            for member in &mut next.honest {
                member.hear(&menu);
            }
            next.settle(plan);
            next.check(plan, &mut found);
            assert!(next.honest.iter().all(|member| {
                let faults = member.look(plan).faults;
                menu.len() < 2 || !faults.is_empty()
            }));
        }
    }
}

#[test]
fn three_members_and_a_liar() {
    let (plan, mut members) = founding(2, 3);
    let liar = members.remove(1);
    let mut other = liar.twin();
    other.seed = session();
    let mut state = State {
        honest: members,
        minds: vec![liar, other],
    };
    state.settle(&plan);
    let mut counts = [0, 0];
    search(&plan, &mut state, cases(2, 5), &mut counts);
    assert!(counts[0] > cases(60, 1_000), "{counts:?}");
    assert!(
        counts[1] > cases(0, 3) || cfg!(debug_assertions),
        "{counts:?}"
    );
}
