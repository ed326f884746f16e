//! Permits, and what goes into bulletins.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use milagro_dta::issue::IssueError;
use milagro_dta::permits::bulletin::{Draft, DraftRejected};
use milagro_dta::permits::{Desk, SignedList};
use milagro_mpin::Identity;
use milagro_mpin::names::Epoch;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::{PermitAnswer, PermitKind, ProofAnswer};
use milagro_wire::problem::{Problem, ProblemType};
use serde::Serialize;

use crate::service::answers::id_text;
use crate::service::at_work::Held;
use crate::service::covers::{Computed, KEPT};
use crate::service::parts::Parts;

/// Bytes of a draft with one gap, and of each gap more.
const DRAFT_HEAD: usize = 133;
const GAP: usize = 80;

/// The last list of a domain that has permits.
pub(crate) async fn list(parts: &Parts, held: &Held) -> Result<Arc<SignedList>, Problem> {
    if held.share.mpin().is_none() {
        return Err(ProblemType::NotFound
            .problem()
            .saying("there are no permits in this domain"));
    }
    let list = held
        .lists
        .last(&*parts.records)
        .await
        .map_err(Problem::from)?;
    list.ok_or_else(|| {
        let problem = ProblemType::Unavailable.problem().after(60);
        problem.saying("the registrar has given no revocation list yet")
    })
}

/// What the audit file says of a list that was taken.
#[derive(Serialize)]
struct Taken {
    what: &'static str,
    domain: String,
    number: u64,
}

/// Takes a list, and notes in the audit file that there is a new one: whoever puts this authority back from a copy finds
/// there which list the next one has to follow. A line that could not be written, or that a process was killed before, is
/// written when the list is given again.
pub(crate) async fn take(parts: &Parts, held: &Held, list: &[u8]) -> Result<u64, Problem> {
    let taken = held.lists.take(&*parts.records, list).await;
    let number = taken.map_err(Problem::from)?;
    if held.noted.load(Ordering::Relaxed) != number {
        let taken = Taken {
            what: "list",
            domain: id_text(held),
            number,
        };
        let written = parts.audit.note(parts.effects.now(), &taken).await;
        written.map_err(|error| {
            tracing::error!(kind = ?error.kind(), "the audit file cannot be written");
            ProblemType::Unavailable.problem().after(1)
        })?;
        held.noted.store(number, Ordering::Relaxed);
    }
    Ok(number)
}

/// The longest draft that can be about a list.
pub(crate) fn longest_draft(list: &SignedList) -> usize {
    let gaps = list.list().len().saturating_add(1);
    gaps.saturating_mul(GAP).saturating_add(DRAFT_HEAD)
}

/// A share of a permit. Computes.
pub(crate) fn permit(
    parts: &Parts,
    held: &Held,
    list: &SignedList,
    wanted: &Wanted,
) -> Result<PermitAnswer, Problem> {
    let desk = desk(parts, held, list)?;
    let rng = &mut *parts.effects.rng();
    let (identity, epoch) = (&wanted.identity, wanted.epoch);
    let share = match wanted.kind {
        PermitKind::Cover => desk
            .cover(rng, identity, epoch)
            .map(|share| share.to_bytes()),
        PermitKind::Personal => {
            let share = desk.personal(rng, identity, epoch);
            share.map(|share| share.to_bytes().to_vec())
        }
        _ => return Err(ProblemType::Malformed.problem()),
    };
    Ok(PermitAnswer {
        authority: held.share.number().get(),
        share: Blob::new(share.map_err(of_issue)?).map_err(|_| ProblemType::Internal.problem())?,
    })
}

/// Which permit somebody wants.
pub(crate) struct Wanted {
    pub(crate) identity: Identity,
    pub(crate) epoch: Epoch,
    pub(crate) kind: PermitKind,
}

/// Shares of all cover permits of an epoch, computed once. Computes.
pub(crate) async fn covers(
    parts: &Parts,
    held: &Held,
    list: &SignedList,
    epoch: Epoch,
) -> Result<Arc<Vec<u8>>, Problem> {
    let desk = desk(parts, held, list)?;
    if !held.window.allows(epoch, parts.effects.now()) {
        return Err(ProblemType::Epoch.problem());
    }
    let mut computed = held.covers.0.lock().await;
    let known = computed
        .iter()
        .find(|one| one.epoch == epoch && one.list == *list.mark());
    if let Some(known) = known {
        return Ok(Arc::clone(&known.bytes));
    }
    let batch = desk
        .covers(&mut *parts.effects.rng(), epoch)
        .map_err(of_issue)?;
    let bytes = Arc::new(batch.to_bytes());
    computed.retain(|one| one.list == *list.mark());
    if computed.len() >= KEPT {
        computed.remove(0);
    }
    let list = *list.mark();
    computed.push(Computed {
        epoch,
        list,
        bytes: Arc::clone(&bytes),
    });
    Ok(bytes)
}

/// This authority's part of the proof of a draft. Computes.
pub(crate) fn prove(
    parts: &Parts,
    held: &Held,
    list: &SignedList,
    draft: &[u8],
) -> Result<ProofAnswer, Problem> {
    let desk = desk(parts, held, list)?;
    let draft = Draft::from_bytes(draft).map_err(|_| ProblemType::Malformed.problem())?;
    let share = desk
        .prove(&mut *parts.effects.rng(), &draft)
        .map_err(of_draft)?;
    Ok(ProofAnswer {
        authority: held.share.number().get(),
        share: Blob::new(share.to_bytes()).map_err(|_| ProblemType::Internal.problem())?,
    })
}

fn desk<'a>(parts: &Parts, held: &'a Held, list: &'a SignedList) -> Result<Desk<'a>, Problem> {
    let authority = held.share.mpin().ok_or(ProblemType::NotFound)?;
    authority
        .permits(list, held.window, parts.effects.now())
        .map_err(of_issue)
}

fn of_issue(error: IssueError) -> Problem {
    match error {
        IssueError::Revoked => ProblemType::Revoked.problem(),
        IssueError::Epoch => ProblemType::Epoch.problem(),
        _ => ProblemType::Internal.problem(),
    }
}

fn of_draft(rejected: DraftRejected) -> Problem {
    match rejected {
        DraftRejected::Epoch => ProblemType::Epoch.problem(),
        DraftRejected::Domain => ProblemType::Conflict
            .problem()
            .saying("the draft is of another state of the domain"),
        DraftRejected::List => ProblemType::Conflict
            .problem()
            .saying("the draft is of another list"),
        _ => ProblemType::Refused.problem(),
    }
}
