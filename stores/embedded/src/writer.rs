//! The one thread that writes. What waits for it goes into one commit.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender};
use std::thread::JoinHandle;

use milagro_base::Seconds;
use milagro_ledger::records::{Page, Put, Record, Version};
use milagro_ledger::{Account, Charge, Kind, Unavailable, Usage, Verdict};
use milagro_store::Event;
use tokio::sync::oneshot;

use crate::book::Book;
use crate::file::{File, begin};
use crate::shelf::{Shelf, Shelved};
use crate::watch::Watch;

/// How many requests one commit serves at most.
const GROUP: usize = 1024;
/// How many records one commit forgets at most.
const FORGET: usize = 4096;

/// What is asked of the thread.
pub(crate) enum Request {
    Charge(Seconds, Vec<Charge>),
    Refund(Vec<Charge>),
    Clear(Vec<Account>),
    Usage(Vec<Account>),
    Get(Kind, Vec<Vec<u8>>),
    Put(Shelved),
    Delete(Kind, Vec<u8>, Version),
    List(Kind, Vec<u8>, Vec<u8>, u16),
}

/// What it answers.
pub(crate) enum Answered {
    Done,
    Verdicts(Vec<Verdict>),
    Usages(Vec<Usage>),
    Records(Vec<Option<Record>>),
    Put(Put),
    Page(Page),
}

pub(crate) type Reply = oneshot::Sender<Result<Answered, Unavailable>>;
pub(crate) type Job = (Request, Reply);

/// The thread; it ends when nobody can ask any more.
pub(crate) fn start(
    mut file: File,
    jobs: Receiver<Job>,
    watch: Arc<Watch>,
) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new()
        .name("milagro-store".into())
        .spawn(move || {
            while let Ok(first) = jobs.recv() {
                let mut group = vec![first];
                group.extend(jobs.try_iter().take(GROUP - 1));
                serve(&mut file, group, &watch);
            }
        })
}

/// A queue to the thread that refuses when it is full.
pub(crate) fn ask(queue: &SyncSender<Job>, request: Request) -> Waiting {
    let (reply, answer) = oneshot::channel();
    // A full queue drops the job and with it the reply, which the other end takes for unavailable.
    let _full = queue.try_send((request, reply));
    answer
}

pub(crate) type Waiting = oneshot::Receiver<Result<Answered, Unavailable>>;

/// Answers a group of jobs after what they changed is on the disk.
fn serve(file: &mut File, group: Vec<Job>, watch: &Watch) {
    let counters = &watch.counters;
    let (requests, replies): (Vec<Request>, Vec<Reply>) = group.into_iter().unzip();
    let charges: usize = requests.iter().map(Request::charges).sum();
    counters.charges.fetch_add(
        u64::try_from(charges).unwrap_or(u64::MAX),
        Ordering::Relaxed,
    );
    let answers = commit(file, &requests);
    match answers {
        Ok(Committed {
            answers,
            has_written,
            forgotten,
        }) => {
            for day in forgotten {
                watch.tell(&Event::Forgot { day });
            }
            let commits = u64::from(has_written);
            counters.commits.fetch_add(commits, Ordering::Relaxed);
            for (reply, answer) in replies.into_iter().zip(answers) {
                // Whoever hung up does not want it.
                let _gone = reply.send(Ok(answer));
            }
        }
        Err(storage) => {
            watch.tell(&Event::Failed { reason: &storage });
            counters.failures.fetch_add(1, Ordering::Relaxed);
            for reply in replies {
                let _gone = reply.send(Err(Unavailable));
            }
            file.reopen();
        }
    }
}

/// What came of a commit.
struct Committed {
    answers: Vec<Answered>,
    /// Whether anything was written.
    has_written: bool,
    /// Days whose accounts are gone.
    forgotten: BTreeSet<u64>,
}

fn commit(file: &mut File, requests: &[Request]) -> Result<Committed, redb::Error> {
    let parts = file.parts()?;
    let transaction = begin(parts.database)?;
    let mut meta = parts.meta.clone();
    let mut room = *parts.room;
    let day = meta.latest().get() / 86_400;
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        let mut book = Book {
            transaction: &transaction,
            meta: &mut meta,
            room: &mut room,
        };
        answers.push(answer(&mut book, request)?);
    }
    if requests.iter().all(Request::only_reads) {
        // What was read is on the disk already.
        transaction.abort()?;
        return Ok(Committed {
            answers,
            has_written: false,
            forgotten: BTreeSet::new(),
        });
    }
    let mut forgotten = BTreeSet::new();
    let mut is_behind = *parts.is_behind;
    if meta.latest().get() / 86_400 != day {
        let mut book = Book {
            transaction: &transaction,
            meta: &mut meta,
            room: &mut room,
        };
        forgotten = book.forget()?;
        is_behind = true;
    }
    if is_behind {
        let mut shelf = Shelf {
            transaction: &transaction,
            meta: &mut meta,
        };
        // What is left goes with the commits that follow.
        is_behind = shelf.forget(FORGET)? == FORGET;
    }
    meta.sequence = meta.sequence.saturating_add(1);
    meta.write(&transaction)?;
    transaction.commit()?;
    *parts.meta = meta;
    *parts.room = room;
    *parts.is_behind = is_behind;
    file.testify();
    Ok(Committed {
        answers,
        has_written: true,
        forgotten,
    })
}

fn answer(book: &mut Book<'_>, request: &Request) -> Result<Answered, redb::Error> {
    match request {
        Request::Charge(now, charges) => charges
            .iter()
            .map(|charge| book.charge(*now, charge))
            .collect::<Result<_, _>>()
            .map(Answered::Verdicts),
        Request::Refund(charges) => charges
            .iter()
            .try_for_each(|charge| book.refund(charge))
            .map(|()| Answered::Done),
        Request::Clear(accounts) => accounts
            .iter()
            .try_for_each(|account| book.clear(account))
            .map(|()| Answered::Done),
        Request::Usage(accounts) => accounts
            .iter()
            .map(|account| book.usage(account))
            .collect::<Result<_, _>>()
            .map(Answered::Usages),
        _ => on_shelf(
            &mut Shelf {
                transaction: book.transaction,
                meta: book.meta,
            },
            request,
        ),
    }
}

fn on_shelf(shelf: &mut Shelf<'_>, request: &Request) -> Result<Answered, redb::Error> {
    match request {
        Request::Get(kind, keys) => keys
            .iter()
            .map(|key| shelf.get(*kind, key))
            .collect::<Result<_, _>>()
            .map(Answered::Records),
        Request::Put(entry) => shelf.put(entry).map(Answered::Put),
        Request::Delete(kind, key, expected) => {
            shelf.delete(*kind, key, *expected).map(Answered::Put)
        }
        Request::List(kind, prefix, after, limit) => {
            shelf.list(*kind, prefix, after, *limit).map(Answered::Page)
        }
        _ => Ok(Answered::Done),
    }
}

impl Request {
    /// How many charges, accounts or keys it asks for.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Charge(_, charges) | Self::Refund(charges) => charges.len(),
            Self::Clear(accounts) | Self::Usage(accounts) => accounts.len(),
            Self::Get(_, keys) => keys.len(),
            Self::Put(_) | Self::Delete(..) => 1,
            Self::List(_, _, _, limit) => usize::from(*limit),
        }
    }

    const fn only_reads(&self) -> bool {
        matches!(self, Self::Usage(_) | Self::Get(..) | Self::List(..))
    }

    const fn charges(&self) -> usize {
        match self {
            Self::Charge(_, charges) => charges.len(),
            _ => 0,
        }
    }
}
