//! A client-server exchange, and a plain login to the same server.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, Grant, LedgerId, LocalLedger, Unavailable, Usage, Verdict};
use milagro_mpin::full::KeyBase;
use milagro_mpin::server::{Arrival, Attempts, Freshness, PermitPolicy, Policy};
use milagro_mpin::{
    ChannelBinding, Identity, LoginProof, MasterSecret, ServerId, Target, Verifier,
};
use milagro_tls::exchange::{Prologue, Session};
use milagro_tls::login::{
    AwaitProof, LoggedIn, LoginClient, LoginServer, ProofArrival, Sent, pseudonym,
};
use milagro_tls::rand_core::{TryCryptoRng, TryRng};

/// A generator that repeats itself: the server then sends the same flight every time, and the client's last
/// flight can be made before the clock runs.
struct Seeded(u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64()
            .map(|word| u32::try_from(word >> 32).unwrap_or_default())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        Ok(self.0 ^ (self.0 >> 29))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let word = self.try_next_u64()?.to_be_bytes();
            chunk.iter_mut().zip(word).for_each(|(to, from)| *to = from);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// Grants everything, so that one message can be checked again and again.
struct Always;

impl LocalLedger for Always {
    fn id(&self) -> LedgerId {
        LEDGER
    }

    fn charge(&self, _: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let grant = Grant {
            used: 1,
            previous: None,
            again: false,
        };
        vec![Verdict::Granted(grant); charges.len()]
    }

    fn refund(&self, _: &[Charge]) -> Result<(), Unavailable> {
        Ok(())
    }

    fn clear(&self, _: &[Account]) -> Result<(), Unavailable> {
        Ok(())
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        Ok(vec![Usage::default(); accounts.len()])
    }
}

const LEDGER: LedgerId = LedgerId::from_bytes([1; 32]);
const NOW: Seconds = Seconds::new(1_800_000_000);
const ATTEMPTS: Attempts = Attempts::PerIdentityStrangersCanLockOut;

/// A server, and all that one client sends to it.
pub(crate) struct Logins {
    verifier: Verifier,
    hello: Vec<u8>,
    proof: Vec<u8>,
    last: Vec<u8>,
    one_pass: Vec<u8>,
    login: Vec<u8>,
}

impl Logins {
    pub(crate) fn new() -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let domain = master.trust_domain("benches");
        let server = ServerId::new(b"server").unwrap();
        let policy = Policy {
            freshness: Freshness::ChallengesAndTimes,
            ..Policy::new(PermitPolicy::NoPermits)
        };
        let name = Identity::device("benches", "alice@example.com", &[7; 16]).unwrap();
        let secret = master.issue_client(&pseudonym(&domain, &name));
        let base = KeyBase::new(&secret, &server);
        let target = Target {
            domain,
            server: server.clone(),
            binding: ChannelBinding::None,
        };
        let key = master.issue_server(&server).belonging_to(LEDGER);
        let verifier = Verifier::new(domain, &key, LEDGER, policy).unwrap();
        let challenge = verifier.challenge(&mut Seeded(6), NOW);
        let login = secret.login(&target).answer(&mut Seeded(2), challenge);
        let mut logins = Self {
            verifier,
            hello: Vec::new(),
            proof: Vec::new(),
            last: Vec::new(),
            one_pass: Vec::new(),
            login: login.unwrap().to_bytes(),
        };
        let client = LoginClient::new(&secret, &base, &name, domain, server.clone());
        let one_pass = client.start_one_pass(&mut Seeded(3), &Prologue::new(), NOW);
        logins.one_pass = one_pass.unwrap().1;
        let client = LoginClient::new(&secret, &base, &name, domain, server);
        let (client, hello) = client.start(&Prologue::new());
        logins.hello = hello;
        let sent = logins.challenge();
        let (client, proof) = client.receive(&mut Seeded(3), &sent.flight).unwrap();
        let answer = answered(sent.state, &proof);
        logins.last = client.receive(&answer.flight).unwrap().1;
        logins.proof = proof;
        logins
    }

    /// The server, waiting for the proof.
    pub(crate) fn challenge(&self) -> Sent<AwaitProof<'_>> {
        LoginServer::new(&self.verifier)
            .challenge(&mut Seeded(5), &Prologue::new(), &self.hello, NOW)
            .unwrap()
    }

    /// All that the server does from the proof to the session.
    pub(crate) fn serve(&self, waiting: AwaitProof<'_>) -> Session<LoggedIn> {
        let sent = answered(waiting, &self.proof);
        let due = sent.state.receive(&mut Seeded(7), &self.last, NOW).unwrap();
        let paid = due.unspent.spend_local(&Always, NOW).unwrap();
        due.state.finish(paid, NOW, |_| true).unwrap()
    }

    /// What a proof in one pass costs that says a time of long ago.
    pub(crate) fn refuse_stale(&self) {
        let arrival = ProofArrival {
            attempts: ATTEMPTS,
            pinned: None,
            now: NOW.plus(Seconds::days(2)),
        };
        let server = LoginServer::new(&self.verifier);
        let prologue = Prologue::new();
        let due = server.one_pass(&mut Seeded(7), &prologue, &self.one_pass, arrival);
        assert!(due.is_err());
    }

    /// The check of a plain login.
    pub(crate) fn check(&self) {
        let proof = LoginProof::from_bytes(&self.login).unwrap();
        let arrival = Arrival::new(&ChannelBinding::None, ATTEMPTS, NOW);
        let admitted = self
            .verifier
            .admit(&mut Seeded(8), &proof, arrival)
            .unwrap();
        let paid = admitted.spend_local(&Always, NOW).unwrap();
        assert!(self.verifier.check(&mut Seeded(9), paid, NOW).is_ok());
    }
}

/// The server's answer to a proof, by a generator that repeats itself.
fn answered(waiting: AwaitProof<'_>, proof: &[u8]) -> Sent<milagro_tls::login::AwaitName> {
    let arrival = ProofArrival {
        attempts: ATTEMPTS,
        pinned: None,
        now: NOW,
    };
    let due = waiting.receive(&mut Seeded(7), proof, arrival).unwrap();
    let paid = due.unspent.spend_local(&Always, NOW).unwrap();
    let due = due.state.check(&mut Seeded(4), paid, NOW).unwrap();
    due.state
        .answer(due.unspent.spend_local(&Always, NOW).unwrap())
}
