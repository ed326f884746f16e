//! What counts on a board, in the eyes of one member.

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;

use crate::ceremony::board::{Board, Body, Entry};
use crate::ceremony::commit::{Commit, commitment};
use crate::ceremony::confirm::Confirmation;
use crate::ceremony::dispute::Disputes;
use crate::ceremony::envelope::Address;
use crate::ceremony::join::Join;
use crate::ceremony::message::{Hash, Message, Party, Step, hash_of};
use crate::ceremony::open::Opening;
use crate::ceremony::plan::{Plan, quorum};
use crate::ceremony::repair::HandOver;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::sharing::group::Group;

/// Whom a member waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Waiting {
    /// What it has not said, or not so that it counts.
    pub step: Step,
    /// Who.
    pub party: Party,
    /// Why.
    pub why: Why,
}

/// Why a message does not count. None of this is anybody's fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// It has not been seen. A board that hides it looks the same.
    Silent,
    /// It speaks of other messages of the rounds before than those seen here.
    Differs,
    /// This member has signed an exclusion that did not come about, and so does not confirm.
    Reserved,
    /// This member holds no right share, and so does not confirm.
    NoShare,
}

/// Why a session ends without a result.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ended {
    /// Two different messages for one step.
    TwoVersions(Party),
    /// A receiver has shown a right share as a wrong one, and so published it.
    FalseDispute(AuthorityId),
    /// Fewer dealers are left than the task needs.
    Dealers,
    /// Fewer receivers are left than it takes for a result.
    Receivers,
    /// A coefficient is zero, which does not happen by chance.
    Degenerate,
}

/// A board, a member's own messages, and, once there is one, the confirmation of a quorum.
#[derive(Clone, Copy)]
pub(super) struct View<'a, P: Protocol> {
    pub(super) plan: &'a Plan<P>,
    board: &'a Board<P>,
    own: Option<&'a Board<P>>,
    only: Option<&'a Confirmation>,
}

/// Messages of one step that count, by sender.
pub(super) type Said<'a, G, T> = BTreeMap<AuthorityId, (&'a Message<G>, &'a T)>;

/// What counts, round by round.
pub(super) struct Survey<'a, P: Protocol> {
    view: View<'a, P>,
    pub(super) joins: Said<'a, P::Group, Join<P::Group>>,
    pub(super) joined: Hash,
    pub(super) commits: Said<'a, P::Group, Commit>,
    pub(super) openings: Said<'a, P::Group, Opening<P::Group>>,
    pub(super) opened: Hash,
    pub(super) disputes: Said<'a, P::Group, Disputes<P::Group>>,
    /// Dealers that a true dispute has convicted.
    pub(super) convicted: BTreeSet<AuthorityId>,
    pub(super) handed: Said<'a, P::Group, HandOver<P::Group>>,
    waiting: Vec<Waiting>,
    pub(super) ended: Option<Ended>,
}

enum Pick<'a, G: Group> {
    Absent,
    Excluded,
    Twice,
    One(&'a Entry<G>),
}

impl<'a, P: Protocol> View<'a, P> {
    pub(super) const fn new(board: &'a Board<P>, own: Option<&'a Board<P>>) -> Self {
        Self {
            plan: board.plan(),
            board,
            own,
            only: None,
        }
    }

    /// The messages that a quorum's confirmation lists, and no others.
    pub(super) const fn only(self, confirmation: &'a Confirmation) -> Self {
        let only = Some(confirmation);
        Self { only, ..self }
    }

    /// All messages but exclusions. A member's own are those of its log.
    pub(super) fn entries(self) -> impl Iterator<Item = &'a Entry<P::Group>> {
        let own = self.own.into_iter().flat_map(Board::entries);
        let others = self.board.entries().filter(move |entry| {
            let Message { step, from, .. } = entry.message;
            self.own
                .is_none_or(|own| own.versions(step, from).is_empty())
        });
        own.chain(others)
    }

    pub(super) fn versions(self, step: Step, from: AuthorityId) -> &'a [Entry<P::Group>] {
        let own = self.own.map_or(&[][..], |own| own.versions(step, from));
        if own.is_empty() {
            self.board.versions(step, from)
        } else {
            own
        }
    }

    fn is_excluded(self, step: Step, from: AuthorityId) -> bool {
        let own = self.own.into_iter().flat_map(Board::exclusions);
        let all = self.board.exclusions().chain(own);
        let by = all.filter(|(exclusion, _)| exclusion.step == step && exclusion.whom == from);
        let by: BTreeSet<AuthorityId> = by.map(|(_, by)| by).collect();
        by.len() >= self.plan.quorum()
    }

    fn pick(self, step: Step, from: AuthorityId) -> Pick<'a, P::Group> {
        let versions = self.versions(step, from);
        match self.only.filter(|_| step.can_be_given_up()) {
            Some(only) => {
                let Some(digest) = only.find(step, from) else {
                    return Pick::Excluded;
                };
                let mut listed = versions.iter();
                let listed = listed.find(|entry| entry.message.digest == *digest);
                listed.map_or(Pick::Absent, Pick::One)
            }
            None if self.is_excluded(step, from) => Pick::Excluded,
            None => match versions {
                [] => Pick::Absent,
                [one] => Pick::One(one),
                _ => Pick::Twice,
            },
        }
    }
}

impl<'a, P: Protocol> Survey<'a, P> {
    pub(super) fn of(view: View<'a, P>) -> Self {
        let plan = view.plan;
        let mut survey = Self {
            view,
            joins: BTreeMap::new(),
            joined: [0; 32],
            commits: BTreeMap::new(),
            openings: BTreeMap::new(),
            opened: [0; 32],
            disputes: BTreeMap::new(),
            convicted: BTreeSet::new(),
            handed: BTreeMap::new(),
            waiting: Vec::new(),
            ended: None,
        };
        survey.joins = survey.gather(Step::Join, plan.receivers.ids(), as_join, |_| true);
        survey.joined = digests(plan, Step::Join, &survey.joins);
        let joined = survey.joined;
        let absent = |id| plan.is_among_members() && !survey.joins.contains_key(&id);
        let dealers: Vec<_> = plan
            .dealers
            .iter()
            .copied()
            .filter(|id| !absent(*id))
            .collect();
        survey.commits = survey.gather(Step::Commit, dealers.into_iter(), as_commit, |commit| {
            commit.joins == joined
        });
        let committed: Vec<_> = survey.commits.keys().copied().collect();
        survey.openings = survey.gather(Step::Open, committed.into_iter(), as_open, |_| true);
        survey.drop_misfits();
        survey.opened = digests(plan, Step::Open, &survey.openings);
        let opened = survey.opened;
        let receivers: Vec<_> = survey.receivers().map(|address| address.to).collect();
        survey.disputes =
            survey.gather(Step::Dispute, receivers.into_iter(), as_disputes, |said| {
                said.joins == joined && said.seen == opened
            });
        survey.settle();
        if plan.lost().is_some() {
            let helpers = plan.dealers.iter().copied();
            survey.handed = survey.gather(Step::HandOver, helpers, as_hand_over, |handed| {
                handed.place.joins == joined && handed.openings == opened
            });
        }
        let shortage = survey.shortage();
        survey.ended = survey.ended.or(shortage);
        survey
    }

    pub(super) const fn plan(&self) -> &'a Plan<P> {
        self.view.plan
    }

    /// The receivers of shares that have joined, in ascending order.
    pub(super) fn receivers(&self) -> impl Iterator<Item = Address<'a, P::Group>> {
        let plan = self.view.plan;
        let joins = self.joins.iter().filter(|(id, _)| plan.is_dealt_to(**id));
        joins.map(|(id, (_, join))| Address {
            to: *id,
            key: &join.key,
        })
    }

    /// A receiver's address.
    pub(super) fn address(&self, of: AuthorityId) -> Option<Address<'a, P::Group>> {
        let (_, join) = self.joins.get(&of)?;
        Some(Address {
            to: of,
            key: &join.key,
        })
    }

    /// Openings of dealers that are left.
    pub(super) fn qualified(&self) -> impl Iterator<Item = (AuthorityId, &'a Opening<P::Group>)> {
        let openings = self.openings.iter();
        let left = openings.filter(|(id, _)| !self.convicted.contains(*id));
        left.map(|(id, (_, opening))| (*id, *opening))
    }

    /// Whether nobody is waited for in the steps before this one.
    pub(super) fn is_ready_for(&self, step: Step) -> bool {
        self.waiting.iter().all(|waiting| waiting.step >= step)
    }

    /// Whom this member waits for in the first step that is not over.
    pub(super) fn waiting(&self) -> Vec<Waiting> {
        let first = self.waiting.iter().map(|waiting| waiting.step).min();
        let waiting = self.waiting.iter();
        let now = waiting.filter(|waiting| Some(waiting.step) == first);
        now.copied().collect()
    }

    /// The digests of all messages that a confirmation lists.
    pub(super) fn counted(&self) -> impl Iterator<Item = &'a Message<P::Group>> {
        let joins = self.joins.values().map(|(message, _)| *message);
        let commits = self.commits.values().map(|(message, _)| *message);
        let openings = self.openings.values().map(|(message, _)| *message);
        let disputes = self.disputes.values().map(|(message, _)| *message);
        joins.chain(commits).chain(openings).chain(disputes)
    }

    fn gather<T>(
        &mut self,
        step: Step,
        from: impl Iterator<Item = AuthorityId>,
        says: fn(&Body<P::Group>) -> Option<&T>,
        agrees: impl Fn(&T) -> bool,
    ) -> Said<'a, P::Group, T> {
        let mut said = BTreeMap::new();
        for id in from {
            let party = step.party(id);
            let mut wait = |why| self.waiting.push(Waiting { step, party, why });
            match self.view.pick(step, id) {
                Pick::Absent => wait(Why::Silent),
                Pick::Excluded => {}
                Pick::Twice => {
                    self.ended.get_or_insert(Ended::TwoVersions(party));
                }
                Pick::One(entry) => match entry.body.as_ref().ok().and_then(says) {
                    Some(body) if agrees(body) => {
                        said.insert(id, (&entry.message, body));
                    }
                    Some(_) => wait(Why::Differs),
                    // Nothing that could count: there is evidence, and nobody waits.
                    None => {}
                },
            }
        }
        said
    }

    /// Takes out openings that are not those committed to, or not for those who have joined.
    fn drop_misfits(&mut self) {
        let receivers: Vec<_> = self.receivers().map(|address| address.to).collect();
        let (plan, commits) = (self.view.plan, &self.commits);
        self.openings.retain(|id, (message, opening)| {
            let commit = commits.get(id).map(|(_, commit)| *commit);
            commit.is_some_and(|commit| is_committed(plan, commit, message, opening))
                && opening.envelope.is_for(receivers.iter().copied())
        });
    }

    /// Judges the disputes that count.
    fn settle(&mut self) {
        for (id, (_, said)) in &self.disputes {
            for item in &said.items {
                let opening = self.openings.get(&item.against);
                let opening = opening.filter(|(message, _)| message.digest == item.message);
                let (Some((_, opening)), Some(address)) = (opening, self.address(*id)) else {
                    continue;
                };
                let shown = opening
                    .envelope
                    .uncover(&opening.place, address, &item.shown);
                if shown.is_some_and(|share| !opening.commitments.verify(*id, &share)) {
                    self.convicted.insert(item.against);
                } else {
                    self.ended.get_or_insert(Ended::FalseDispute(*id));
                }
            }
        }
    }

    fn shortage(&self) -> Option<Ended> {
        let plan = self.view.plan;
        // A repair needs everybody; otherwise those who hold a share must be able to confirm.
        let receivers = match plan.lost() {
            Some(_) => plan.receivers.len(),
            None => quorum(plan.threshold()),
        };
        let holders = receivers - usize::from(plan.lost().is_some());
        let dealers = usize::from(plan.old_threshold().needed());
        let too_few_dealers = |step, left: usize| self.is_ready_for(step) && left < dealers;
        if self.is_ready_for(Step::Commit) && self.joins.len() < receivers
            || self.is_ready_for(Step::Confirm) && self.disputes.len() < holders
        {
            Some(Ended::Receivers)
        } else if too_few_dealers(Step::Open, self.commits.len())
            || too_few_dealers(Step::Dispute, self.openings.len())
            || too_few_dealers(Step::Confirm, self.qualified().count())
            || too_few_dealers(Step::Object, self.handed.len()) && plan.lost().is_some()
        {
            Some(Ended::Dealers)
        } else {
            None
        }
    }
}

/// Whether an opening is the one that its dealer has committed to.
pub(super) fn is_committed<P: Protocol>(
    plan: &Plan<P>,
    commit: &Commit,
    message: &Message<P::Group>,
    opening: &Opening<P::Group>,
) -> bool {
    commit.opening == commitment(plan.digest(), message.from, &message.body)
        && commit.joins == opening.place.joins
}

fn digests<P: Protocol, T>(plan: &Plan<P>, step: Step, said: &Said<'_, P::Group, T>) -> Hash {
    let digests = said.iter().map(|(id, (message, _))| (*id, message.digest));
    hash_of(plan.digest(), step, digests)
}

/// The body, if it is one of a kind.
macro_rules! says {
    ($($name:ident: $variant:ident -> $body:ty;)+) => {$(
        pub(super) fn $name<G: Group>(body: &Body<G>) -> Option<&$body> {
            match body {
                Body::$variant(body) => Some(body),
                _ => None,
            }
        }
    )+};
}
says! {
    as_join: Join -> Join<G>;
    as_commit: Commit -> Commit;
    as_open: Open -> Opening<G>;
    as_disputes: Disputes -> Disputes<G>;
    as_confirmation: Confirm -> Confirmation;
    as_hand_over: HandOver -> HandOver<G>;
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { step, party, why } = self;
        match why {
            Why::Silent => write!(f, "waits for the {step} of {party}"),
            Why::Differs => write!(
                f,
                "{step} of {party} speaks of other messages than are here"
            ),
            Why::Reserved => write!(
                f,
                "no {step}: an exclusion that {party} signed has no effect"
            ),
            Why::NoShare => write!(f, "no {step}: {party} holds no right share"),
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TwoVersions(party) => write!(f, "{party} has signed two versions of a message"),
            Self::FalseDispute(id) => write!(f, "receiver {id} has published a right share"),
            Self::Dealers => f.write_str("too few dealers are left"),
            Self::Receivers => f.write_str("too few receivers are left"),
            Self::Degenerate => f.write_str("a coefficient is zero"),
        }
    }
}
