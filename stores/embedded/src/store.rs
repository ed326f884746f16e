//! The store, as its users hold it.

use alloc::sync::Arc;
use core::fmt;
use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::records::{Entry, Page, Put, Record, Version};
use milagro_ledger::{
    Account, Answer, Charge, Kind, Ledger, LedgerId, Records, Unavailable, Usage, Verdict,
};

use milagro_store::{Event, Observer, Outcome};

use crate::error::OpenError;
use crate::file::File;
use crate::shelf::Shelved;
use crate::watch::{Counters, Watch};
use crate::writer::{Answered, Job, Request, Waiting, ask, start};

/// A ledger and records in one file of one process. Dropping it waits until what was asked is on the disk.
pub struct EmbeddedStore {
    id: LedgerId,
    /// `None` only while it is being dropped.
    queue: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    watch: Arc<Watch>,
    latest: AtomicU64,
}

impl EmbeddedStore {
    pub(crate) fn start(file: File) -> Result<Self, OpenError> {
        let id = file.id();
        let latest = AtomicU64::new(file.meta.latest().get());
        let (queue, jobs) = sync_channel(file.settings().waiting.max(1));
        let watch = Arc::<Watch>::default();
        let thread = start(file, jobs, Arc::clone(&watch)).map_err(OpenError::Io)?;
        Ok(Self {
            id,
            queue: Some(queue),
            thread: Some(thread),
            watch,
            latest,
        })
    }

    /// The latest time that anything was charged at, by the clock of whoever charged: before it was opened, too. A clock that
    /// is behind it goes wrong, or one that was ahead has.
    #[must_use]
    pub fn latest(&self) -> Seconds {
        Seconds::new(self.latest.load(Ordering::Relaxed))
    }

    /// How much it has done since it was opened.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.watch.counters
    }

    /// Tells an observer of answers, failures and forgotten days, for metrics. There is one at most: the first.
    #[must_use]
    pub fn observed_by(self, observer: Arc<dyn Observer>) -> Self {
        self.watch.begin(observer);
        self
    }

    fn ask(&self, request: Request) -> Option<Waiting> {
        self.queue.as_ref().map(|queue| ask(queue, request))
    }

    async fn answer(&self, request: Request) -> Result<Answered, Unavailable> {
        let (start, size) = (Instant::now(), request.size());
        let answer = match self.ask(request) {
            Some(waiting) => waiting.await.unwrap_or(Err(Unavailable)),
            None => Err(Unavailable),
        };
        self.watch.tell(&Event::Answered {
            outcome: match answer {
                Ok(_) => Outcome::Complete,
                Err(Unavailable) => Outcome::Unavailable,
            },
            size,
            took: start.elapsed(),
        });
        answer
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        // The thread ends when the queue is empty and nobody can fill it any more.
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

impl fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmbeddedStore")
            .field("id", &self.id)
            .field("counters", &self.watch.counters)
            .finish_non_exhaustive()
    }
}

impl Ledger for EmbeddedStore {
    fn id(&self) -> LedgerId {
        self.id
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move {
            match self.answer(Request::Charge(now, charges.to_vec())).await {
                Ok(Answered::Verdicts(verdicts)) => {
                    self.latest.fetch_max(now.get(), Ordering::Relaxed);
                    verdicts
                }
                _ => vec![Verdict::Unknown; charges.len()],
            }
        })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            let answer = self.answer(Request::Refund(charges.to_vec())).await;
            answer.map(drop)
        })
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move {
            let answer = self.answer(Request::Clear(accounts.to_vec())).await;
            answer.map(drop)
        })
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(async move {
            match self.answer(Request::Usage(accounts.to_vec())).await? {
                Answered::Usages(usages) => Ok(usages),
                _ => Err(Unavailable),
            }
        })
    }
}

impl Records for EmbeddedStore {
    fn get<'a>(
        &'a self,
        kind: Kind,
        keys: &'a [&'a [u8]],
    ) -> Answer<'a, Result<Vec<Option<Record>>, Unavailable>> {
        Box::pin(async move {
            let keys = keys.iter().map(|key| key.to_vec()).collect();
            match self.answer(Request::Get(kind, keys)).await? {
                Answered::Records(records) => Ok(records),
                _ => Err(Unavailable),
            }
        })
    }

    fn put<'a>(&'a self, entry: Entry<'a>) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(async move {
            if !entry.is_in_bounds() {
                return Err(Unavailable);
            }
            let entry = Shelved {
                kind: entry.kind,
                key: entry.key.to_vec(),
                value: entry.value.to_vec(),
                expected: entry.expected,
                until: entry.until,
            };
            self.stored(Request::Put(entry)).await
        })
    }

    fn delete<'a>(
        &'a self,
        kind: Kind,
        key: &'a [u8],
        expected: Version,
    ) -> Answer<'a, Result<Put, Unavailable>> {
        Box::pin(self.stored(Request::Delete(kind, key.to_vec(), expected)))
    }

    fn list<'a>(
        &'a self,
        kind: Kind,
        prefix: &'a [u8],
        after: &'a [u8],
        limit: u16,
    ) -> Answer<'a, Result<Page, Unavailable>> {
        Box::pin(async move {
            let request = Request::List(kind, prefix.to_vec(), after.to_vec(), limit);
            match self.answer(request).await? {
                Answered::Page(page) => Ok(page),
                _ => Err(Unavailable),
            }
        })
    }
}

impl EmbeddedStore {
    async fn stored(&self, request: Request) -> Result<Put, Unavailable> {
        match self.answer(request).await? {
            Answered::Put(put) => Ok(put),
            _ => Err(Unavailable),
        }
    }
}
