//! What counts on a board, in the eyes of one member.

use alloc::collections::{BTreeMap, BTreeSet};
use core::fmt;

use milagro_curve::Transcript;

use crate::ceremony::board::{Board, Body, Entry};
use crate::ceremony::commit::{Commit, commitment};
use crate::ceremony::confirm::{Confirmation, Slot};
use crate::ceremony::dispute::Disputes;
use crate::ceremony::join::Join;
use crate::ceremony::message::{Hash, Message, Party, Step};
use crate::ceremony::open::Opening;
use crate::ceremony::plan::{Plan, Task};
use crate::ceremony::repair::HandOver;
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::sharing::envelope::Address;
use crate::sharing::group::Group;
use crate::tags;

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
}

/// A board, a member's own messages, and, once there is one, the confirmation of a quorum.
#[derive(Clone, Copy)]
pub(super) struct View<'a, P: Protocol> {
    pub(super) board: &'a Board<P>,
    pub(super) own: &'a Board<P>,
    pub(super) only: Option<&'a Confirmation>,
}

/// Messages of one step that count, by sender.
pub(super) type Said<'a, P, T> =
    BTreeMap<AuthorityId, (&'a Message<<P as Protocol>::Group>, &'a T)>;

/// What counts, round by round.
pub(super) struct Survey<'a, P: Protocol> {
    view: View<'a, P>,
    pub(super) plan: &'a Plan<P>,
    pub(super) joins: Said<'a, P, Join<P::Group>>,
    /// J.
    pub(super) joined: Hash,
    pub(super) commits: Said<'a, P, Commit>,
    pub(super) openings: Said<'a, P, Opening<P::Group>>,
    /// O.
    pub(super) opened: Hash,
    pub(super) disputes: Said<'a, P, Disputes<P::Group>>,
    /// Dealers that a true dispute has convicted.
    convicted: BTreeSet<AuthorityId>,
    pub(super) handed: Said<'a, P, HandOver<P::Group>>,
    waiting: Vec<Waiting>,
    pub(super) ended: Option<Ended>,
}

impl<'a, P: Protocol> View<'a, P> {
    /// All messages but exclusions. A member's own are those of its log.
    pub(super) fn entries(self) -> impl Iterator<Item = &'a Entry<P::Group>> {
        let others = self.board.entries().filter(move |entry| {
            let slot = Slot::of(&entry.message);
            self.own.versions(slot).is_empty()
        });
        self.own.entries().chain(others)
    }

    pub(super) fn versions(self, step: Step, id: AuthorityId) -> &'a [Entry<P::Group>] {
        match self.own.versions(Slot { step, id }) {
            [] => self.board.versions(Slot { step, id }),
            own => own,
        }
    }

    fn is_excluded(self, slot: Slot) -> bool {
        let by = self.board.excluders(slot).chain(self.own.excluders(slot));
        by.collect::<BTreeSet<_>>().len() >= self.board.plan.quorum()
    }
}

impl<'a, P: Protocol> Survey<'a, P> {
    pub(super) fn of(view: View<'a, P>) -> Self {
        let plan = &view.board.plan;
        let mut survey = Self {
            view,
            plan,
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
        let dealers: Vec<_> = plan.dealers.iter().copied().collect();
        survey.joins = survey.gather(Step::Join, plan.receivers.ids().collect(), Body::join, None);
        let joined = survey.hash(Step::Join, &survey.joins);
        survey.joined = joined;
        let here = dealers.iter().copied().filter(|id| survey.is_here(*id));
        survey.commits = survey.gather(Step::Commit, here.collect(), Body::commit, Some(joined));
        let committed = survey.commits.keys().copied().collect();
        survey.openings = survey.gather(Step::Open, committed, Body::open, None);
        survey.drop_misfits();
        let opened = survey.hash(Step::Open, &survey.openings);
        survey.opened = opened;
        let receivers = survey.receivers().map(|address| address.to).collect();
        survey.disputes = survey.gather(Step::Dispute, receivers, Body::disputes, Some(opened));
        survey.settle();
        if plan.lost().is_some() {
            survey.handed = survey.gather(Step::HandOver, dealers, Body::hand_over, Some(opened));
        }
        survey.ended = survey.ended.or_else(|| survey.shortage());
        survey
    }

    /// Whether a dealer that should have joined, where dealers and receivers are the same, has.
    pub(super) fn is_here(&self, dealer: AuthorityId) -> bool {
        self.plan.task == Task::Reshare || self.joins.contains_key(&dealer)
    }

    /// The receivers of shares that have joined, in ascending order.
    pub(super) fn receivers(&self) -> impl Iterator<Item = Address<'a, P::Group>> {
        let ids = self
            .joins
            .keys()
            .filter(|id| self.plan.lost() != Some(**id));
        ids.filter_map(|id| self.address(*id))
    }

    pub(super) fn address(&self, to: AuthorityId) -> Option<Address<'a, P::Group>> {
        let (_, join) = self.joins.get(&to)?;
        Some(Address { to, key: &join.key })
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
    pub(super) fn waiting(&self) -> impl Iterator<Item = Waiting> {
        let first = self.waiting.iter().map(|waiting| waiting.step).min();
        let waiting = self.waiting.iter().copied();
        waiting.filter(move |waiting| Some(waiting.step) == first)
    }

    /// All messages that a confirmation lists, in order.
    pub(super) fn counted(&self) -> impl Iterator<Item = &'a Message<P::Group>> {
        let joins = self.joins.values().map(|(message, _)| *message);
        let commits = self.commits.values().map(|(message, _)| *message);
        let openings = self.openings.values().map(|(message, _)| *message);
        let disputes = self.disputes.values().map(|(message, _)| *message);
        joins.chain(commits).chain(openings).chain(disputes)
    }

    /// The messages of a step that count: one of each member that is not excluded, which says what it
    /// should, and speaks of what was seen here.
    fn gather<T>(
        &mut self,
        step: Step,
        from: Vec<AuthorityId>,
        says: fn(&Body<P::Group>) -> Option<&T>,
        seen: Option<Hash>,
    ) -> Said<'a, P, T> {
        let mut said = BTreeMap::new();
        for id in from {
            let (slot, party, versions) = (
                Slot { step, id },
                step.party(id),
                self.view.versions(step, id),
            );
            let wanted = match self.view.only.filter(|_| step.can_be_given_up()) {
                Some(only) => match only.find(slot) {
                    Some(digest) => Some(digest),
                    None => continue,
                },
                None if self.view.is_excluded(slot) => continue,
                None if versions.len() > 1 => {
                    self.ended.get_or_insert(Ended::TwoVersions(party));
                    continue;
                }
                None => None,
            };
            let mut fitting = versions.iter();
            let entry = fitting.find(|entry| wanted.is_none_or(|it| *it == entry.message.digest));
            let why = match entry.map(|entry| (&entry.message, &entry.body)) {
                None => Why::Silent,
                // There is evidence, and nobody waits.
                Some((_, Err(_))) => continue,
                Some((_, Ok(body))) if seen.is_some() && body.seen() != seen.as_ref() => {
                    Why::Differs
                }
                Some((message, Ok(body))) => {
                    said.extend(says(body).map(|body| (id, (message, body))));
                    continue;
                }
            };
            self.waiting.push(Waiting { step, party, why });
        }
        said
    }

    fn hash<T>(&self, step: Step, said: &Said<'a, P, T>) -> Hash {
        let mut transcript = Transcript::new(tags::ROUND);
        transcript.append("plan", &self.plan.digest.0);
        transcript.append("step", &[step.code()]);
        for (id, (message, _)) in said {
            transcript.append("from", &id.get().to_be_bytes());
            transcript.append("message", &message.digest);
        }
        transcript.bytes("hash")
    }

    /// Takes out openings that are not those committed to, or not for those who have joined.
    fn drop_misfits(&mut self) {
        let receivers: Vec<_> = self.receivers().map(|address| address.to).collect();
        let commits = &self.commits;
        self.openings.retain(|id, (message, opening)| {
            let commit = commits.get(id).map(|(_, commit)| *commit);
            commit.is_some_and(|commit| is_committed(commit, message, opening))
                && opening.envelope.is_for(receivers.iter().copied())
        });
    }

    /// Judges the disputes that count, of each dealer until it is out, and up to the first false one: so a
    /// message of many disputes costs no more than one.
    fn settle(&mut self) {
        for (id, (_, said)) in &self.disputes {
            for item in &said.items {
                let opening = self.openings.get(&item.against);
                let opening = opening.filter(|(message, _)| message.digest == item.message);
                let (Some((_, opening)), Some(address)) = (opening, self.address(*id)) else {
                    continue;
                };
                if self.convicted.contains(&item.against) {
                    continue;
                }
                let expected = opening.commitments.share(*id);
                if !opening.envelope.is_wrong(address, &item.shown, expected) {
                    self.ended.get_or_insert(Ended::FalseDispute(*id));
                    return;
                }
                self.convicted.insert(item.against);
            }
        }
    }

    fn shortage(&self) -> Option<Ended> {
        let (joiners, holders) = self.plan.receivers_needed();
        let dealers = usize::from(self.plan.old_threshold().needed());
        let few = |before, there: usize, needed| self.is_ready_for(before) && there < needed;
        if few(Step::Commit, self.joins.len(), joiners)
            || few(Step::Confirm, self.disputes.len(), holders)
        {
            Some(Ended::Receivers)
        } else if few(Step::Open, self.commits.len(), dealers)
            || few(Step::Dispute, self.openings.len(), dealers)
            || few(Step::Confirm, self.qualified().count(), dealers)
            || self.plan.lost().is_some() && few(Step::Object, self.handed.len(), dealers)
        {
            Some(Ended::Dealers)
        } else {
            None
        }
    }
}

/// Whether an opening is the one that its dealer has committed to.
pub(super) fn is_committed<G: Group>(
    commit: &Commit,
    message: &Message<G>,
    opening: &Opening<G>,
) -> bool {
    commit.opening == commitment(message.plan, message.from, &message.body)
        && commit.seen == opening.seen
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
        }
    }
}
