//! Finds offences on a board. Each is a statement about messages that are there, signed for this plan; none
//! about messages that are not.

use alloc::collections::BTreeSet;

use milagro_curve::DecodeError;

use crate::ceremony::board::{Board, Body, Entry};
use crate::ceremony::confirm::Slot;
use crate::ceremony::dispute::Dispute;
use crate::ceremony::fault::{self, Fault, Offence};
use crate::ceremony::message::{Message, Step};
use crate::ceremony::plan::Plan;
use crate::ceremony::result::Sharing;
use crate::ceremony::survey::{Survey, View, is_committed};
use crate::domain::protocol::Protocol;

/// The offences that some evidence proves. Anybody who knows the plan can check them, without having taken
/// part; whoever is named has signed what convicts it.
///
/// # Errors
/// [`DecodeError`] for what is no list of messages. With a message of another plan in it, or one that nobody
/// signed, evidence proves nothing: no more is read than up to there.
pub fn proven<P: Protocol>(plan: &Plan<P>, evidence: &[u8]) -> Result<Vec<Fault>, DecodeError> {
    let (mut board, own) = (Board::new(plan), Board::new(plan));
    for message in fault::read(evidence)? {
        if board.add(message).is_err() {
            return Ok(Vec::new());
        }
    }
    let view = View {
        board: &board,
        own: &own,
        only: None,
    };
    Ok(faults(view, &Survey::of(view)))
}

/// All offences on a board; of wrong shares in one message, and of false disputes in one, one each.
pub(super) fn faults<P: Protocol>(view: View<'_, P>, survey: &Survey<'_, P>) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut convicted = BTreeSet::new();
    let mut entries: Vec<_> = view.entries().collect();
    // The same for all who have the same board, whichever messages are their own.
    entries.sort_by_key(|entry| (Slot::of(&entry.message), entry.message.digest));
    for entry in entries {
        let message = &entry.message;
        if let [one, two, ..] = view.versions(message.step, message.from)
            && one.message.digest == message.digest
        {
            let offence = Offence::TwoVersions(message.step);
            faults.push(Fault::new(message, offence, [&two.message, message]));
        }
        match &entry.body {
            Err(offence) => faults.push(Fault::new(message, *offence, [message])),
            Ok(Body::Open(_)) => faults.extend(misfit(view, survey, entry)),
            Ok(Body::Disputes(said)) => {
                for item in &said.items {
                    if convicted.contains(&item.message) {
                        continue;
                    }
                    let fault = judge(view, survey, message, item);
                    let offence = fault.as_ref().map(|fault| fault.offence);
                    faults.extend(fault);
                    match offence {
                        Some(Offence::FalseDispute(_)) => break,
                        Some(_) => convicted.extend([item.message]),
                        None => {}
                    }
                }
            }
            Ok(_) => {}
        }
    }
    faults.sort_by(|one, other| one.evidence.cmp(&other.evidence));
    faults
}

/// An opening that is not the one committed to, or not for those who have joined.
fn misfit<P: Protocol>(
    view: View<'_, P>,
    survey: &Survey<'_, P>,
    entry: &Entry<P::Group>,
) -> Option<Fault> {
    let (message, opening) = (&entry.message, entry.body.as_ref().ok()?.open()?);
    let mut commits = view.versions(Step::Commit, message.from).iter();
    let other = commits.find(|entry| {
        let commit = entry.body.as_ref().ok().and_then(Body::commit);
        commit.is_some_and(|commit| !is_committed(commit, message, opening))
    });
    if let Some(commit) = other {
        let both = [&commit.message, message];
        return Some(Fault::new(message, Offence::NotCommitted, both));
    }
    let receivers = survey.receivers().map(|address| address.to);
    let misdealt = opening.seen == survey.joined && !opening.envelope.is_for(receivers);
    misdealt.then(|| {
        let joins = survey.joins.values().map(|(message, _)| *message);
        Fault::new(message, Offence::Receivers, joins.chain([message]))
    })
}

/// What a dispute proves, if the message that it is about is here.
fn judge<P: Protocol>(
    view: View<'_, P>,
    survey: &Survey<'_, P>,
    accusation: &Message<P::Group>,
    item: &Dispute<P::Group>,
) -> Option<Fault> {
    let objects = accusation.step == Step::Object;
    let dealt = if objects { Step::HandOver } else { Step::Open };
    let mut versions = view.versions(dealt, item.against).iter();
    let against = versions.find(|entry| entry.message.digest == item.message)?;
    let address = survey.address(accusation.from)?;
    let (seen, envelope, expected) = match against.body.as_ref().ok()? {
        Body::Open(opening) => {
            let expected = opening.commitments.share(address.to);
            (survey.joined, &opening.envelope, expected)
        }
        Body::HandOver(handed) => {
            let expected = Sharing::of(survey)?.key(item.against);
            (survey.opened, &handed.envelope, expected)
        }
        _ => return None,
    };
    let addressed = objects || envelope.is_for(survey.receivers().map(|address| address.to));
    if against.body.as_ref().ok()?.seen() != Some(&seen) || !addressed {
        return None;
    }
    let (culprit, offence) = if envelope.is_wrong(address, &item.shown, expected) {
        (&against.message, Offence::Share(address.to))
    } else {
        (accusation, Offence::FalseDispute(item.against))
    };
    // What an objection is judged by takes all openings, and so what counts in all rounds.
    let counted = survey.counted();
    let counted = counted.filter(|message| objects || message.step == Step::Join);
    let messages = counted.chain([&against.message, accusation]);
    Some(Fault::new(culprit, offence, messages))
}
