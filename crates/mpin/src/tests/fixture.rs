//! An authority, a server and its users.

use milagro_curve::rand_core::UnwrapErr;

use crate::client::factor::Factors;
use crate::client::login::Target;
use crate::client::pin::{Pin, PinLength};
use crate::client::token::Token;
use crate::keys::{ClientSecret, MasterSecret};
use crate::names::binding::ChannelBinding;
use crate::names::domain::TrustDomainId;
use crate::names::epoch::EpochPolicy;
use crate::names::identity::Identity;
use crate::names::server::ServerId;
use crate::permit::{Permit, PermitLabel};
use crate::proof::challenge::Challenge;
use crate::proof::encoding::LoginProof;
use crate::server::policy::{PermitPolicy, Policy};
use crate::server::rejected::Reason;
use crate::server::store::MemoryChallengeStore;
use crate::server::verifier::{Authenticated, Verifier};

/// A point of order 11 on the curve.
pub(super) const ORDER_11: [u8; 48] = [
    0x93, 0xff, 0x2b, 0xad, 0x6b, 0x1e, 0x5b, 0xbd, 0x94, 0x8d, 0x63, 0x1c, 0x88, 0x5b, 0xc5, 0x32,
    0x81, 0x49, 0x0f, 0x9b, 0x01, 0xb6, 0x4c, 0x08, 0xba, 0xe5, 0x2b, 0x7a, 0x30, 0x94, 0x63, 0x9c,
    0xbe, 0x90, 0xaa, 0x1c, 0xb2, 0xd2, 0x13, 0xd5, 0x0f, 0x25, 0xec, 0xe7, 0x5f, 0xd6, 0x8d, 0xd7,
];

pub(super) const NOW: u64 = 1_800_000_000;

pub(super) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

pub(super) fn pin(digits: &str) -> Pin {
    Pin::new(
        digits,
        PinLength::new(digits.len().try_into().unwrap()).unwrap(),
    )
    .unwrap()
}

pub(super) fn factors(digits: &str) -> Factors {
    Factors::pin(pin(digits))
}

pub(super) fn alice() -> Identity {
    Identity::device("test", "alice@example.com", &[7; 16]).unwrap()
}

pub(super) struct World {
    pub(super) master: MasterSecret,
    pub(super) domain: TrustDomainId,
    pub(super) server: ServerId,
    pub(super) verifier: Verifier,
    pub(super) store: MemoryChallengeStore,
}

impl World {
    pub(super) fn new(permits: PermitPolicy) -> Self {
        Self::with_policy(Policy::new(permits))
    }

    pub(super) fn with_policy(policy: Policy) -> Self {
        let master = MasterSecret::random(&mut rng());
        let domain = master.trust_domain("test");
        let server = ServerId::new(b"server.example.com").unwrap();
        Self {
            verifier: Verifier::new(domain, &master.issue_server(&server), policy),
            store: MemoryChallengeStore::new(1000),
            master,
            domain,
            server,
        }
    }

    pub(super) fn without_permits() -> Self {
        Self::new(PermitPolicy::NoPermits)
    }

    pub(super) fn target(&self) -> Target {
        Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: ChannelBinding::None,
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
        self.verifier.challenge(&mut rng(), &self.store, NOW)
    }

    pub(super) fn prove<B>(&self, secret: &ClientSecret<B>, permit: Option<&Permit>) -> LoginProof {
        secret
            .prove(&mut rng(), &self.target(), self.challenge(), permit)
            .unwrap()
    }

    pub(super) fn verify(&self, proof: &LoginProof) -> Result<Authenticated, Reason> {
        self.verifier
            .verify(&self.store, proof, &ChannelBinding::None, NOW)
            .map_err(|rejected| rejected.reason())
    }
}

pub(super) fn verifier(
    master: &MasterSecret,
    domain: TrustDomainId,
    server: &ServerId,
    permits: PermitPolicy,
) -> Verifier {
    Verifier::new(domain, &master.issue_server(server), Policy::new(permits))
}
