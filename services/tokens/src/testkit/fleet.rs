//! Processes over one set of stores.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use axum::Router;
use milagro_base::Seconds;
use milagro_ledger::{Ledger, Records};
use milagro_voprf::rand_core::CryptoRng;
use milagro_voprf::tokens::schedule::{ScheduleSigner, ScheduleVerifier};
use milagro_wire::client::{Endpoint, EndpointError};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Frame, Limits, Listening, Pool, frame, serve};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use zeroize::Zeroizing;

use crate::authenticate::Authenticate;
use crate::client::TokenService;
use crate::primary::{self, Primary, Safe};
use crate::service::routes::router;
use crate::service::{Keys, Parts, Served, Service};
use crate::tenant::{Tenant, TenantSettings};
use crate::testkit::door::ByName;

/// Whatever went wrong.
pub type Failure = Box<dyn core::error::Error + Send + Sync>;

/// A clock that goes when it is told to.
#[derive(Clone, Debug)]
pub struct Clock(Arc<AtomicU64>);

impl Clock {
    /// A clock that stands at that time.
    #[must_use]
    pub fn at(now: Seconds) -> Self {
        Self(Arc::new(AtomicU64::new(now.get())))
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Seconds {
        Seconds::new(self.0.load(Ordering::SeqCst))
    }

    /// Moves it on.
    pub fn advance(&self, by: Seconds) {
        self.0.fetch_add(by.get(), Ordering::SeqCst);
    }
}

/// What a fleet stands on.
#[expect(clippy::exhaustive_structs, reason = "a caller fills in all of it")]
pub struct Ground<R> {
    /// One handle on the one ledger for each process; they are given out in turn.
    pub ledgers: Vec<Arc<dyn Ledger>>,
    /// The records of all.
    pub records: Arc<dyn Records>,
    /// An empty directory for audit files.
    pub directory: PathBuf,
    /// The time at the start, after the birth of the ledger.
    pub start: Seconds,
    /// Makes generators.
    pub generator: fn() -> R,
    /// Makes clients of HTTP.
    pub connect: fn(&str) -> Result<Endpoint, EndpointError>,
}

milagro_base::opaque_debug!(Ground<R>);

/// What a process does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "there is no third")]
pub enum Role {
    /// Issues, and publishes what is due.
    Issuer,
    /// Redeems.
    Redeemer,
}

/// Processes over one set of stores, with one tenant.
pub struct Fleet {
    /// Their clock.
    pub clock: Clock,
    /// Their clock and generators.
    pub effects: Effects,
    /// Whose signature schedules have.
    pub verifier: ScheduleVerifier,
    ledgers: Vec<Arc<dyn Ledger>>,
    ledger: Arc<dyn Ledger>,
    records: Arc<dyn Records>,
    operator: Arc<OperatorKey>,
    directory: PathBuf,
    connect: fn(&str) -> Result<Endpoint, EndpointError>,
    started: AtomicUsize,
    tenant: Mutex<Tenant>,
}

milagro_base::opaque_debug!(Fleet);

impl Fleet {
    /// Draws the keys of a tenant, which count in the first of the ledgers.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn found<R: CryptoRng + 'static>(
        ground: Ground<R>,
        settings: &TenantSettings,
    ) -> Result<Self, Failure> {
        let tenant = Tenant::new(settings)?;
        let (clock, generator) = (Clock::at(ground.start), ground.generator);
        let reading = clock.clone();
        let operator = OperatorKey::random(&mut generator());
        let safe = Safe {
            records: &*ground.records,
            key: &operator,
        };
        let ledger = Arc::clone(ground.ledgers.first().ok_or("no ledger")?);
        Primary::draw(&mut generator(), safe, &tenant, ledger.id()).await?;
        primary::draw_signer(&mut generator(), safe, tenant.name()).await?;
        let signer: ScheduleSigner = primary::signer(safe, tenant.name()).await?;
        Ok(Self {
            effects: Effects::new(move || reading.now(), generator),
            verifier: signer.verifier(),
            clock,
            ledger,
            ledgers: ground.ledgers,
            records: ground.records,
            operator: Arc::new(operator),
            directory: ground.directory,
            connect: ground.connect,
            started: AtomicUsize::new(0),
            tenant: Mutex::new(tenant),
        })
    }

    /// The tenant as the next process will have it.
    #[must_use]
    pub fn tenant(&self) -> Tenant {
        self.tenant
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What sealed keys are sealed under.
    #[must_use]
    pub fn safe(&self) -> Safe<'_> {
        Safe {
            records: &*self.records,
            key: &self.operator,
        }
    }

    /// Gives processes that start from now on other settings.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn configure(&self, settings: &TenantSettings) -> Result<(), Failure> {
        *self.tenant.lock().unwrap_or_else(PoisonError::into_inner) = Tenant::new(settings)?;
        Ok(())
    }

    /// The first of the ledgers.
    #[must_use]
    pub fn ledger(&self) -> &dyn Ledger {
        &*self.ledger
    }

    /// What a service stands on that counts there.
    #[must_use]
    pub fn parts(&self, audit: Audit) -> Parts {
        Parts {
            ledger: Arc::clone(&self.ledger),
            records: Arc::clone(&self.records),
            operator: Arc::clone(&self.operator),
            audit: Arc::new(audit),
            audit_key: Zeroizing::new([7; 32]),
            pool: Pool::new(2, 1024),
            effects: self.effects.clone(),
        }
    }

    /// A service that nobody asks yet.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn service(&self, role: Role, keys: Keys) -> Result<Arc<Service>, Failure> {
        let number = self.started.fetch_add(1, Ordering::SeqCst);
        let ledger = self.ledgers.iter().cycle().nth(number).ok_or("no ledger")?;
        let audit = Audit::open(&self.directory.join(format!("audit-{number}.jsonl")))?;
        let mut parts = self.parts(audit);
        parts.ledger = Arc::clone(ledger);
        let door: Arc<dyn Authenticate> = Arc::new(ByName);
        let served = Served {
            tenant: self.tenant(),
            verifier: self.verifier,
            keys,
            issues: (role == Role::Issuer).then_some(door),
            redeems: role == Role::Redeemer,
        };
        let service = Arc::new(Service::new(parts, vec![served]).await?);
        service
            .refresh()
            .await
            .map_err(|errors| format!("{errors:?}"))?;
        Ok(service)
    }

    /// A service that listens.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn start(&self, role: Role) -> Result<Process, Failure> {
        let keys = match role {
            Role::Issuer => Keys::PrimaryAndSigner,
            Role::Redeemer => Keys::Primary,
        };
        let service = self.service(role, keys).await?;
        let routes = router(Arc::clone(&service));
        Process::listen(routes, Some(service)).await
    }

    /// How a process is asked, over connections of its own.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn client(&self, process: &Process) -> Result<TokenService, Failure> {
        let endpoint = (self.connect)(&process.address)?;
        Ok(TokenService::new(endpoint, self.tenant().name().clone()))
    }
}

/// A process that listens until it is dropped.
pub struct Process {
    /// Where.
    pub address: String,
    service: Option<Arc<Service>>,
    _end: oneshot::Sender<()>,
}

milagro_base::opaque_debug!(Process);

impl Process {
    /// Serves routes on a port of this machine.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn listen(routes: Router, service: Option<Arc<Service>>) -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}", listener.local_addr()?);
        let (_, tls) = watch::channel(None);
        let (_, routes) = watch::channel(frame(routes, Frame::default()));
        let (end, ended) = oneshot::channel::<()>();
        let listening = Listening {
            listener,
            tls,
            routes,
            limits: Limits::default(),
        };
        tokio::spawn(serve(listening, async move {
            let _dropped = ended.await;
        }));
        Ok(Self {
            address,
            service,
            _end: end,
        })
    }

    /// Has it publish what is due, and go by what is published.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn refresh(&self) -> Result<(), Failure> {
        let Some(service) = &self.service else {
            return Ok(());
        };
        service
            .refresh()
            .await
            .map_err(|errors| format!("{errors:?}").into())
    }
}
