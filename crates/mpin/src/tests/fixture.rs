//! An authority, a server with its ledger, and its users.

use alloc::sync::Arc;

use milagro_base::Seconds;
use milagro_curve::loose::{E1Point, E1Sum};
use milagro_curve::rand_core::UnwrapErr;
use milagro_ledger::{LocalLedger, Refused, memory::MemoryLedger};

use crate::client::factor::Factors;
use crate::client::login::Target;
use crate::client::pin::{Pin, PinLength};
use crate::client::token::Token;
use crate::keys::{Binding, ClientSecret, MasterSecret};
use crate::names::binding::ChannelBinding;
use crate::names::domain::TrustDomainId;
use crate::names::epoch::EpochPolicy;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::{Permit, PermitLabel};
use crate::proof::challenge::Challenge;
use crate::proof::encoding::LoginProof;
use crate::proof::statement::{Form, Statement};
use crate::server::admit::{Admitted, Arrival};
use crate::server::attempts::AttemptPolicy;
use crate::server::device::Attempts;
use crate::server::outcome::Authenticated;
use crate::server::policy::{Freshness, PermitPolicy, Policy};
use crate::server::reason::Reason;
use crate::server::rejected::Rejected;
use crate::server::verifier::Verifier;

/// A point of order 11 on the curve.
pub(super) const ORDER_11: [u8; 48] = [
    0x93, 0xff, 0x2b, 0xad, 0x6b, 0x1e, 0x5b, 0xbd, 0x94, 0x8d, 0x63, 0x1c, 0x88, 0x5b, 0xc5, 0x32,
    0x81, 0x49, 0x0f, 0x9b, 0x01, 0xb6, 0x4c, 0x08, 0xba, 0xe5, 0x2b, 0x7a, 0x30, 0x94, 0x63, 0x9c,
    0xbe, 0x90, 0xaa, 0x1c, 0xb2, 0xd2, 0x13, 0xd5, 0x0f, 0x25, 0xec, 0xe7, 0x5f, 0xd6, 0x8d, 0xd7,
];

pub(super) const NOW: Seconds = Seconds::new(1_800_000_000);
pub(super) const NONE: ChannelBinding = ChannelBinding::None;

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(super) fn pin(digits: &str) -> Pin {
    let length = PinLength::new(digits.len().try_into().unwrap()).unwrap();
    Pin::new(digits, length).unwrap()
}

pub(super) fn factors(digits: &str) -> Factors {
    Factors::pin(pin(digits))
}

pub(super) fn alice() -> Identity {
    Identity::device("test", "alice@example.com", &[7; 16]).unwrap()
}

pub(super) fn open_policy() -> Policy {
    Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(PermitPolicy::NoPermits)
    }
}

pub(super) struct World {
    pub(super) master: MasterSecret,
    pub(super) domain: TrustDomainId,
    pub(super) server: ServerId,
    pub(super) ledger: MemoryLedger,
    pub(super) verifier: Arc<Verifier>,
}

/// How far a login came.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum End {
    Rejected(Reason),
    Exhausted,
    Over,
}

impl World {
    pub(super) fn with_policy(policy: Policy) -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("test");
        let server = ServerId::new(b"server.example.com").unwrap();
        let ledger = MemoryLedger::init(&mut rng(), 1 << 20, Seconds::ZERO);
        let key = master.issue_server(&server).belonging_to(ledger.id());
        let verifier = Verifier::new(domain, &key, ledger.id(), policy).unwrap();
        Self {
            verifier: Arc::new(verifier),
            ledger,
            master,
            domain,
            server,
        }
    }

    pub(super) fn new(permits: PermitPolicy) -> Self {
        Self::with_policy(Policy {
            permits,
            ..open_policy()
        })
    }

    /// Attempts are counted and never end: for tests that are about something else.
    pub(super) fn patient(permits: PermitPolicy) -> Self {
        let attempts = AttemptPolicy {
            short: u32::MAX,
            long: u32::MAX,
            ..AttemptPolicy::DEFAULT
        };
        Self::with_policy(Policy {
            permits,
            attempts,
            ..open_policy()
        })
    }

    pub(super) fn without_permits() -> Self {
        Self::new(PermitPolicy::NoPermits)
    }

    pub(super) fn target(&self) -> Target {
        Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: NONE,
        }
    }

    pub(super) fn token(&self, identity: &Identity, factors: &Factors) -> Token {
        Token::new(self.domain, self.master.issue_client(identity), factors).unwrap()
    }

    pub(super) fn permit(&self, label: PermitLabel, identity: &Identity) -> Permit {
        let length = EpochPolicy::DAILY.length;
        self.master
            .issue_permit(&self.domain, label, length, identity)
    }

    pub(super) fn challenge(&self) -> Challenge {
        self.verifier.challenge(&mut rng(), NOW)
    }

    /// A proof that answers a new challenge.
    pub(super) fn prove<B: Binding>(
        &self,
        secret: &ClientSecret<B>,
        permit: Option<&Permit>,
    ) -> LoginProof {
        let target = self.target();
        let login = secret.login(&target);
        let login = match permit {
            None => login,
            Some(permit) => login.permit(permit),
        };
        login.answer(&mut rng(), self.challenge()).unwrap()
    }

    /// How a message arrives where attempts are counted per identity.
    pub(super) fn arrival(now: Seconds) -> Arrival<'static> {
        Arrival::new(&NONE, Attempts::PerIdentityStrangersCanLockOut, now)
    }

    /// The first move, paid.
    pub(super) fn paid(
        &self,
        proof: &LoginProof,
        arrival: Arrival<'_>,
    ) -> Result<milagro_ledger::Paid<Admitted>, End> {
        let now = arrival.now();
        let admitted = self.verifier.admit(&mut rng(), proof, arrival);
        admitted
            .map_err(End::from)?
            .spend_local(&self.ledger, now)
            .map_err(End::from)
    }

    /// All three moves at a time.
    pub(super) fn log_in_at(&self, proof: &LoginProof, now: Seconds) -> Result<Authenticated, End> {
        let paid = self.paid(proof, Self::arrival(now))?;
        let login = self.verifier.check(&mut rng(), paid, now)?;
        let login = login.spend_local(&self.ledger, now).map_err(End::from)?;
        Ok(login.into_value())
    }

    /// All three moves.
    pub(super) fn log_in(&self, proof: &LoginProof) -> Result<Authenticated, End> {
        self.log_in_at(proof, NOW)
    }

    /// The reason of a refusal in the first or second move.
    pub(super) fn refusal(&self, proof: &LoginProof) -> Reason {
        match self.log_in(proof) {
            Err(End::Rejected(reason)) => reason,
            other => panic!("{other:?}"),
        }
    }
}

/// Changes the parts of a proof on their way.
pub(super) fn tweak(proof: &LoginProof, change: impl FnOnce(&mut Statement)) -> LoginProof {
    let mut proof = proof.clone();
    let mut statement = proof.0.statement().unwrap();
    change(&mut statement);
    proof.0.parts = statement.encode(Form::Compressed);
    proof
}

pub(super) fn order_11() -> E1Point {
    E1Point::from_bytes(&ORDER_11).unwrap()
}

/// (0, 2) has order 3.
pub(super) fn order_3() -> E1Point {
    let mut bytes = [0; 96];
    bytes[95] = 2;
    E1Point::from_uncompressed(&bytes).unwrap()
}

pub(super) fn plus(a: E1Point, b: impl Into<E1Sum>) -> E1Point {
    (E1Sum::from(a) + b.into()).to_point().unwrap()
}

impl From<Rejected> for End {
    fn from(rejected: Rejected) -> Self {
        Self::Rejected(rejected.reason())
    }
}

impl<T> From<Refused<T>> for End {
    fn from(refused: Refused<T>) -> Self {
        match refused {
            Refused::Exhausted => Self::Exhausted,
            Refused::Over => Self::Over,
            other => panic!("{other:?}"),
        }
    }
}
