//! Three authorities, a registrar and a server, without a network between them.

use milagro_base::Seconds;
use milagro_curve::rand_core::UnwrapErr;
use milagro_dta::dealer;
use milagro_dta::grants::{ClientPublicKey, Desk, Grant, IssuedSet, RegistrarKey, SignedGrant};
use milagro_dta::issue::ClientSecret;
use milagro_dta::{Authority, Mpin, Threshold, TrustDomain};
use milagro_ledger::LocalLedger as _;
use milagro_ledger::memory::MemoryLedger;
use milagro_mpin::server::{
    Arrival, AttemptPolicy, Attempts, Freshness, PermitPolicy, Policy, Verifier,
};
use milagro_mpin::{
    ChannelBinding, Factors, Identity, LoginProof, MasterSecret, Pin, ServerId, Token,
};

/// When everything happens.
pub(crate) const NOW: Seconds = Seconds::new(1_800_000_000);

/// The PIN of everybody whose token is made here.
pub(crate) const PIN: &str = "1234";

const NAME: &str = "example";

pub(crate) struct World {
    pub(crate) domain: TrustDomain<Mpin>,
    pub(crate) server: ServerId,
    master: MasterSecret,
    authorities: Vec<(Authority<Mpin>, MemoryLedger)>,
    registrar: RegistrarKey,
    verifier: Verifier,
    ledger: MemoryLedger,
}

pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

fn ledger() -> MemoryLedger {
    MemoryLedger::init(&mut rng(), 1 << 16, Seconds::ZERO)
}

impl World {
    pub(crate) fn new() -> Self {
        let threshold = Threshold::new(2, 3).unwrap();
        let master = MasterSecret::random(&mut rng());
        let dealt = dealer::deal_master(&mut rng(), &master, NAME, threshold).unwrap();
        let domain = dealt.domain;
        let nobody = IssuedSet::new(*domain.id());
        let authorities = dealt.shares.into_iter().map(|share| {
            let me = share.to();
            let mut authority = share.accept(me, NAME, threshold, &domain).unwrap();
            let ledger = ledger();
            let counted = authority.count_anew_in_local(&ledger, &nobody, NOW);
            counted.unwrap();
            (authority, ledger)
        });
        let authorities = authorities.collect();
        let (server, ledger) = (ServerId::new(b"login.example").unwrap(), ledger());
        let key = master.issue_server(&server).belonging_to(ledger.id());
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            attempts: AttemptPolicy {
                short: u32::MAX,
                long: u32::MAX,
                ..AttemptPolicy::DEFAULT
            },
            ..Policy::new(PermitPolicy::NoPermits)
        };
        Self {
            verifier: Verifier::new(*domain.id(), &key, ledger.id(), policy).unwrap(),
            registrar: RegistrarKey::random(&mut rng()),
            domain,
            server,
            master,
            authorities,
            ledger,
        }
    }

    /// A token of somebody who was enrolled without the pad.
    pub(crate) fn token(&self, user: &str) -> Vec<u8> {
        let identity = Identity::raw(user.as_bytes()).unwrap();
        let length = u8::try_from(PIN.len()).unwrap();
        let pin = Pin::new(PIN, milagro_mpin::client::PinLength::new(length).unwrap());
        let secret = self.master.issue_client(&identity);
        let token = Token::new(*self.domain.id(), secret, &Factors::pin(pin.unwrap()));
        token.unwrap().to_bytes().to_vec()
    }

    pub(crate) fn challenge(&self) -> Vec<u8> {
        self.verifier.challenge(&mut rng(), NOW).to_bytes().to_vec()
    }

    /// Whether a login is accepted, and for whom.
    pub(crate) fn log_in(&self, proof: &[u8]) -> Option<Identity> {
        let proof = LoginProof::from_bytes(proof).ok()?;
        let attempts = Attempts::PerIdentityStrangersCanLockOut;
        let arrival = Arrival::new(&ChannelBinding::None, attempts, NOW);
        let admitted = self.verifier.admit(&mut rng(), &proof, arrival).ok()?;
        let paid = admitted.spend_local(&self.ledger, NOW).ok()?;
        let login = self.verifier.check(&mut rng(), paid, NOW).ok()?;
        let login = login.spend_local(&self.ledger, NOW).ok()?.into_value();
        Some(login.identity().clone())
    }

    /// A grant to a client's key.
    pub(crate) fn grant(&self, user: &str, client: [u8; 32]) -> SignedGrant<ClientSecret> {
        let grant = Grant::<ClientSecret> {
            domain: *self.domain.id(),
            subject: Identity::raw(user.as_bytes()).unwrap(),
            client: ClientPublicKey::from_bytes(&client),
            from: NOW,
            until: NOW.plus(Seconds::days(1)),
        };
        grant.sign(&mut rng(), &self.registrar).unwrap()
    }

    /// What the authorities answer, each with its number.
    pub(crate) fn shares(&self, grant: &SignedGrant<ClientSecret>) -> Vec<(u16, Vec<u8>)> {
        let registrar = self.registrar.public();
        let answers = self.authorities.iter().map(|(authority, ledger)| {
            let desk = Desk {
                registrar: &registrar,
                ledger,
                now: NOW,
            };
            let bytes = grant.to_bytes();
            let answer = authority.answer_local::<ClientSecret, _, _>(&mut rng(), &desk, &bytes);
            (authority.id().get(), answer.unwrap().sealed)
        });
        answers.collect()
    }
    /// What the registrar writes to the client of a grant.
    pub(crate) fn letter(grant: &SignedGrant<ClientSecret>, text: &[u8]) -> Vec<u8> {
        grant.seal_letter(&mut rng(), text).unwrap()
    }
}
