//! Connections, and the questions that each has to answer before it is used.

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod, Runtime,
};
use milagro_base::Seconds;
use milagro_ledger::{Account, Kind, LedgerId, Life};
use milagro_store::{Divergence, Event, Observer, OpenError};
use tokio::runtime::Handle;
use tokio::time::timeout;
use tokio_postgres::{Client, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::failure::Failure;
use crate::identity::Identity;
use crate::settings::{Settings, Transport};

/// The connections to one ledger.
#[derive(Debug)]
pub(crate) struct Link {
    pool: Pool,
    pub(crate) shared: Arc<Shared>,
}

/// What all connections to one ledger have in common.
pub(crate) struct Shared {
    pub(crate) id: LedgerId,
    pub(crate) birth: Seconds,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) patience: Duration,
    /// What was worthless by this time may have been forgotten; at least.
    pub(crate) forgotten: AtomicU64,
    /// For each kind, one more than the floor that is known to be in the database; 0 if none is.
    floors: Vec<AtomicU64>,
    known: Mutex<Identity>,
    days: Mutex<BTreeSet<i32>>,
    closed: OnceLock<Divergence>,
}

/// Why a server is not taken for the one that was opened.
#[derive(Debug)]
pub(crate) enum Examined {
    /// It did not say.
    Unanswered(tokio_postgres::Error),
    /// It is another, or has lost something.
    Diverged(Divergence),
}

/// A connection while one call uses it. One whose call was given up in the middle serves others only when the server
/// has answered all that was asked on it, and no transaction is left open: nobody waits behind that, and callers who
/// hang up do not make the server open new connections all the time.
pub(crate) struct Lease {
    object: Option<Object>,
    patience: Duration,
    is_for_others: bool,
}

impl Link {
    /// Connects nothing yet.
    pub(crate) fn new(settings: &Settings, shared: Arc<Shared>) -> Result<Self, OpenError> {
        let recycling_method = RecyclingMethod::Fast;
        let config = ManagerConfig { recycling_method };
        let server = settings.config();
        let manager = match &settings.transport {
            Transport::PlainText => Manager::from_config(server, NoTls, config),
            Transport::Tls(tls) => {
                Manager::from_config(server, MakeRustlsConnect::new((**tls).clone()), config)
            }
        };
        let looked_at = Arc::clone(&shared);
        let look = Hook::async_fn(move |client: &mut ClientWrapper, _metrics| {
            let shared = Arc::clone(&looked_at);
            Box::pin(async move { shared.look_at(client).await })
        });
        let wait = Some(settings.patience);
        let pool = Pool::builder(manager)
            .max_size(settings.connections)
            .wait_timeout(wait)
            .create_timeout(wait)
            .recycle_timeout(wait)
            .runtime(Runtime::Tokio1)
            .post_create(look)
            .build()
            .map_err(|error| OpenError::Unreachable(error.into()))?;
        Ok(Self { pool, shared })
    }

    /// A connection for one call.
    pub(crate) async fn lease(&self) -> Result<Lease, Failure> {
        if let Some(divergence) = self.shared.closed.get() {
            return Err(Failure::Refused(divergence.to_string()));
        }
        Ok(Lease {
            object: Some(self.pool.get().await?),
            patience: self.shared.patience,
            is_for_others: true,
        })
    }

    /// Connects to nothing any more.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

impl Lease {
    /// The connection.
    pub(crate) fn client(&mut self) -> Result<&mut Object, Failure> {
        self.object.as_mut().ok_or(Failure::Gone)
    }

    /// The connection, which nobody else uses afterwards.
    pub(crate) fn last_client(&mut self) -> Result<&mut Object, Failure> {
        self.is_for_others = false;
        self.client()
    }

    /// Gives the connection back after a call, unless it ended in a way that leaves the connection unclear.
    pub(crate) fn end<T>(mut self, result: Result<T, Failure>) -> Result<T, Failure> {
        let fit = result
            .as_ref()
            .map_or_else(Failure::leaves_connection, |_| true);
        if fit && self.is_for_others {
            drop(self.object.take());
        }
        self.is_for_others = false;
        result
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let Some(object) = self.object.take() else {
            return;
        };
        match Handle::try_current() {
            Ok(runtime) if self.is_for_others => {
                runtime.spawn(clean(object, self.patience));
            }
            _ => drop(Object::take(object)),
        }
    }
}

/// Gives a connection back once the server has answered all that was asked on it.
async fn clean(object: Object, patience: Duration) {
    let answered = timeout(patience, object.batch_execute("ROLLBACK")).await;
    if !matches!(answered, Ok(Ok(()))) {
        drop(Object::take(object));
    }
}

impl Shared {
    pub(crate) fn new(settings: &Settings, id: LedgerId, birth: Seconds, known: Identity) -> Self {
        Self {
            id,
            birth,
            observer: Arc::clone(&settings.observer),
            patience: settings.patience,
            forgotten: AtomicU64::new(0),
            floors: (0..=u8::MAX).map(|_| AtomicU64::new(0)).collect(),
            known: Mutex::new(known),
            days: Mutex::default(),
            closed: OnceLock::new(),
        }
    }

    /// Why nothing is answered any more, if so.
    pub(crate) fn closed(&self) -> Option<Divergence> {
        self.closed.get().copied()
    }

    /// A floor of this kind that is in the database.
    pub(crate) fn floor(&self, kind: Kind) -> Option<Seconds> {
        let floor = self.floors.get(usize::from(kind.to_byte()))?;
        let floor = floor.load(Ordering::Relaxed).checked_sub(1)?;
        Some(Seconds::new(floor))
    }

    /// The database has this floor for a kind.
    pub(crate) fn raise_floor(&self, kind: Kind, floor: Seconds) {
        if let Some(known) = self.floors.get(usize::from(kind.to_byte())) {
            known.fetch_max(floor.get().saturating_add(1), Ordering::Relaxed);
        }
    }

    /// Whether an account is worthless at a floor of its kind, or can have been charged before the ledger's birth.
    pub(crate) fn is_over(&self, account: &Account, floor: Seconds) -> bool {
        let forgotten = Seconds::new(self.forgotten.load(Ordering::Relaxed));
        match account.life() {
            Life::Lasting => false,
            Life::Span { from, until } => {
                until <= floor.max(forgotten) || from.is_some_and(|from| from <= self.birth)
            }
        }
    }

    pub(crate) fn days(&self) -> MutexGuard<'_, BTreeSet<i32>> {
        self.days.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks the server what it says of itself, and compares that with what was known before it was asked.
    pub(crate) async fn examine(&self, client: &Client) -> Result<(), Examined> {
        let known = *self.known();
        let identity = Identity::read(client).await.map_err(Examined::Unanswered)?;
        match identity.check(&known) {
            Ok(()) => {
                let mut known = self.known();
                known.log = known.log.max(identity.log);
                Ok(())
            }
            Err(divergence) => Err(Examined::Diverged(self.close(divergence))),
        }
    }

    /// How far the server's log had come when it was last asked.
    pub(crate) fn log(&self) -> u64 {
        self.known().log
    }

    fn known(&self) -> MutexGuard<'_, Identity> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self, divergence: Divergence) -> Divergence {
        if self.closed.set(divergence).is_ok() {
            self.observer.observe(&Event::Closed);
        }
        divergence
    }

    /// A new connection: is it the server, and the ledger, that was opened? As long as it stands nobody restores
    /// the ledger.
    async fn look_at(&self, client: &ClientWrapper) -> Result<(), HookError> {
        let row = client
            .query_one(SHARE, &[])
            .await
            .map_err(HookError::Backend)?;
        if !row.try_get::<_, bool>(0).map_err(HookError::Backend)? {
            return Err(HookError::message("the ledger is being restored"));
        }
        self.examine(client)
            .await
            .map_err(|examined| match examined {
                Examined::Unanswered(error) => HookError::Backend(error),
                Examined::Diverged(divergence) => HookError::message(divergence.to_string()),
            })?;
        let row = client
            .query_opt(NAME, &[])
            .await
            .map_err(HookError::Backend)?;
        let name = row.and_then(|row| row.try_get::<_, Vec<u8>>(0).ok());
        if name.as_deref() != Some(&self.id.to_bytes()[..]) {
            let divergence = self.close(Divergence::Renamed);
            return Err(HookError::message(divergence.to_string()));
        }
        self.observer.observe(&Event::Connected);
        Ok(())
    }
}

impl core::fmt::Debug for Shared {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Shared")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Whoever uses the ledger holds this lock together with others; whoever restores it, alone.
const SHARE: &str = "SELECT pg_try_advisory_lock_shared(hashtextextended('milagro ledger ' || current_schema(), 0))";
const NAME: &str = "SELECT id FROM ledger";
