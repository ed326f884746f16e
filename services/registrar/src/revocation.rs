//! Revocation lists: made from what was removed and restored, signed, kept, and given to every authority.

use alloc::sync::Arc;

use milagro_dta::permits::{ListMark, RevocationList, SignedList};
use milagro_mpin::Identity;
use milagro_wire::bounded::{Blob, List};
use milagro_wire::client::CallError;
use milagro_wire::forms::registrar::PushAnswer;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::lists::ListError;

use crate::authorities::ask_all;
use crate::changes::{AT_ONCE, Notes};
use crate::enrol::unavailable;
use crate::notes::Decision;
use crate::service::Service;
use crate::subjects::{Pseudonym, State};

/// How often to go on when another process is faster, or there is more to take up.
const TRIES: usize = 128;

impl Service {
    /// Has a list that says all that was removed and restored before this call; makes the next one where the last does not.
    ///
    /// # Errors
    /// [`Problem`].
    pub async fn settle(&self) -> Result<Arc<SignedList>, Problem> {
        self.recover().await?;
        for _ in 0..TRIES {
            // In this order: what has no note by now, the list that is read after it says.
            let notes = self.subjects().notes(AT_ONCE).await.map_err(unavailable)?;
            let last = self.list().await?;
            if let Some(last) = last.as_ref().filter(|_| notes.is_empty()) {
                return Ok(Arc::clone(last));
            }
            match self.next(last.as_deref(), &notes).await {
                // Another process has made the next one.
                Err(ListError::Records | ListError::Rejected(_)) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => self.subjects().erase(&notes).await.map_err(unavailable)?,
            }
        }
        Err(ProblemType::Unavailable.problem().after(1))
    }

    /// Makes the next list, if it says anything that the last one does not. Where somebody is removed it is made in any case: a
    /// process that has read that an earlier removal was taken back may be about to write a list that says so, and comes too
    /// late then. A restoration can be lost in this way, which leaves somebody out until it is said again.
    async fn next(&self, last: Option<&SignedList>, notes: &Notes) -> Result<(), ListError> {
        let (mut leaving, mut coming) = (Vec::new(), Vec::new());
        for name in notes.keys() {
            match self.subjects().apply(name).await? {
                Some(State::Removed { .. }) => leaving.push(*name),
                _ => coming.push(*name),
            }
        }
        let known = last.map(|last| (last.list().clone(), *last.mark()));
        let (mut list, mark) =
            known.unwrap_or_else(|| (RevocationList::new(*self.domain.id()), ListMark::NONE));
        let has_changed = change(&mut list, &leaving, &coming);
        if !has_changed && leaving.is_empty() && mark != ListMark::NONE {
            return Ok(());
        }
        let (keys, effects) = (Arc::clone(&self.keys), self.parts.effects.clone());
        let signed = self.parts.pool.run(move || {
            let signed = list.sign(&mut *effects.rng(), &keys.signs, &mark);
            signed.map(|signed| (*signed.mark(), signed.to_bytes()))
        });
        let (mark, bytes) = signed.await.map_err(|_| ListError::Unavailable)??;
        let number = self.lists.take(&*self.parts.records, &bytes).await?;
        let decision = Decision::new("list", "made").number(mark.sequence);
        decision
            .record(&self.parts)
            .await
            .map_err(|_| ListError::Unavailable)?;
        debug_assert_eq!(number, mark.sequence);
        Ok(())
    }

    /// Makes the next list where there is anything new, and gives the last one to every authority. What an authority does not
    /// take, it is given again by the next call.
    ///
    /// # Errors
    /// [`Problem`] if there is no list; that an authority does not take it is in the answer.
    pub async fn push(&self) -> Result<PushAnswer, Problem> {
        let list = self.settle().await?;
        self.give(&list).await
    }

    /// Gives a list to every authority.
    pub(crate) async fn give(&self, list: &SignedList) -> Result<PushAnswer, Problem> {
        let domain = Blob::new(self.domain.id().to_bytes()).map_err(|_| ProblemType::Internal)?;
        let bytes: Arc<[u8]> = list.to_bytes().into();
        let said = ask_all(&self.members, |member| {
            let (domain, bytes) = (domain.clone(), Arc::clone(&bytes));
            async move { member.put_list(&domain, &bytes).await }
        });
        let number = list.mark().sequence;
        let (mut taken, mut faults) = (0_u16, Vec::new());
        for said in said.await {
            match said.answer {
                Ok(answer) if answer.number == number => taken = taken.saturating_add(1),
                Ok(_) => faults.push(format!(
                    "authority {}: it has another list",
                    said.number.get()
                )),
                Err(error) => faults.push(fault(said.number.get(), &error)),
            }
        }
        let revoked = u64::try_from(list.list().len()).unwrap_or(u64::MAX);
        let outcome = if faults.is_empty() {
            "taken"
        } else {
            "not taken by all"
        };
        Decision::new("list", outcome)
            .number(number)
            .record(&self.parts)
            .await?;
        let faults = List::new(faults).map_err(|_| ProblemType::Internal)?;
        Ok(PushAnswer {
            number,
            revoked,
            taken,
            faults,
        })
    }
}

/// What an authority has said, without words that come from it: only known problems are repeated.
fn fault(number: u16, error: &CallError) -> String {
    let why = match error {
        CallError::Problem(problem) => problem
            .known()
            .map_or("an unknown problem", ProblemType::word),
        CallError::Status(_) | CallError::Answer => "no answer of an authority",
        _ => "no connection",
    };
    format!("authority {number}: {why}")
}

/// Whether a list has changed.
fn change(list: &mut RevocationList, leaving: &[Pseudonym], coming: &[Pseudonym]) -> bool {
    let mut changed = false;
    for name in leaving {
        changed |= list.revoke(&Identity::pseudonym(name));
    }
    for name in coming {
        changed |= list.restore(&Identity::pseudonym(name));
    }
    changed
}
