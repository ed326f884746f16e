//! Bulletins: made with the authorities, checked, and put into a directory as files that are named by their hash.
//!
//! Which files an epoch has, the records say, and they say it once all files are there.

use core::sync::atomic::Ordering;

use milagro_base::{Reader, Seconds, Writer};
use milagro_dta::issue::Received;
use milagro_dta::permits::bulletin::{Bulletin, CoverBatch, Draft, ProofShare};
use milagro_dta::permits::{Period, SignedList};
use milagro_dta::{AuthorityId, Mpin, TrustDomain};
use milagro_ledger::records::{Entry, Put, Version};
use milagro_mpin::names::Epoch;
use milagro_wire::bounded::Blob;
use milagro_wire::forms::registrar::BulletinAnswer;
use milagro_wire::name::Name;
use milagro_wire::problem::{Problem, ProblemType};

use crate::authorities::ask_all;
use crate::enrol::unavailable;
use crate::files::{self, Old};
use crate::kinds::BULLETIN;
use crate::notes::Decision;
use crate::service::Service;

const VERSION: u8 = 1;

/// What an epoch's files are, as it is kept.
struct Kept {
    answer: BulletinAnswer,
    version: Version,
}

impl Service {
    /// The files of an epoch.
    pub(crate) async fn bulletin(&self, epoch: Epoch) -> Result<BulletinAnswer, Problem> {
        let kept = self.kept(epoch).await?;
        Ok(kept.ok_or(ProblemType::NotFound)?.answer)
    }

    /// Whether there is a directory for bulletins.
    #[must_use]
    pub const fn publishes(&self) -> bool {
        self.bulletins.is_some()
    }

    /// Publishes the bulletin of an epoch by the newest list, unless that is what is published: makes and gives the list to the
    /// authorities, has them make and prove the permits, checks all of it, and writes the files.
    ///
    /// # Errors
    /// [`Problem`]: [`ProblemType::Epoch`], [`ProblemType::NotFound`] if there is no directory, [`ProblemType::Unavailable`] if too
    /// few authorities do their part.
    pub async fn publish(&self, epoch: Epoch) -> Result<BulletinAnswer, Problem> {
        let directory = self.bulletins.clone().ok_or(ProblemType::NotFound)?;
        let now = self.parts.effects.now();
        if !self.window.allows(epoch, now) {
            return Err(ProblemType::Epoch.problem());
        }
        let list = self.settle().await?;
        let kept = self.kept(epoch).await?;
        if let Some(kept) = kept
            .as_ref()
            .filter(|kept| kept.answer.list >= list.mark().sequence)
            .filter(|kept| files::are_there(&directory, &kept.answer))
        {
            return Ok(kept.answer);
        }
        self.give(&list).await?;
        let number = list.mark().sequence;
        let period = Period {
            epoch,
            length: self.window.length,
        };
        let draft = self.draft(&list, period).await?;
        let bulletin = self.prove(draft).await?;
        if !bulletin.is_of(&list) {
            return Err(ProblemType::Internal.problem());
        }
        let names = self
            .parts
            .pool
            .run(move || files::write_all(&directory, &bulletin))
            .await?;
        let (bulletin, index) = names.map_err(|error| {
            tracing::error!(kind = ?error.kind(), "bulletins cannot be written");
            ProblemType::Unavailable
                .problem()
                .saying("bulletins cannot be written")
        })?;
        let answer = BulletinAnswer {
            epoch: epoch.0,
            list: number,
            bulletin,
            index,
        };
        self.keep(answer, kept.map(|kept| kept.version)).await?;
        Decision::new("bulletin", "published")
            .number(epoch.0)
            .record(&self.parts)
            .await?;
        Ok(answer)
    }

    /// Publishes what is due: the present epoch's bulletin, and the next one's in the last quarter of the present one.
    ///
    /// # Errors
    /// As [`Self::publish`].
    pub async fn publish_due(&self) -> Result<(), Problem> {
        let (now, length) = (self.parts.effects.now(), self.window.length);
        let present = Epoch::at(now, length);
        self.publish(present).await?;
        let soon = Epoch::at(now.plus(Seconds::new(length.seconds().get() / 4)), length);
        if soon != present && self.window.ahead > 0 {
            self.publish(soon).await?;
        }
        self.sweep(present).await
    }

    /// Deletes the files of epochs that ended long ago, once in each epoch. What cannot be deleted takes room and does no
    /// harm.
    async fn sweep(&self, present: Epoch) -> Result<(), Problem> {
        let Some(directory) = self.bulletins.clone() else {
            return Ok(());
        };
        if self.swept.swap(present.0, Ordering::Relaxed) == present.0 {
            return Ok(());
        }
        let now = self.parts.effects.now();
        let old = Old {
            domain: *self.domain.id(),
            ended: now.minus(self.keep),
            now,
        };
        let swept = self.parts.pool.run(move || files::sweep(&directory, &old));
        match swept.await? {
            Ok(0) => {}
            Ok(files) => tracing::info!(files, "old bulletins are deleted"),
            Err(error) => {
                tracing::warn!(kind = ?error.kind(), "old bulletins cannot be deleted");
            }
        }
        Ok(())
    }

    /// The permits that t authorities make.
    async fn draft(&self, list: &SignedList, period: Period) -> Result<Draft, Problem> {
        let id = Blob::new(self.domain.id().to_bytes()).map_err(|_| ProblemType::Internal)?;
        let said = ask_all(&self.members, |member| {
            let id = id.clone();
            async move { member.covers(&id, period.epoch.0).await }
        });
        let batches: Vec<(AuthorityId, Vec<u8>)> = said
            .await
            .into_iter()
            .filter_map(|said| Some((said.number, said.answer.ok()?)))
            .collect();
        let (domain, list) = (self.domain.clone(), list.clone());
        let combined = self
            .parts
            .pool
            .run(move || combine(&domain, &list, period, &batches))
            .await?;
        combined.ok_or_else(too_few)
    }

    /// The same with the proof of t authorities.
    async fn prove(&self, draft: Draft) -> Result<Bulletin, Problem> {
        let id = Blob::new(self.domain.id().to_bytes()).map_err(|_| ProblemType::Internal)?;
        let said = ask_all(&self.members, |member| {
            let (id, draft) = (id.clone(), draft.clone());
            async move { member.prove(&id, &draft).await }
        });
        let shares: Vec<Received<ProofShare>> = said
            .await
            .into_iter()
            .filter_map(|said| {
                let answer = said.answer.ok()?;
                let value = ProofShare::from_bytes(answer.share.as_bytes()).ok()?;
                Some(Received {
                    from: said.number,
                    value,
                })
            })
            .collect();
        let domain = self.domain.clone();
        let proven = self
            .parts
            .pool
            .run(move || draft.prove(&domain, shares))
            .await?;
        let proven = proven.map_err(|error| {
            tracing::warn!(%error, "bulletin");
            too_few()
        })?;
        Ok(proven.key)
    }

    async fn kept(&self, epoch: Epoch) -> Result<Option<Kept>, Problem> {
        let found = self
            .parts
            .records
            .get(BULLETIN, &[&self.key(epoch)])
            .await
            .map_err(unavailable)?;
        let Some(record) = found.into_iter().flatten().next() else {
            return Ok(None);
        };
        let answer = read(epoch, &record.value).ok_or(ProblemType::Unavailable)?;
        Ok(Some(Kept {
            answer,
            version: record.version,
        }))
    }

    /// Names the files of an epoch. Another process that was faster has named its own, of this list or a later one.
    async fn keep(&self, answer: BulletinAnswer, expected: Option<Version>) -> Result<(), Problem> {
        let value = Writer::new()
            .u8(VERSION)
            .u64(answer.list)
            .bytes(answer.bulletin.as_bytes())
            .bytes(answer.index.as_bytes())
            .finish();
        let end = answer
            .epoch
            .saturating_add(1)
            .saturating_mul(self.window.length.seconds().get());
        let entry = Entry {
            kind: BULLETIN,
            key: &self.key(Epoch(answer.epoch)),
            value: &value,
            expected,
            until: Some(Seconds::new(end)),
        };
        match self.parts.records.put(entry).await.map_err(unavailable)? {
            Put::Stored(_) => Ok(()),
            Put::Conflict(_) => Err(ProblemType::Unavailable.problem().after(1)),
        }
    }

    fn key(&self, epoch: Epoch) -> Vec<u8> {
        Writer::new()
            .bytes(&self.domain.id().to_bytes())
            .u64(epoch.0)
            .finish()
    }
}

fn combine(
    domain: &TrustDomain<Mpin>,
    list: &SignedList,
    period: Period,
    batches: &[(AuthorityId, Vec<u8>)],
) -> Option<Draft> {
    let batches = batches.iter().filter_map(|(from, bytes)| {
        let value = CoverBatch::from_bytes(bytes).ok()?;
        Some(Received { from: *from, value })
    });
    let combined = Draft::combine(domain, list, period, batches);
    combined
        .inspect_err(|error| tracing::warn!(%error, "bulletin"))
        .ok()
        .map(|combined| combined.key)
}

fn too_few() -> Problem {
    ProblemType::Unavailable
        .problem()
        .saying("too few authorities do their part of the bulletin")
        .after(5)
}

fn read(epoch: Epoch, bytes: &[u8]) -> Option<BulletinAnswer> {
    let mut reader = Reader::new(bytes);
    reader.version(VERSION).ok()?;
    let list = reader.u64().ok()?;
    let bulletin = Name::from_bytes(*reader.array().ok()?);
    let index = Name::from_bytes(*reader.array().ok()?);
    reader.finish().ok()?;
    Some(BulletinAnswer {
        epoch: epoch.0,
        list,
        bulletin,
        index,
    })
}
