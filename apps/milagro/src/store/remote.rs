//! A database while this process has it open.

#[cfg(test)]
mod tests;

use core::fmt;
use core::time::Duration;
use std::fs::File;
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};
use std::time::Instant;

use milagro_base::Seconds;
use milagro_store_postgres::Postgres;
use milagro_store_postgres::store::OpenError;
use milagro_store_redis::Redis;
use tokio::runtime::{Builder, Runtime};

use crate::exit::{Failure, Outcome};

/// How long it may take at the end until the witness knows how far the ledger has come.
const LEAVING: Duration = Duration::from_secs(5);

/// How often the database is asked for its time.
const ASKED: Duration = Duration::from_secs(30);
/// For how long the time that it told is believed.
const BELIEVED: Duration = Duration::from_secs(300);

/// A database, the threads that its connections live on, and the directory that nobody else works in meanwhile.
pub(crate) struct Remote<S: Kept> {
    store: Arc<S>,
    told: Arc<Told>,
    threads: Threads,
    _lock: File,
}

/// The time that the database has told, and when.
#[derive(Debug, Default)]
struct Told(Mutex<Option<(Seconds, Instant)>>);

/// Threads of connections, which outlast the runtime of any one command.
pub(super) struct Threads(Option<Runtime>);

/// What has to be done for a database from time to time.
pub(crate) trait Kept: Send + Sync + Sized + 'static {
    /// How often.
    const EACH: Duration;

    fn keep_up(&self) -> impl Future<Output = Result<(), OpenError>> + Send;

    /// The time by its own clock.
    fn clock(&self) -> impl Future<Output = Result<Seconds, OpenError>> + Send;
}

impl Kept for Postgres {
    const EACH: Duration = Duration::from_secs(120);

    fn keep_up(&self) -> impl Future<Output = Result<(), OpenError>> + Send {
        Self::keep_up(self)
    }

    fn clock(&self) -> impl Future<Output = Result<Seconds, OpenError>> + Send {
        Self::clock(self)
    }
}

impl Kept for Redis {
    const EACH: Duration = Duration::from_secs(5);

    fn keep_up(&self) -> impl Future<Output = Result<(), OpenError>> + Send {
        core::future::ready(Self::keep_up(self))
    }

    fn clock(&self) -> impl Future<Output = Result<Seconds, OpenError>> + Send {
        Self::clock(self)
    }
}

impl<S: Kept> Remote<S> {
    pub(super) fn new(store: S, threads: Threads, lock: File) -> Self {
        let (store, told) = (Arc::new(store), Arc::new(Told::default()));
        if let Some(runtime) = &threads.0 {
            runtime.block_on(told.ask(&*store));
            runtime.spawn(keep_up(Arc::downgrade(&store)));
            runtime.spawn(ask_again(Arc::clone(&told), Arc::downgrade(&store)));
        }
        Self {
            store,
            told,
            threads,
            _lock: lock,
        }
    }
}

impl<S: Kept> Remote<S> {
    pub(super) fn store(&self) -> &S {
        &self.store
    }

    /// The time by the clock of the database, if it has told it lately.
    pub(super) fn time(&self) -> Option<Seconds> {
        self.told.time()
    }
}

impl Told {
    async fn ask<S: Kept>(&self, store: &S) {
        match store.clock().await {
            Ok(time) => {
                let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                *told = Some((time, Instant::now()));
            }
            Err(error) => tracing::warn!(%error, "the database does not tell its time"),
        }
    }

    fn time(&self) -> Option<Seconds> {
        let told = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (time, since) = told.map(|(time, at)| (time, at.elapsed()))?;
        (since < BELIEVED).then(|| time.plus(Seconds::new(since.as_secs())))
    }
}

/// As long as somebody has it open.
async fn ask_again<S: Kept>(told: Arc<Told>, store: Weak<S>) {
    loop {
        tokio::time::sleep(ASKED).await;
        let Some(store) = store.upgrade() else {
            return;
        };
        told.ask(&*store).await;
    }
}

/// A command is over before the first time that anything is due: the witness would not know what it has written, and a database
/// that is put back to before that would be taken for what it was.
impl<S: Kept> Drop for Remote<S> {
    fn drop(&mut self) {
        let Some(runtime) = &self.threads.0 else {
            return;
        };
        if let Err(behind) = leave(runtime, &self.store, LEAVING) {
            warn(&behind);
        }
    }
}

/// Lets the witness know how far the ledger has come.
fn leave<S: Kept>(runtime: &Runtime, store: &Arc<S>, patience: Duration) -> Result<(), Behind> {
    let (store, (done, ended)) = (Arc::clone(store), mpsc::channel());
    runtime.spawn(async move {
        let kept = store.keep_up().await;
        drop(store);
        // Whoever waited long enough has gone.
        let _gone = done.send(kept);
    });
    match ended.recv_timeout(patience) {
        Ok(kept) => kept.map_err(|error| Behind(error.to_string())),
        Err(_) => Err(Behind("the database did not answer in time".to_owned())),
    }
}

/// Why the witness does not know of what this process has written.
#[derive(Debug)]
struct Behind(String);

impl fmt::Display for Behind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(why) = self;
        write!(
            f,
            "the file `witness` does not know of what was done just now: {why}. If the database were put back to before it, \
             that would not be noticed. Say `milagro status` when the database answers: it writes the file"
        )
    }
}

/// A service has a log; a command has none, and is about to end well.
fn warn(behind: &Behind) {
    if tracing::dispatcher::has_been_set() {
        tracing::warn!(%behind, "the database could not be kept up at the end");
    } else {
        eprintln!("milagro: {behind}");
    }
}

/// As long as somebody has it open.
async fn keep_up<S: Kept>(store: Weak<S>) {
    loop {
        tokio::time::sleep(S::EACH).await;
        let Some(store) = store.upgrade() else {
            return;
        };
        if let Err(error) = store.keep_up().await {
            tracing::error!(%error, "the database could not be kept up");
        }
    }
}

impl Threads {
    pub(super) fn new() -> Outcome<Self> {
        let mut builder = Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build();
        runtime
            .map(|runtime| Self(Some(runtime)))
            .map_err(Failure::other)
    }

    /// Waits for something that leaves connections behind.
    pub(super) fn wait<T>(&self, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
        match &self.0 {
            Some(runtime) => runtime.block_on(work),
            None => Err(Failure::other("the threads have ended")),
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        // A runtime may not be waited for where this is dropped by a task of another.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
