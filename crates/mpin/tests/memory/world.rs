//! An authority, a server and a user, and what of them is secret.

use milagro_curve::hash::hash_to_scalar;
use milagro_curve::rand_core::{TryCryptoRng, TryRng, UnwrapErr};
use milagro_curve::{Dst, G1Point, SecretG1, SecretScalar};
use milagro_freed_memory::Secret;
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::client::PinLength;
use milagro_mpin::server::{EscrowPolicy, Freshness, PermitPolicy, Policy};
use milagro_mpin::{
    ChannelBinding, Factors, Identity, MasterSecret, Pin, Seconds, ServerId, ServerKey, Target,
    TrustDomainId, Verifier,
};

pub(crate) const NOW: Seconds = Seconds::new(1_800_000_000);

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// A generator that gives the same bytes for ever: a test can compute again what was drawn from it.
pub(crate) struct Stuck;

impl TryRng for Stuck {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(0x5a5a_5a5a)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(0x5a5a_5a5a_5a5a_5a5a)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        out.fill(0x5a);
        Ok(())
    }
}

impl TryCryptoRng for Stuck {}

pub(crate) struct World {
    pub(crate) master: MasterSecret,
    pub(crate) domain: TrustDomainId,
    pub(crate) server: ServerId,
    pub(crate) ledger: MemoryLedger,
}

impl World {
    pub(crate) fn new() -> Self {
        let master = MasterSecret::random(&mut rng());
        Self {
            domain: master.trust_domain("memory"),
            server: ServerId::new(b"server.example.com").unwrap(),
            ledger: MemoryLedger::init(&mut rng(), 1000, Seconds::ZERO),
            master,
        }
    }

    pub(crate) fn key(&self) -> ServerKey {
        let secret = self.master.issue_server(&self.server);
        secret.belonging_to(self.ledger.id())
    }

    pub(crate) fn verifier(&self, permits: PermitPolicy) -> Verifier {
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            escrow: EscrowPolicy::Either,
            ..Policy::new(permits)
        };
        Verifier::new(self.domain, &self.key(), self.ledger.id(), policy).unwrap()
    }

    pub(crate) fn target(&self) -> Target {
        Target {
            domain: self.domain,
            server: self.server.clone(),
            binding: ChannelBinding::None,
        }
    }

    /// s, and s·Qs.
    pub(crate) fn secrets(&self) -> Vec<Secret> {
        let server = self.master.issue_server(&self.server);
        vec![
            Secret::scalar("s", &self.master.to_bytes()),
            Secret::g2("s·Qs", &server.as_point().to_uncompressed()),
        ]
    }
}

pub(crate) fn alice() -> Identity {
    Identity::device("memory", "alice@example.com", &[7; 16]).unwrap()
}

pub(crate) fn pin(digits: &str) -> Pin {
    let length = PinLength::new(digits.len().try_into().unwrap()).unwrap();
    Pin::new(digits, length).unwrap()
}

pub(crate) fn factors(digits: &str) -> Factors {
    Factors::pin(pin(digits))
}

/// A point that is secret, by its encoding in 48 bytes.
pub(crate) fn point(name: &'static str, bytes: &[u8]) -> Secret {
    let bytes = bytes.try_into().unwrap();
    let point = SecretG1::from_bytes(bytes).unwrap();
    Secret::g1(name, &point.to_uncompressed())
}

/// f of bytes, as the crate's page has it.
pub(crate) fn factor(name: &str, bytes: &[u8]) -> Secret {
    let mut message = vec![3, 0, u8::try_from(name.len()).unwrap()];
    message.extend_from_slice(name.as_bytes());
    message.extend_from_slice(bytes);
    let tag = Dst::from_static(b"MILAGRO-V1-FACTOR-BLS12381Zr_XMD:SHA-256_");
    Secret::scalar("f", &hash_to_scalar(&message, tag).to_bytes())
}

/// k·P with both encodings of a product that gives a secret away.
pub(crate) fn product(name: &'static str, p: &G1Point, k: &SecretScalar) -> Secret {
    Secret::g1(name, &p.mul_secret(k).to_uncompressed())
}
