//! An authority, replicas over one ledger, and phones.

use alloc::sync::Arc;
use core::sync::atomic::{AtomicU64, Ordering};
use core::time::Duration;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use milagro_base::Seconds;
use milagro_ledger::memory::{MemoryLedger, MemoryRecords};
use milagro_ledger::{Answer, InPlace};
use milagro_mpin::client::PinLength;
use milagro_mpin::rand_core::UnwrapErr;
use milagro_mpin::server::{PermitPolicy, Policy};
use milagro_mpin::{
    Challenge, ChannelBinding, Factors, Identity, LoginProof, MasterSecret, Pin, ServerId, Target,
    Token, TrustDomainId,
};
use milagro_wire::bounded::Blob;
use milagro_wire::login::names::{ClientId, Origin, UserName};
use milagro_wire::login::{ChallengeAnswer, LoginAnswer, LoginRequest, Purpose};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Frame, Pool, frame};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use crate::documents::router;
use crate::keys::{self, Keys, ServerOf};
use crate::queue::Waiting;
use crate::service::{Parts, Service, Settings};
use crate::tell::{News, Tell};

pub(super) const START: u64 = 1_800_000_000;
pub(super) const OWN: &str = "https://login.example";
pub(super) const SHOP: &str = "https://shop.example";

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(super) fn user(name: &str) -> UserName {
    UserName::new(name).unwrap()
}

pub(super) fn shop() -> ClientId {
    ClientId::new("shop").unwrap()
}

pub(super) fn origin(text: &str) -> Origin {
    Origin::new(text).unwrap()
}

/// A login code for the shop's page.
pub(super) fn for_shop() -> Purpose {
    Purpose::Code {
        client: shop(),
        origin: origin(SHOP),
    }
}

/// What users were told.
#[derive(Default)]
pub(super) struct Told(pub(super) Mutex<Vec<(UserName, News)>>);

impl Tell for Told {
    fn tell<'a>(&'a self, user: &'a UserName, news: News) -> Answer<'a, ()> {
        self.0.lock().unwrap().push((user.clone(), news));
        Box::pin(core::future::ready(()))
    }
}

pub(super) struct World {
    pub(super) ledger: Arc<InPlace<MemoryLedger>>,
    pub(super) records: Arc<MemoryRecords>,
    pub(super) operator: Arc<OperatorKey>,
    pub(super) told: Arc<Told>,
    pub(super) audit: Arc<Audit>,
    pub(super) folder: TempDir,
    pub(super) clock: Arc<AtomicU64>,
    pub(super) master: MasterSecret,
    pub(super) domain: TrustDomainId,
    server: ServerId,
}

/// A process of the service.
pub(super) struct Replica {
    pub(super) service: Arc<Service>,
    pub(super) routes: Router,
}

impl World {
    pub(super) async fn new() -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("example");
        let server = ServerId::new(b"login.example").unwrap();
        let born = Seconds::new(START - 3600);
        let ledger = Arc::new(InPlace(MemoryLedger::init(&mut rng(), 1 << 16, born)));
        let records = Arc::new(MemoryRecords::new(1 << 16));
        let operator = Arc::new(OperatorKey::random(&mut rng()));
        let key = master
            .issue_server(&server)
            .belonging_to(milagro_ledger::Ledger::id(&*ledger));
        let sealed = ServerOf { domain, key: &key };
        keys::install(&mut rng(), &*records, &operator, sealed)
            .await
            .unwrap();
        let folder = tempfile::tempdir().unwrap();
        let audit = Audit::open(&folder.path().join("audit")).unwrap();
        Self {
            ledger,
            records,
            operator,
            told: Arc::default(),
            audit: Arc::new(audit),
            folder,
            clock: Arc::new(AtomicU64::new(START)),
            master,
            domain,
            server,
        }
    }

    pub(super) fn settings() -> Settings {
        let policy = Policy::new(PermitPolicy::NoPermits);
        Settings {
            waiting: Waiting {
                time: Duration::from_millis(1),
                ..Waiting::default()
            },
            look: Duration::from_millis(5),
            ..Settings::new(policy, vec![origin(OWN)])
        }
    }

    pub(super) async fn replica(&self) -> Replica {
        self.with(Pool::new(2, 64), Self::settings()).await
    }

    pub(super) async fn with(&self, pool: Pool, settings: Settings) -> Replica {
        Replica::of(self.service(pool, settings).await)
    }

    pub(super) async fn service(&self, pool: Pool, settings: Settings) -> Service {
        let clock = Arc::clone(&self.clock);
        let (ledger, records, tell) = (
            Arc::clone(&self.ledger),
            Arc::clone(&self.records),
            Arc::clone(&self.told),
        );
        let parts = Parts {
            ledger,
            records,
            operator: Arc::clone(&self.operator),
            audit: Arc::clone(&self.audit),
            audit_key: Zeroizing::new([7; 32]),
            pool,
            effects: Effects::new(move || Seconds::new(clock.load(Ordering::SeqCst)), rng),
            tell,
        };
        let ledger = milagro_ledger::Ledger::id(&*self.ledger);
        let keys = Keys::open(&*self.records, &self.operator, ledger).await;
        Service::new(parts, keys.unwrap(), settings).unwrap()
    }

    pub(super) fn pass(&self, seconds: u64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn events(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("audit")).unwrap()
    }

    pub(super) fn identity(name: &str) -> Identity {
        Identity::device("example", name, &[7; 16]).unwrap()
    }

    /// A user with one device, enrolled with the libraries.
    pub(super) async fn phone(&self, replica: &Replica, name: &str, pin: &str) -> Phone {
        let identity = Self::identity(name);
        let enrolled = replica.service.enrol(&user(name), &identity).await;
        let cookie = enrolled.unwrap().cookie;
        let secret = self.master.issue_client(&identity);
        let token = Token::new(self.domain, secret, &factors(pin)).unwrap();
        let target = Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: ChannelBinding::None,
        };
        Phone {
            token,
            target,
            cookie,
            identity,
        }
    }

    /// The shop, and the secret that it has.
    pub(super) async fn shop(&self, replica: &Replica) -> Blob<32> {
        let origins = vec![origin(SHOP)];
        let secret = replica.service.put_client(&shop(), origins).await;
        Blob::new(*secret.unwrap()).unwrap()
    }
}

pub(super) fn factors(pin: &str) -> Factors {
    Factors::pin(Pin::new(pin, PinLength::FOUR).unwrap())
}

pub(super) struct Phone {
    pub(super) token: Token,
    target: Target,
    pub(super) cookie: Blob<64>,
    pub(super) identity: Identity,
}

impl Phone {
    pub(super) const fn target(&self) -> &Target {
        &self.target
    }

    /// A proof for a new challenge of a replica.
    pub(super) async fn prove(&self, replica: &Replica, typed: &str) -> LoginProof {
        let answer: ChallengeAnswer = replica.get("/v1/challenge").await.form();
        let challenge = Challenge::from_bytes(answer.challenge.as_bytes()).unwrap();
        self.answer(challenge, typed)
    }

    pub(super) fn answer(&self, challenge: Challenge, typed: &str) -> LoginProof {
        let secret = self.token.unlock(&factors(typed)).unwrap();
        let login = secret.login(&self.target);
        login.answer(&mut rng(), challenge).unwrap()
    }

    /// A proof that says a time instead of answering a challenge.
    pub(super) fn at(&self, time: Seconds) -> LoginProof {
        let secret = self.token.unlock(&factors("2580")).unwrap();
        let login = secret.login(&self.target);
        login.at(&mut rng(), time).unwrap()
    }

    pub(super) fn request(&self, proof: &LoginProof, purpose: Purpose) -> LoginRequest {
        LoginRequest {
            proof: Blob::new(proof.to_bytes()).unwrap(),
            cookie: self.cookie.clone(),
            purpose,
        }
    }

    /// The whole request of a new login.
    pub(super) async fn ask(
        &self,
        replica: &Replica,
        typed: &str,
        purpose: Purpose,
    ) -> LoginRequest {
        let proof = self.prove(replica, typed).await;
        self.request(&proof, purpose)
    }

    /// Logs in, and keeps the next cookie.
    pub(super) async fn log_in(&mut self, replica: &Replica, typed: &str) -> StatusCode {
        let request = self.ask(replica, typed, Purpose::Session {}).await;
        let answer = replica.post("/v1/login", &request).await;
        if answer.status == StatusCode::OK {
            self.cookie = answer.form::<LoginAnswer>().cookie;
        }
        answer.status
    }

    /// The same device as somebody else has it.
    pub(super) fn copy(&self) -> Self {
        Self {
            token: Token::from_bytes(&self.token.to_bytes()).unwrap(),
            target: self.target.clone(),
            cookie: self.cookie.clone(),
            identity: self.identity.clone(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Got {
    #[track_caller]
    pub(super) fn form<T: DeserializeOwned>(&self) -> T {
        assert_eq!(self.status, StatusCode::OK, "{}", self.text());
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The cookies that a browser would send from now on.
    pub(super) fn cookies(&self) -> String {
        let lines = self.headers.get_all(header::SET_COOKIE).iter();
        let pairs: Vec<&str> = lines
            .map(|line| line.to_str().unwrap().split(';').next().unwrap())
            .collect();
        pairs.join("; ")
    }
}

impl Replica {
    pub(super) fn of(service: Service) -> Self {
        let service = Arc::new(service);
        let routes = frame(router(Arc::clone(&service)), Frame::default());
        Self { service, routes }
    }

    pub(super) async fn send(&self, request: Request<Body>) -> Got {
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
        Got {
            status: head.status,
            headers: head.headers,
            body: body.to_vec(),
        }
    }

    pub(super) async fn get(&self, path: &str) -> Got {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(super) async fn post(&self, path: &str, form: &impl Serialize) -> Got {
        self.send(posted(path, form)).await
    }
}

pub(super) fn posted(path: &str, form: &impl Serialize) -> Request<Body> {
    Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(serde_json::to_vec(form).unwrap()))
        .unwrap()
}
