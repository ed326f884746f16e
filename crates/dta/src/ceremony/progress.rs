//! The one step of a session: what a member sends next, whom it waits for, and what has come out.

use alloc::collections::BTreeMap;
use core::fmt;

use milagro_base::Writer;

use crate::ceremony::blame::faults;
use crate::ceremony::board::{Board, Body, Entry};
use crate::ceremony::commit::{Commit, commitment};
use crate::ceremony::confirm::{Confirmation, Slot};
use crate::ceremony::fault::Fault;
use crate::ceremony::join::join;
use crate::ceremony::message::{Party, Step};
use crate::ceremony::open::open;
use crate::ceremony::plan::PlanDigest;
use crate::ceremony::repair::hand_over;
use crate::ceremony::result::{Outcome, Sharing, confirmation, disputes, repaired};
use crate::ceremony::seat::Seat;
use crate::ceremony::survey::{Ended, Survey, View, Waiting, Why};
use crate::domain::member::AuthorityId;
use crate::domain::protocol::Protocol;
use crate::domain::trust_domain::TrustDomain;
use crate::errors::errors;
use crate::sharing::group::Group as _;

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

errors! {
    /// Why a member takes no part any more.
    LogError {
        /// The log holds something that is no message of this member for this plan, or the board is another
        /// plan's.
        Foreign => "log or board of something else than this member's seat",
        /// The board has a message of this member that the log does not have: the log is not complete, or the
        /// session number was used before. Join the next session with a new seed.
        Incomplete => "board has messages of this member that its log does not have",
        /// The seed, the key or the share is not the one of the log.
        Seed => "seed, key or share is not the one of the log",
        /// Nobody waits now for the member that is to be excluded, or it cannot be done without.
        NotWaiting => "nobody waits for this member now",
    }
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
    let own = &read(seat, log, board)?;
    let mut view = View {
        board,
        own,
        only: None,
    };
    let mut survey = Survey::of(view);
    let mut progress = Progress {
        send: None,
        waiting: Vec::new(),
        faults: faults(view, &survey),
        other_plans: board.others.clone(),
        ended: None,
        result: None,
    };
    if let Some(decided) = decided(view) {
        view.only = Some(decided);
        survey = Survey::of(view);
        progress.result = confirmed(seat, &survey, decided);
    } else if survey.ended.is_none() {
        let member = Member { seat, view, survey };
        member.step(&mut progress)?;
        survey = member.survey;
    }
    if progress.result.is_none() {
        let silent = |it: &Waiting| it.why == Why::Silent;
        let mine = |it: &Waiting| Some(it.party.id()) == seat.number(it.step);
        let waiting = survey.waiting().filter(|it| !silent(it) || !mine(it));
        progress.waiting.extend(waiting);
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
/// [`LogError`].
pub fn exclude<P: Protocol>(
    seat: &Seat<'_, P>,
    log: &[Vec<u8>],
    board: &Board<P>,
    whom: Party,
) -> Result<Vec<u8>, LogError> {
    let own = &read(seat, log, board)?;
    let only = None;
    let survey = Survey::of(View { board, own, only });
    let mut waiting = survey.waiting().filter(|waiting| {
        let mine = seat.number(waiting.step) == Some(whom.id());
        waiting.party == whom && !mine && waiting.step.can_be_given_up()
    });
    let step = waiting.next().ok_or(LogError::NotWaiting)?.step;
    // Whoever has spoken in a later step has seen the message once, and may have confirmed with it.
    let later = own.entries().any(|entry| entry.message.step > step);
    if later || seat.plan.lost().is_some() {
        return Err(LogError::NotWaiting);
    }
    let slot = Slot {
        step,
        id: whom.id(),
    };
    let message = seat.sign(Step::Exclude, slot.write(Writer::new()).finish());
    message.ok_or(LogError::NotWaiting)
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
    let mine = |entry: &Entry<_>| seat.number(entry.message.step) == Some(entry.message.from);
    let versions = |entry: &Entry<_>| own.versions(Slot::of(&entry.message));
    let once = |entry: &Entry<_>| mine(entry) && versions(entry).len() == 1;
    if board.plan.digest != seat.plan.digest
        || !own.entries().all(once)
        || own.exclusions().any(|(_, by)| Some(by) != seat.voter)
    {
        return Err(LogError::Foreign);
    }
    let known = |entry: &Entry<_>| {
        let mut said = versions(entry).iter();
        said.any(|own| own.message.digest == entry.message.digest)
    };
    let mut excluded = board.exclusions().filter(|(_, by)| Some(*by) == seat.voter);
    let complete = board.entries().filter(|entry| mine(entry)).all(known)
        && excluded.all(|it| own.exclusions().any(|own| own == it));
    complete.then_some(()).ok_or(LogError::Incomplete)?;
    joined_with(seat, &own).then_some(own).ok_or(LogError::Seed)
}

/// Whether a member that has joined has done so with this seed. With another one all shares would seem wrong, and
/// to dispute them would convict it.
fn joined_with<P: Protocol>(seat: &Seat<'_, P>, own: &Board<P>) -> bool {
    let joins = own.entries().filter_map(|entry| entry.body.as_ref().ok());
    let mut keys = joins.filter_map(Body::join).map(|join| join.key);
    keys.all(|key| P::Group::commit(&seat.session_key()) == Some(key))
}

fn confirmations<P: Protocol>(
    view: View<'_, P>,
) -> impl Iterator<Item = (AuthorityId, &Confirmation)> {
    view.entries().filter_map(|entry| {
        let said = entry.body.as_ref().ok().and_then(Body::confirmation);
        Some((entry.message.from, said?))
    })
}

/// The confirmation of a quorum, if there is one.
pub(super) fn decided<P: Protocol>(view: View<'_, P>) -> Option<&Confirmation> {
    let agree = |one: &Confirmation| {
        let equal = confirmations(view).filter(|(_, other)| *other == one);
        equal.count()
    };
    let mut all = confirmations(view).map(|(_, one)| one);
    all.find(|one| agree(one) >= view.board.plan.quorum())
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
        dealers: sharing.dealers,
        holders: survey.disputes.keys().copied().collect(),
    })
}

/// A member that looks at what counts, and speaks.
struct Member<'a, 'b, P: Protocol> {
    seat: &'b Seat<'a, P>,
    view: View<'b, P>,
    survey: Survey<'b, P>,
}

impl<P: Protocol> Member<'_, '_, P> {
    /// Says what this member has to say next, if it is time.
    fn step(&self, progress: &mut Progress<P>) -> Result<(), LogError> {
        let repair = self.seat.plan.domain.as_ref();
        let repair = repair.filter(|_| self.seat.plan.lost().is_some());
        let last = if repair.is_some() {
            Step::HandOver
        } else {
            Step::Confirm
        };
        for step in [Step::Join, Step::Commit, Step::Open, Step::Dispute, last] {
            if !self.survey.is_ready_for(step) {
                return Ok(());
            }
            if self.has_said(step) || !self.speaks(step) {
                continue;
            }
            match self.body(step)? {
                Ok(body) => progress.send = self.seat.sign(step, body),
                Err(why) => {
                    let party = step.party(self.seat.number(step).ok_or(LogError::Seed)?);
                    progress.waiting.push(Waiting { step, party, why });
                }
            }
            return Ok(());
        }
        match repair {
            Some(domain) => return self.finish_repair(domain, progress),
            None => progress.waiting.extend(self.unconfirmed()),
        }
        Ok(())
    }

    fn has_said(&self, step: Step) -> bool {
        let me = self.seat.number(step);
        me.is_some_and(|id| !self.view.own.versions(Slot { step, id }).is_empty())
    }

    /// Whether this member takes part in a step.
    fn speaks(&self, step: Step) -> bool {
        let (plan, survey) = (self.seat.plan, &self.survey);
        let takes_part = |me: AuthorityId| match step {
            Step::Commit => plan.dealers.contains(&me) && survey.is_here(me),
            Step::Open => survey.commits.contains_key(&me),
            Step::Dispute => survey.receivers().any(|address| address.to == me),
            Step::HandOver => plan.dealers.contains(&me),
            Step::Confirm => survey.is_here(me),
            _ => true,
        };
        self.seat.number(step).is_some_and(takes_part)
    }

    /// What this member says in a step, or why it says nothing.
    fn body(&self, step: Step) -> Result<Result<Vec<u8>, Why>, LogError> {
        let (seat, survey) = (self.seat, &self.survey);
        let opening = || open(seat, survey.joined, survey.receivers());
        let hash = |opening: &Vec<u8>| commitment(seat.plan.digest, seat.voter?, opening).into();
        let body = match step {
            Step::Join => join(seat),
            Step::Commit => opening().as_ref().and_then(hash).map(|opening| {
                let seen = survey.joined;
                Commit { seen, opening }.to_bytes()
            }),
            Step::Open => opening().filter(|opening| {
                let committed = seat.voter.and_then(|me| survey.commits.get(&me));
                hash(opening) == committed.map(|(_, commit)| commit.opening)
            }),
            Step::Dispute => disputes(seat, survey).map(|said| said.to_bytes()),
            Step::HandOver => Sharing::of(survey).and_then(|sharing| {
                let holder = survey.address(seat.plan.lost()?)?;
                hand_over(seat, survey.opened, holder, sharing.share(seat, survey)?)
            }),
            _ => return Ok(self.confirm()),
        };
        body.map(Ok).ok_or(LogError::Seed)
    }

    /// What this member confirms, or why it does not.
    fn confirm(&self) -> Result<Vec<u8>, Why> {
        let (seat, survey) = (self.seat, &self.survey);
        let sharing = Sharing::of(survey).ok_or(Why::NoShare)?;
        let domain = sharing.domain().ok_or(Why::NoShare)?;
        let confirmation = confirmation(survey, &domain);
        let mut excluded = self.view.own.exclusions();
        if excluded.any(|(slot, _)| confirmation.find(slot).is_some()) {
            return Err(Why::Reserved);
        }
        // Where voters are the receivers, only those who hold a right share confirm.
        let among = seat.voter == seat.receiver;
        let holds = !among || sharing.authority(seat, survey, &domain).is_some();
        holds.then(|| confirmation.to_bytes()).ok_or(Why::NoShare)
    }

    /// Who has not confirmed, or something else.
    fn unconfirmed(&self) -> impl Iterator<Item = Waiting> {
        let all: BTreeMap<AuthorityId, &Confirmation> = confirmations(self.view).collect();
        let mine = self.seat.voter.and_then(|me| all.get(&me).copied());
        let voters = self.seat.plan.voters.ids();
        let voters = voters.filter(|id| self.survey.is_here(*id));
        voters.filter_map(move |id| {
            let why = match (all.get(&id), mine) {
                (None, _) => Why::Silent,
                (Some(theirs), Some(mine)) if *theirs != mine => Why::Differs,
                _ => return None,
            };
            let step = Step::Confirm;
            let party = step.party(id);
            Some(Waiting { step, party, why })
        })
    }

    /// The end of a repair: the new holder takes its share, or objects.
    fn finish_repair(
        &self,
        domain: &TrustDomain<P>,
        progress: &mut Progress<P>,
    ) -> Result<(), LogError> {
        let (seat, survey) = (self.seat, &self.survey);
        if !survey.is_ready_for(Step::Object) {
            return Ok(());
        }
        let lost = seat.plan.lost();
        let mut objects = lost.is_some_and(|id| !self.view.versions(Step::Object, id).is_empty());
        let mut authority = None;
        if seat.receiver == lost && !objects {
            match repaired(seat, survey, domain).ok_or(LogError::Seed)? {
                Ok(share) => authority = Some(share),
                Err(said) => {
                    objects = true;
                    progress.send = seat.sign(Step::Object, said.to_bytes());
                }
            }
        }
        if objects {
            progress.ended = Some(Ended::Dealers);
            return Ok(());
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
        let ended = self.ended.iter();
        ended
            .into_iter()
            .try_for_each(|ended| writeln!(f, "no result: {ended}"))
    }
}
