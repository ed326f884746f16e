//! The one step of a session: what a member sends next, whom it waits for, and what has come out.

use alloc::collections::BTreeMap;
use core::fmt;

use crate::ceremony::blame::faults;
use crate::ceremony::board::{Board, Entry};
use crate::ceremony::commit::{Commit, commitment};
use crate::ceremony::confirm::{Confirmation, Exclusion};
use crate::ceremony::fault::Fault;
use crate::ceremony::join::Join;
use crate::ceremony::message::{Party, Step};
use crate::ceremony::open::Opening;
use crate::ceremony::plan::PlanDigest;
use crate::ceremony::receive::{Repaired, disputes, repaired};
use crate::ceremony::repair::HandOver;
use crate::ceremony::result::{Outcome, Sharing, confirmation};
use crate::ceremony::seat::Seat;
use crate::ceremony::survey::{Ended, Survey, View, Waiting, Why, as_confirmation};
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;

/// Where a session stands, in the eyes of one member.
#[derive(Debug)]
pub struct Progress<P: Protocol> {
    /// What to write to the own log, durably, and then to send to all.
    pub send: Option<Vec<u8>>,
    /// Whom this member waits for.
    pub waiting: Vec<Waiting>,
    /// Who has lied, with evidence.
    pub faults: Vec<Fault>,
    /// Who has signed messages of another plan. It is as likely that this member has the wrong one.
    pub other_plans: BTreeMap<Party, PlanDigest>,
    /// Why nothing more comes of this session.
    pub ended: Option<Ended>,
    /// What has come out. Seed, log and old share are erased once it is sealed.
    pub result: Option<Outcome<P>>,
}

/// Why a member takes no part any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogError {
    /// The log holds something that is no message of this member for this plan, or not in full.
    Foreign,
    /// The board has a message of this member that the log does not have: the log is not complete, or the
    /// session number was used before. Join the next session with a new seed.
    Incomplete,
    /// The seed, the key or the share is not the one of the log.
    Seed,
}

/// Why a member is not excluded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum ExcludeError {
    /// Nobody waits for it now, or its message cannot be done without.
    NotWaiting,
    /// As for [`advance`].
    Log(LogError),
}

/// Looks at the board and says what to do. A pure function: the same seat, log and board give the same.
///
/// The log is all that this member has sent in this session, in order. What is to be sent goes into it
/// first, durably; after a start everything in it is sent again. Calls are cheap while others are waited for,
/// so call whenever the board has changed, until nothing is to be sent.
///
/// # Errors
/// [`LogError`]: send nothing.
pub fn advance<P: Protocol>(
    seat: &Seat<'_, P>,
    log: &[Vec<u8>],
    board: &Board<P>,
) -> Result<Progress<P>, LogError> {
    let own = read(seat, log, board)?;
    let view = View::new(board, Some(&own));
    let mut survey = Survey::of(view);
    let faults = faults(view, &survey);
    let mut progress = Progress {
        send: None,
        waiting: Vec::new(),
        faults,
        other_plans: board.others().clone(),
        ended: None,
        result: None,
    };
    if let Some(confirmation) = decided(view) {
        survey = Survey::of(view.only(confirmation));
        progress.result = confirmed(seat, &survey, confirmation);
    } else if survey.ended.is_none() {
        Member {
            seat,
            own: &own,
            view,
            survey: &survey,
        }
        .step(&mut progress)?;
    }
    if progress.result.is_none() {
        let mine = |waiting: &Waiting| {
            waiting.why == Why::Silent && Some(waiting.party.id()) == seat.number(waiting.step)
        };
        let others = survey
            .waiting()
            .into_iter()
            .filter(|waiting| !mine(waiting));
        progress.waiting.extend(others);
        progress.ended = progress.ended.or(survey.ended);
    }
    Ok(progress)
}

/// Gives up waiting for a member in the present step. Goes into the log and out like everything else; the
/// member is out once a quorum has said so. Whoever has said so confirms no result in which the member's
/// message counts.
///
/// Ask the others first whether they have the message: whoever has it can forward it.
///
/// # Errors
/// [`ExcludeError`].
pub fn exclude<P: Protocol>(
    seat: &Seat<'_, P>,
    log: &[Vec<u8>],
    board: &Board<P>,
    whom: Party,
) -> Result<Vec<u8>, ExcludeError> {
    let own = read(seat, log, board).map_err(ExcludeError::Log)?;
    let survey = Survey::of(View::new(board, Some(&own)));
    let waiting = survey.waiting().into_iter();
    let step = waiting
        .filter(|waiting| waiting.party == whom)
        .map(|waiting| waiting.step);
    let mut step =
        step.filter(|step| seat.number(*step) != Some(whom.id()) && step.can_be_given_up());
    let step = step.next().ok_or(ExcludeError::NotWaiting)?;
    if seat.plan.lost().is_some() {
        return Err(ExcludeError::NotWaiting);
    }
    let exclusion = Exclusion {
        step,
        whom: whom.id(),
    };
    let message = seat.sign(Step::Exclude, exclusion.to_bytes());
    let message = message.ok_or(ExcludeError::NotWaiting)?;
    Ok(message.to_bytes(seat.plan.digest()))
}

/// Reads the log, and compares it with what the board has of this member.
fn read<P: Protocol>(
    seat: &Seat<'_, P>,
    log: &[Vec<u8>],
    board: &Board<P>,
) -> Result<Board<P>, LogError> {
    let mut own = Board::new(seat.plan);
    for message in log {
        own.add(message).map_err(|_| LogError::Foreign)?;
    }
    let mine =
        |entry: &&Entry<P::Group>| seat.number(entry.message.step) == Some(entry.message.from);
    let single = |entry: &Entry<_>| own.versions(entry.message.step, entry.message.from).len() == 1;
    let excludes = own.exclusions().all(|(_, by)| Some(by) == seat.voter);
    if board.plan().digest() != seat.plan.digest()
        || !excludes
        || !own.entries().all(|entry| mine(&entry) && single(entry))
    {
        return Err(LogError::Foreign);
    }
    let known = |entry: &Entry<P::Group>| {
        let versions = own.versions(entry.message.step, entry.message.from);
        let mut digests = versions.iter().map(|entry| entry.message.digest);
        digests.any(|digest| digest == entry.message.digest)
    };
    let mut excluded = board.exclusions().filter(|(_, by)| Some(*by) == seat.voter);
    let complete = board.entries().filter(mine).all(known)
        && excluded.all(|excluded| own.exclusions().any(|own| own == excluded));
    if complete {
        Ok(own)
    } else {
        Err(LogError::Incomplete)
    }
}

/// The confirmation of a quorum, if there is one.
fn decided<P: Protocol>(view: View<'_, P>) -> Option<&Confirmation> {
    let all = || confirmations(view);
    let agree = |one: &Confirmation| all().filter(|(_, other)| *other == one).count();
    let quorum = view.plan.quorum();
    let mut decided = all().map(|(_, one)| one);
    decided.find(|one| agree(one) >= quorum)
}

fn confirmations<P: Protocol>(
    view: View<'_, P>,
) -> impl Iterator<Item = (AuthorityId, &Confirmation)> {
    let said = view.plan.voters.ids().flat_map(move |id| {
        let versions = view.versions(Step::Confirm, id).iter();
        versions.map(move |entry| (id, entry))
    });
    said.filter_map(|(id, entry)| {
        let body = entry.body.as_ref().ok()?;
        Some((id, as_confirmation(body)?))
    })
}

/// The result that a quorum has confirmed, if all that it lists is here.
fn confirmed<P: Protocol>(
    seat: &Seat<'_, P>,
    survey: &Survey<'_, P>,
    by_quorum: &Confirmation,
) -> Option<Outcome<P>> {
    let sharing = Sharing::of(survey).filter(|_| survey.is_ready_for(Step::Confirm))?;
    let domain = sharing.domain()?;
    let same = confirmation(survey, &domain) == *by_quorum;
    same.then(|| Outcome {
        authority: sharing.authority(seat, survey, &domain),
        domain,
        dealers: sharing.dealers(),
        holders: survey.disputes.keys().copied().collect(),
    })
}

/// A member that looks at what counts, and speaks.
struct Member<'a, 'b, P: Protocol> {
    seat: &'b Seat<'a, P>,
    own: &'b Board<P>,
    view: View<'b, P>,
    survey: &'b Survey<'b, P>,
}

impl<P: Protocol> Member<'_, '_, P> {
    /// Says what this member has to say next, if it is time.
    fn step(&self, progress: &mut Progress<P>) -> Result<(), LogError> {
        let plan = self.seat.plan;
        let last = if plan.lost().is_some() {
            Step::HandOver
        } else {
            Step::Confirm
        };
        let steps = [Step::Join, Step::Commit, Step::Open, Step::Dispute, last];
        for step in steps {
            if !self.survey.is_ready_for(step) {
                return Ok(());
            }
            if self.has_said(step) || !self.speaks(step) {
                continue;
            }
            let body = match step {
                Step::Confirm => match self.confirm() {
                    Ok(body) => body,
                    Err(why) => {
                        let party = step.party(self.seat.voter.ok_or(LogError::Seed)?);
                        progress.waiting.push(Waiting { step, party, why });
                        return Ok(());
                    }
                },
                _ => self.body(step).ok_or(LogError::Seed)?,
            };
            let message = self.seat.sign(step, body).ok_or(LogError::Seed)?;
            progress.send = Some(message.to_bytes(plan.digest()));
            return Ok(());
        }
        if plan.lost().is_some() {
            self.finish_repair(progress)
        } else {
            self.wait_for_confirmations(progress);
            Ok(())
        }
    }

    fn has_said(&self, step: Step) -> bool {
        let me = self.seat.number(step);
        me.is_some_and(|me| !self.own.versions(step, me).is_empty())
    }

    /// Whether this member takes part in a step.
    fn speaks(&self, step: Step) -> bool {
        let (seat, survey) = (self.seat, self.survey);
        let Some(me) = seat.number(step) else {
            return false;
        };
        let here = !seat.plan.is_among_members() || survey.joins.contains_key(&me);
        match step {
            Step::Commit => seat.plan.dealers.contains(&me) && here,
            Step::Open => survey.commits.contains_key(&me),
            Step::Dispute => survey.receivers().any(|address| address.to == me),
            Step::HandOver => seat.plan.dealers.contains(&me),
            Step::Confirm => here,
            _ => true,
        }
    }

    /// What this member says in a step; `None` if seed, key or share are not those of the log.
    fn body(&self, step: Step) -> Option<Vec<u8>> {
        let (seat, survey) = (self.seat, self.survey);
        let me = seat.number(step)?;
        let opening = || Opening::make(seat, survey.joined, survey.receivers());
        let hash = |opening: &[u8]| commitment(seat.plan.digest(), me, opening);
        match step {
            Step::Join => Join::make(seat, me),
            Step::Commit => Some(
                Commit {
                    joins: survey.joined,
                    opening: hash(&opening()?),
                }
                .to_bytes(),
            ),
            Step::Open => {
                let (_, commit) = survey.commits.get(&me)?;
                opening().filter(|opening| hash(opening) == commit.opening)
            }
            Step::Dispute => disputes(seat, survey).map(|said| said.to_bytes()),
            Step::HandOver => {
                let share = Sharing::of(survey)?.share(seat, survey)?;
                let holder = survey.address(seat.plan.lost()?)?;
                HandOver::make(seat, survey.joined, survey.opened, holder, share)
            }
            _ => None,
        }
    }

    /// What this member confirms, or why it does not.
    fn confirm(&self) -> Result<Vec<u8>, Why> {
        let (seat, survey) = (self.seat, self.survey);
        let counts = |exclusion: Exclusion| {
            let mut counted = survey.counted();
            counted.any(|one| one.step == exclusion.step && one.from == exclusion.whom)
        };
        if self
            .own
            .exclusions()
            .any(|(exclusion, _)| counts(exclusion))
        {
            return Err(Why::Reserved);
        }
        let sharing = Sharing::of(survey).ok_or(Why::NoShare)?;
        let domain = sharing.domain().ok_or(Why::NoShare)?;
        let holds =
            !seat.plan.is_among_members() || sharing.authority(seat, survey, &domain).is_some();
        if holds {
            Ok(confirmation(survey, &domain).to_bytes())
        } else {
            Err(Why::NoShare)
        }
    }

    /// Who has not confirmed, or something else.
    fn wait_for_confirmations(&self, progress: &mut Progress<P>) {
        let step = Step::Confirm;
        let all: BTreeMap<AuthorityId, &Confirmation> = confirmations(self.view).collect();
        let mine = self.seat.voter.and_then(|me| all.get(&me));
        for id in self.seat.plan.voters.ids() {
            let why = match all.get(&id) {
                None => Why::Silent,
                theirs if mine.is_some() && theirs != mine => Why::Differs,
                Some(_) => continue,
            };
            let party = step.party(id);
            progress.waiting.push(Waiting { step, party, why });
        }
    }

    /// The end of a repair: the new holder takes its share, or objects.
    fn finish_repair(&self, progress: &mut Progress<P>) -> Result<(), LogError> {
        let (seat, survey) = (self.seat, self.survey);
        let Some(domain) = seat
            .plan
            .domain()
            .filter(|_| survey.is_ready_for(Step::Object))
        else {
            return Ok(());
        };
        let holder = seat
            .plan
            .lost()
            .filter(|_| seat.receiver != seat.plan.lost());
        if holder.is_some_and(|holder| !self.view.versions(Step::Object, holder).is_empty()) {
            progress.ended = Some(Ended::Dealers);
            return Ok(());
        }
        let mut authority = None;
        if seat.receiver == seat.plan.lost() {
            match repaired(seat, survey).ok_or(LogError::Seed)? {
                Repaired::Share(share) => authority = Some(share),
                Repaired::Objections(said) => {
                    if !self.has_said(Step::Object) {
                        let message = seat.sign(Step::Object, said.to_bytes());
                        let message = message.ok_or(LogError::Seed)?;
                        progress.send = Some(message.to_bytes(seat.plan.digest()));
                    }
                    progress.ended = Some(Ended::Dealers);
                    return Ok(());
                }
            }
        }
        progress.result = Some(Outcome {
            domain: domain.clone(),
            authority,
            dealers: survey.handed.keys().copied().collect(),
            holders: survey.joins.keys().copied().collect(),
        });
        Ok(())
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Foreign => "log holds what this member cannot have sent in this session",
            Self::Incomplete => "board has messages of this member that its log does not have",
            Self::Seed => "seed, key or share is not the one of the log",
        })
    }
}

impl fmt::Display for ExcludeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotWaiting => f.write_str("nobody waits for this member now"),
            Self::Log(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for LogError {}
impl core::error::Error for ExcludeError {}

impl<P: Protocol> fmt::Display for Progress<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(outcome) = &self.result {
            writeln!(f, "done: {}", outcome.domain.edition())?;
        }
        for waiting in &self.waiting {
            writeln!(f, "{waiting}")?;
        }
        for (party, plan) in &self.other_plans {
            writeln!(f, "{party} has another plan: {plan}")?;
        }
        for fault in &self.faults {
            writeln!(f, "{fault}")?;
        }
        self.ended
            .map_or(Ok(()), |ended| writeln!(f, "no result: {ended}"))
    }
}
