//! A registrar that was put back from a copy.
//!
//! Its list is an older one, and whoever was removed after the copy was made is there again. So before it signs another
//! list, it asks every authority that it has for the last one; what that says of subjects goes before what the copy says.

use alloc::sync::Arc;
use core::sync::atomic::Ordering;

use milagro_dta::permits::{ListMark, ListRejected, RevocationList, SignedList};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_ledger::{Records, Unavailable};
use milagro_mpin::Identity;
use milagro_wire::bounded::Blob;
use milagro_wire::client::CallError;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::lists::{ListError, Lists};

use crate::authorities::ask_all;
use crate::changes::Wish;
use crate::enrol::unavailable;
use crate::kinds::{LIST, RESTORED};
use crate::notes::Decision;
use crate::service::Service;
use crate::subjects::State;

/// Where it stands that records were put back.
const KEY: &[u8] = b"lists";

/// Says that the records of a registrar were put back from a copy. No list of theirs is used any more before every authority
/// has been asked for the last one, and the next one has a higher number than this, which is that of the last list that
/// anybody knows of.
///
/// # Errors
/// [`Unavailable`].
pub async fn restored(records: &dyn Records, number: u64) -> Result<(), Unavailable> {
    let before = find(records).await?;
    let number = before.map_or(number, |(before, _)| before.max(number));
    let entry = Entry {
        kind: RESTORED,
        key: KEY,
        value: &number.to_be_bytes(),
        expected: before.map(|(_, version)| version),
        until: None,
    };
    match records.put(entry).await? {
        Put::Stored(_) => Ok(()),
        Put::Conflict(_) => Err(Unavailable),
    }
}

async fn find(records: &dyn Records) -> Result<Option<(u64, Version)>, Unavailable> {
    let found = records.get(RESTORED, &[KEY]).await?;
    let Some(record) = found.into_iter().flatten().next() else {
        return Ok(None);
    };
    let number = record.value.as_slice().try_into().map(u64::from_be_bytes);
    Ok(Some((number.map_err(|_| Unavailable)?, record.version)))
}

impl Service {
    /// The last list.
    ///
    /// # Errors
    /// [`Problem`], also after a restore until [`Self::settle`] has found the last list that any authority has.
    pub async fn list(&self) -> Result<Option<Arc<SignedList>>, Problem> {
        self.check_whole().await?;
        Ok(self.lists.last(&*self.parts.records).await?)
    }

    /// Fails after a restore, until the last list was found: who was removed after the copy was made is not known before.
    pub(crate) async fn check_whole(&self) -> Result<(), Problem> {
        if self.whole.load(Ordering::Relaxed) {
            return Ok(());
        }
        let records = &*self.parts.records;
        let marked = find(records).await.map_err(unavailable)?.is_some();
        if marked || self.lists.least(records).await?.is_some() {
            return Err(ListError::Restored.into());
        }
        // Nobody puts records back under a process that runs.
        self.whole.store(true, Ordering::Relaxed);
        Ok(())
    }

    /// After a restore: takes up the last list that any authority has.
    pub(crate) async fn recover(&self) -> Result<(), Problem> {
        let records = &*self.parts.records;
        if let Some((number, version)) = find(records).await.map_err(unavailable)? {
            Lists::restored(records, LIST, self.domain.id(), number).await?;
            let gone = records.delete(RESTORED, KEY, version).await;
            let (Put::Stored(_) | Put::Conflict(_)) = gone.map_err(unavailable)?;
        }
        let Some(least) = self.lists.least(records).await? else {
            return Ok(());
        };
        let newest = self.newest().await?;
        if let Some(newest) = &newest {
            self.remove_whom(newest.list()).await?;
        }
        let list = self.after_restore(newest.as_deref(), least).await?;
        let number = self.lists.take(records, &list).await?;
        Decision::new("list", "found after a restore")
            .number(number)
            .record(&self.parts)
            .await
    }

    /// The list with the highest number that any authority or the copy has. Every authority has to answer: one that does
    /// not may be the one that has it.
    async fn newest(&self) -> Result<Option<Arc<SignedList>>, Problem> {
        let id = Blob::new(self.domain.id().to_bytes()).map_err(|_| ProblemType::Internal)?;
        let said = ask_all(&self.members, |member| {
            let id = id.clone();
            async move { member.list(&id).await }
        });
        let mut newest = self.lists.known(&*self.parts.records).await?;
        for said in said.await {
            let bytes = match said.answer {
                Ok(bytes) => bytes,
                Err(CallError::Problem(problem))
                    if problem.known() == Some(ProblemType::NotFound) =>
                {
                    continue;
                }
                Err(error) => {
                    tracing::warn!(%error, authority = said.number.get(), "list after a restore");
                    return Err(lacks(said.number.get()));
                }
            };
            let (domain, registrar) = (*self.domain.id(), self.keys.public());
            let last = newest.as_ref().map_or(ListMark::NONE, |list| *list.mark());
            let read = self
                .parts
                .pool
                .run(move || SignedList::from_bytes(&bytes, &domain, &registrar, &last));
            match read.await? {
                Ok(list) => newest = Some(Arc::new(list)),
                Err(ListRejected::Older) => {}
                Err(error) => {
                    tracing::warn!(%error, authority = said.number.get(), "list after a restore");
                    return Err(lacks(said.number.get()));
                }
            }
        }
        Ok(newest)
    }

    /// Notes the removal of everybody whom a list revokes and the copy does not.
    async fn remove_whom(&self, list: &RevocationList) -> Result<(), Problem> {
        let subjects = self.subjects();
        let mut after = Vec::new();
        loop {
            let page = subjects.page(&after).await.map_err(unavailable)?;
            for (name, subject) in &page.subjects {
                let is_removed = matches!(subject.state, State::Removed { .. });
                if !is_removed && list.contains(&Identity::pseudonym(name)) {
                    let wished = subjects.wish(name, Wish::Remove).await;
                    wished.map_err(unavailable)?;
                }
            }
            match page.next {
                Some(next) => after = next,
                None => return Ok(()),
            }
        }
    }

    /// The bytes of that list, if its number is high enough; else of one that says the same under the next number.
    async fn after_restore(
        &self,
        newest: Option<&SignedList>,
        least: u64,
    ) -> Result<Vec<u8>, Problem> {
        if let Some(newest) = newest.filter(|newest| newest.mark().sequence >= least) {
            return Ok(newest.to_bytes());
        }
        let list = newest.map_or_else(
            || RevocationList::new(*self.domain.id()),
            |newest| newest.list().clone(),
        );
        let last = ListMark {
            sequence: least,
            ..newest.map_or(ListMark::NONE, |newest| *newest.mark())
        };
        let (keys, effects) = (Arc::clone(&self.keys), self.parts.effects.clone());
        let signed = self.parts.pool.run(move || {
            let signed = list.sign(&mut *effects.rng(), &keys.signs, &last);
            signed.map(|signed| signed.to_bytes())
        });
        Ok(signed.await?.map_err(ListError::from)?)
    }
}

fn lacks(number: u16) -> Problem {
    let words = format!(
        "put back from a copy: authority {number} has to say what the last list is, or be taken out of the configuration"
    );
    ProblemType::Unavailable.problem().saying(words).after(60)
}
