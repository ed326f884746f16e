//! The world of the tests: three authorities, any two of which are enough, a registrar, and a clock that is moved by hand.

use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};
use std::path::Path;

use milagro_authority::{self as authority, HeldShare};
use milagro_base::Seconds;
use milagro_dta::dealer::deal;
use milagro_dta::grants::{ClientKey, IssuedSet, RegistrarPublicKey};
use milagro_dta::permits::Window;
use milagro_dta::rand_core::UnwrapErr;
use milagro_dta::{AuthorityId, Mpin, Threshold, TrustDomain};
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{InPlace, Ledger, Records};
use milagro_mpin::Identity;
use milagro_wire::bounded::Text;
use milagro_wire::client::{
    AuthorityClient, CallError, Endpoint, EnrolError, Enrolled, Patience, RegistrarClient,
};
use milagro_wire::forms::registrar::Entitlement;
use milagro_wire::problem::{Problem, ProblemType};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Frame, Pool, frame};
use tempfile::TempDir;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use crate::authorities::Member;
use crate::hooks::Hooks;
use crate::keys::Keys;
use crate::mail::Mailer;
use crate::parts::Parts;
use crate::service::{Configured, Service, routes::router};

pub(super) const NOON: u64 = 1_800_000_000;

/// A clock that goes on when it is told to.
#[derive(Clone)]
pub(super) struct Clock(Arc<AtomicU64>);

impl Clock {
    pub(super) fn pass(&self, time: Seconds) {
        self.0.fetch_add(time.get(), Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Seconds {
        Seconds::new(self.0.load(Ordering::SeqCst))
    }

    fn effects(&self) -> Effects {
        let clock = self.clone();
        Effects::new(move || clock.now(), rng)
    }
}

pub(super) struct World {
    pub(super) clock: Clock,
    pub(super) domain: TrustDomain<Mpin>,
    pub(super) members: Vec<Member>,
    pub(super) records: Arc<dyn Records>,
    pub(super) ledger: Arc<dyn Ledger>,
    pub(super) directory: TempDir,
    operator: OperatorKey,
}

/// What is different in a test.
#[derive(Default)]
pub(super) struct Extras {
    pub(super) hooks: Hooks,
    pub(super) mailer: Option<Mailer>,
}

impl World {
    pub(super) async fn new() -> Self {
        Self::over(Arc::new(MemoryRecords::new(1 << 27))).await
    }

    pub(super) async fn over(records: Arc<dyn Records>) -> Self {
        let _once = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let clock = Clock(Arc::new(AtomicU64::new(NOON)));
        let operator = OperatorKey::random(&mut rng());
        let keys = Keys::draw(&mut rng(), &*records, &operator).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        let threshold = Threshold::new(2, 3).unwrap();
        let dealt = deal::<Mpin, _>(&mut rng(), "example", threshold).unwrap();
        let mut members = Vec::new();
        for share in dealt.shares {
            let number = share.to();
            let ledger = ledger();
            let mut authority = share
                .accept(number, "example", threshold, &dealt.domain)
                .unwrap();
            let nobody = IssuedSet::new(*dealt.domain.id());
            authority
                .count_in(&*ledger, &nobody, clock.now())
                .await
                .unwrap();
            let audit = directory.path().join(format!("audit-{}", number.get()));
            let parts = authority::Parts {
                ledger,
                records: Arc::new(MemoryRecords::new(1 << 26)),
                audit: Arc::new(Audit::open(&audit).unwrap()),
                audit_key: Zeroizing::new([1; 32]),
                pool: Pool::new(2, 64),
                effects: clock.effects(),
            };
            let address = serve_authority(parts, authority.into(), keys.public()).await;
            let client = AuthorityClient::new(endpoint(&address));
            members.push(Member { number, client });
        }
        Self {
            clock,
            domain: dealt.domain,
            members,
            records,
            ledger: ledger(),
            directory,
            operator,
        }
    }

    /// A registrar's service over the records of this world; a second one is a replica.
    pub(super) async fn registrar(&self, extras: Extras) -> Arc<Service> {
        self.registrar_of(self.members.clone(), extras).await
    }

    pub(super) async fn registrar_of(&self, members: Vec<Member>, extras: Extras) -> Arc<Service> {
        Arc::new(self.service_of(members, extras).await)
    }

    /// A service that nothing shares yet.
    pub(super) async fn registrar_alone(&self, extras: Extras) -> Service {
        self.service_of(self.members.clone(), extras).await
    }

    async fn service_of(&self, members: Vec<Member>, extras: Extras) -> Service {
        let bulletins = self.bulletins();
        std::fs::create_dir_all(&bulletins).unwrap();
        let audit = tempfile::NamedTempFile::new_in(self.directory.path())
            .unwrap()
            .into_temp_path();
        let parts = Parts {
            ledger: Arc::clone(&self.ledger),
            records: Arc::clone(&self.records),
            audit: Arc::new(Audit::open(&audit).unwrap()),
            audit_key: Zeroizing::new([2; 32]),
            pool: Pool::new(2, 64),
            effects: self.clock.effects(),
        };
        let configured = Configured {
            application: Text::new("shop").unwrap(),
            domain: self.domain.clone(),
            keys: Keys::find(&*self.records, &self.operator).await.unwrap(),
            members,
            hooks: extras.hooks,
            mailer: extras.mailer,
            window: Window::DAILY,
            strangers_per_minute: NonZeroU32::new(1000).unwrap(),
            bulletins: Some(bulletins),
            keep: Seconds::days(2),
        };
        Service::new(parts, configured).unwrap()
    }

    pub(super) fn bulletins(&self) -> std::path::PathBuf {
        self.directory.path().join("bulletins")
    }
}

async fn serve_authority(
    parts: authority::Parts,
    share: HeldShare,
    registrar: RegistrarPublicKey,
) -> String {
    let configured = authority::Configured {
        share,
        registrar,
        window: Window::DAILY,
        grants_per_minute: NonZeroU32::new(1000).unwrap(),
    };
    let service = authority::Service::new(parts, vec![configured])
        .await
        .unwrap();
    serve(frame(
        authority::router(Arc::new(service)),
        Frame::default(),
    ))
    .await
}

/// Serves routes on a free port for as long as the runtime lives.
pub(super) async fn serve(routes: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, routes).await });
    address
}

pub(super) async fn client(service: &Arc<Service>) -> RegistrarClient {
    let routes = frame(router(Arc::clone(service)), Frame::default());
    RegistrarClient::new(endpoint(&serve(routes).await))
}

pub(super) fn endpoint(address: &str) -> Endpoint {
    Endpoint::new(address, reqwest::ClientBuilder::new(), Patience::NONE).unwrap()
}

/// Enrols with a code.
pub(super) async fn enrol(
    world: &World,
    service: &Arc<Service>,
    key: &ClientKey,
    code: &str,
) -> Result<Enrolled, EnrolError> {
    client(service)
        .await
        .enrol(&world.domain, key, by_code(code))
        .await
}

/// A device of a user, which is enrolled.
pub(super) async fn device(world: &World, service: &Arc<Service>, user: &str) -> Identity {
    let code = service.code(user).await.unwrap().code;
    let key = ClientKey::random(&mut rng());
    enrol(world, service, &key, &code).await.unwrap().subject
}

pub(super) fn by_code(code: &str) -> Entitlement {
    Entitlement::Code(Text::new(code).unwrap())
}

/// The problem that a call ends with.
pub(super) fn problem<T>(answer: Result<T, CallError>) -> Problem {
    match answer {
        Err(CallError::Problem(problem)) => problem,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("an answer"),
    }
}

pub(super) fn word<T>(answer: Result<T, CallError>) -> ProblemType {
    problem(answer).known().unwrap()
}

pub(super) fn refusal<T>(answer: Result<T, EnrolError>) -> ProblemType {
    match answer {
        Err(EnrolError::Call(error)) => word::<T>(Err(error)),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("an answer"),
    }
}

pub(super) fn number(number: u16) -> AuthorityId {
    AuthorityId::new(number).unwrap()
}

fn ledger() -> Arc<dyn Ledger> {
    Arc::new(InPlace(MemoryLedger::init(
        &mut rng(),
        100_000,
        Seconds::ZERO,
    )))
}

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// The names of the files of a directory, but for drafts.
pub(super) fn files(directory: &Path, kind: &str) -> Vec<String> {
    let entries = std::fs::read_dir(directory).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(kind)).collect()
}
