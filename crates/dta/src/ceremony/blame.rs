//! Finds offences on a board. Each is a statement about messages that are there, signed for this plan; none
//! about messages that are not.

use milagro_curve::DecodeError;

use crate::ceremony::board::{Board, Entry};
use crate::ceremony::dispute::Dispute;
use crate::ceremony::envelope::{Envelope, Place};
use crate::ceremony::fault::{self, Fault, Offence};
use crate::ceremony::message::{Hash, Message, Step};
use crate::ceremony::plan::Plan;
use crate::ceremony::result::Sharing;
use crate::ceremony::survey::{
    Survey, View, as_commit, as_disputes, as_hand_over, as_open, is_committed,
};
use crate::domain::member::AuthorityId;
use crate::domain::protocol::{Element, Protocol};
use crate::sharing::group::Group;

/// The offences that some evidence proves. Anybody who knows the plan can check them, without having taken
/// part; whoever is named has signed what convicts it.
///
/// # Errors
/// [`DecodeError`] for what is no list of messages. Messages of other plans, or that nobody signed, are
/// passed over.
pub fn proven<P: Protocol>(plan: &Plan<P>, evidence: &[u8]) -> Result<Vec<Fault>, DecodeError> {
    let mut board = Board::new(plan);
    for message in fault::read(evidence)? {
        // What does not get onto a board proves nothing.
        let _ = board.add(message);
    }
    let view = View::new(&board, None);
    Ok(faults(view, &Survey::of(view)))
}

/// All offences on a board.
pub(super) fn faults<P: Protocol>(view: View<'_, P>, survey: &Survey<'_, P>) -> Vec<Fault> {
    let mut faults = Vec::new();
    for entry in view.entries() {
        let Message { step, from, .. } = entry.message;
        if let Err(offence) = entry.body {
            faults.push(fault(view, (step, from), offence, [&entry.message]));
        }
        if let [one, two] = view.versions(step, from)
            && one.message.digest == entry.message.digest
        {
            let both = [&one.message, &two.message];
            faults.push(fault(view, (step, from), Offence::TwoVersions(step), both));
        }
        match step {
            Step::Open => faults.extend(misfit(view, survey, entry)),
            Step::Dispute | Step::Object => faults.extend(disputed(view, survey, entry)),
            _ => {}
        }
    }
    faults.sort_by(|one, other| one.evidence.cmp(&other.evidence));
    faults
}

fn fault<'a, P: Protocol>(
    view: View<'_, P>,
    (step, from): (Step, AuthorityId),
    offence: Offence,
    messages: impl IntoIterator<Item = &'a Message<P::Group>>,
) -> Fault {
    let plan = view.plan.digest();
    let messages = messages.into_iter().map(|message| message.to_bytes(plan));
    Fault {
        culprit: step.party(from),
        offence,
        evidence: fault::write(messages),
    }
}

/// An opening that is not the one committed to, or not for those who have joined.
fn misfit<P: Protocol>(
    view: View<'_, P>,
    survey: &Survey<'_, P>,
    entry: &Entry<P::Group>,
) -> Option<Fault> {
    let (message, opening) = (&entry.message, entry.body.as_ref().ok().and_then(as_open)?);
    let place = (Step::Open, message.from);
    let mut commits = view.versions(Step::Commit, message.from).iter();
    let other = commits.find(|entry| {
        let commit = entry.body.as_ref().ok().and_then(as_commit);
        commit.is_some_and(|commit| !is_committed(view.plan, commit, message, opening))
    });
    if let Some(commit) = other {
        let both = [&commit.message, message];
        return Some(fault(view, place, Offence::NotCommitted, both));
    }
    let receivers = survey.receivers().map(|address| address.to);
    let misdealt = opening.place.joins == survey.joined && !opening.envelope.is_for(receivers);
    misdealt.then(|| {
        let joins = survey.joins.values().map(|(message, _)| *message);
        fault(view, place, Offence::Receivers, joins.chain([message]))
    })
}

/// What the disputes in a message prove, of those that name a message which is here.
fn disputed<P: Protocol>(
    view: View<'_, P>,
    survey: &Survey<'_, P>,
    entry: &Entry<P::Group>,
) -> Vec<Fault> {
    let said = entry.body.as_ref().ok().and_then(as_disputes);
    let said = said.filter(|said| said.joins == survey.joined);
    let items = said.map_or(&[][..], |said| &said.items);
    let judged = items
        .iter()
        .filter_map(|item| judge(view, survey, entry, item));
    judged.collect()
}

fn judge<P: Protocol>(
    view: View<'_, P>,
    survey: &Survey<'_, P>,
    entry: &Entry<P::Group>,
    item: &Dispute<P::Group>,
) -> Option<Fault> {
    let (accuser, step) = (entry.message.from, entry.message.step);
    let objects = step == Step::Object;
    let dealt = if objects { Step::HandOver } else { Step::Open };
    let mut versions = view.versions(dealt, item.against).iter();
    let against = versions.find(|other| other.message.digest == item.message)?;
    let (place, envelope, expected) = sent(survey, against, accuser)?;
    let address = survey.address(accuser)?;
    if place.joins != survey.joined {
        return None;
    }
    let shown = envelope.uncover(place, address, &item.shown);
    let wrong = shown.is_some_and(|share| P::Group::commit(&share) != expected);
    let (culprit, offence) = if wrong {
        ((dealt, item.against), Offence::Share(accuser))
    } else {
        ((step, accuser), Offence::FalseDispute(item.against))
    };
    // What an objection is judged by takes all openings, and so what counts in all rounds.
    let counted = survey
        .counted()
        .filter(|message| objects || message.step == Step::Join);
    let messages = counted.chain([&against.message, &entry.message]);
    Some(fault(view, culprit, offence, messages))
}

/// What a message holds for a receiver, and what that times P should be.
type Sent<'a, P> = (
    &'a Place,
    &'a Envelope<<P as Protocol>::Group>,
    Option<Element<P>>,
);

fn sent<'a, P: Protocol>(
    survey: &Survey<'_, P>,
    entry: &'a Entry<P::Group>,
    to: AuthorityId,
) -> Option<Sent<'a, P>> {
    let body = entry.body.as_ref().ok()?;
    if let Some(opening) = as_open(body) {
        let receivers = survey.receivers().map(|address| address.to);
        let expected = opening.commitments.share(to);
        return opening.envelope.is_for(receivers).then_some((
            &opening.place,
            &opening.envelope,
            expected,
        ));
    }
    let handed = as_hand_over(body)?;
    let opened: &Hash = &survey.opened;
    let sharing = Sharing::of(survey)?;
    let expected = sharing.key(entry.message.from);
    (handed.openings == *opened).then_some((&handed.place, &handed.envelope, expected))
}
