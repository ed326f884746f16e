//! A client-server exchange, and a plain login to the same server.

use core::convert::Infallible;

use milagro_mpin::{
    Challenge, ChallengeStore, ChannelBinding, Identity, KeyBase, LoginProof, MasterSecret,
    PermitPolicy, Policy, ServerId, Taken, Target, Verifier,
};
use milagro_tls::rand_core::{TryCryptoRng, TryRng};
use milagro_tls::{
    Prologue, Session,
    login::{AwaitProof, LoggedIn, LoginClient, LoginServer, pseudonym},
};

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

/// Finds every challenge fresh, so that one message can be checked again and again.
struct Always;

impl ChallengeStore for Always {
    fn insert(&self, _: [u8; 32], _: u64) {}

    fn take(&self, _: &[u8; 32], _: u64) -> Taken {
        Taken::Fresh
    }
}

/// A server, and all that one client sends to it.
pub(crate) struct Logins {
    verifier: Verifier,
    hello: Vec<u8>,
    proof: Vec<u8>,
    last: Vec<u8>,
    login: Vec<u8>,
}

impl Logins {
    pub(crate) fn new() -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let domain = master.trust_domain("benches");
        let server = ServerId::new(b"server").unwrap();
        let policy = Policy::new(PermitPolicy::NoPermits);
        let name = Identity::device("benches", "alice@example.com", &[7; 16]).unwrap();
        let secret = master.issue_client(&pseudonym(&domain, &name));
        let base = KeyBase::new(&secret, &server);
        let target = Target {
            domain,
            server: server.clone(),
            binding: ChannelBinding::None,
        };
        let challenge = Challenge::from_bytes(&[1; Challenge::LEN]).unwrap();
        let login = secret.prove(&mut Seeded(2), &target, challenge, None);
        let mut logins = Self {
            verifier: Verifier::new(domain, &master.issue_server(&server), policy),
            hello: Vec::new(),
            proof: Vec::new(),
            last: Vec::new(),
            login: login.unwrap().to_bytes(),
        };
        let client = LoginClient::new((&secret, &base), &name, domain, server);
        let (client, hello) = client.start(&Prologue::new());
        logins.hello = hello;
        let (waiting, challenge) = logins.challenge();
        let (client, proof) = client.receive(&mut Seeded(3), &challenge).unwrap();
        let (_, key) = waiting.receive(&mut Seeded(4), &Always, &proof, 0).unwrap();
        logins.last = client.receive(&key).unwrap().1;
        logins.proof = proof;
        logins
    }

    /// The server, waiting for the proof.
    pub(crate) fn challenge(&self) -> (AwaitProof<'_>, Vec<u8>) {
        LoginServer::new(&self.verifier)
            .challenge(&mut Seeded(5), &Prologue::new(), (&Always, 0), &self.hello)
            .unwrap()
    }

    /// All that the server does from the proof to the session.
    pub(crate) fn serve(&self, waiting: AwaitProof<'_>) -> Session<LoggedIn> {
        let (waiting, _) = waiting
            .receive(&mut Seeded(4), &Always, &self.proof, 0)
            .unwrap();
        waiting.receive(&self.last).unwrap()
    }

    /// The check of a plain login.
    pub(crate) fn check(&self) {
        let proof = LoginProof::from_bytes(&self.login).unwrap();
        let login = self
            .verifier
            .verify(&Always, &proof, &ChannelBinding::None, 0);
        assert!(login.is_ok());
    }
}
