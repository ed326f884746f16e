//! An authority, a server, and Alice, who logs in to it.

use core::convert::Infallible;

use milagro_mpin::{
    ChallengeStore, ClientSecret, Factors, Identity, MasterSecret, MemoryReplayStore,
    OpeningPolicy, Permit, Pin, Recorded, ReplayKey, ReplayStore, ServerId, Taken, Token,
    TrustDomainId, Verifier,
    client::PinLength,
    full::KeyBase,
    names::EpochPolicy,
    permit::PermitLabel,
    server::{PermitPolicy, Policy, Reason},
};

use crate::rand_core::{TryCryptoRng, TryRng};
use crate::tests::fixture::{NOW, today};
use crate::{
    LoginError, Prologue, Session,
    login::{
        AwaitChallenge, AwaitName, AwaitProof, AwaitServerKey, LoggedIn, LoginClient, LoginServer,
        pseudonym,
    },
};

/// A generator that repeats itself, so that a test can come to the same state again.
pub(in crate::tests) struct Seeded(pub(in crate::tests) u64);

impl TryRng for Seeded {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64()
            .map(|word| u32::try_from(word >> 32).unwrap())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let word = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Ok(word ^ (word >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            let word = self.try_next_u64()?.to_be_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Seeded {}

/// Finds every challenge fresh and every proof new, so that a test can deliver a flight again.
pub(in crate::tests) struct Forgetful;

impl ChallengeStore for Forgetful {
    fn insert(&self, _: [u8; 32], _: u64) {}

    fn take(&self, _: &[u8; 32], _: u64) -> Taken {
        Taken::Fresh
    }
}

impl ReplayStore for Forgetful {
    fn record(&self, _: ReplayKey, _: u64, _: u64) -> Recorded {
        Recorded::New
    }
}

pub(in crate::tests) struct World {
    pub(super) master: MasterSecret,
    pub(super) domain: TrustDomainId,
    pub(super) server: ServerId,
    pub(super) policy: Policy,
    pub(super) verifier: Verifier,
    pub(in crate::tests) alice: User,
}

/// A name with what a client needs for it.
pub(in crate::tests) struct User {
    pub(super) name: Identity,
    pub(super) secret: ClientSecret,
    pub(super) base: KeyBase,
    pub(super) permit: Option<Permit>,
}

pub(in crate::tests) fn name(user: &str) -> Identity {
    Identity::device("example", user, &[7; 16]).unwrap()
}

pub(super) fn pin(digits: &str) -> Factors {
    Factors::pin(Pin::new(digits, PinLength::FOUR).unwrap())
}

pub(super) fn opened(permits: PermitPolicy) -> Policy {
    Policy {
        openings: OpeningPolicy::Opened(PinLength::FOUR),
        ..Policy::new(permits)
    }
}

impl World {
    pub(in crate::tests) fn new() -> Self {
        Self::with_policy(Policy::new(PermitPolicy::NoPermits))
    }

    pub(super) fn with_policy(policy: Policy) -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let domain = master.trust_domain("example");
        let server = ServerId::new(b"ledger.example").unwrap();
        let verifier = Verifier::new(domain, &master.issue_server(&server), policy);
        let mut world = Self {
            alice: user(&master, domain, &server, "alice"),
            master,
            domain,
            server,
            policy,
            verifier,
        };
        if policy.permits != PermitPolicy::NoPermits {
            world.alice.permit = Some(world.permit(today(), world.alice.secret.identity()));
        }
        world
    }

    pub(super) fn permit(&self, epoch: crate::Epoch, identity: &Identity) -> Permit {
        let (label, length) = (PermitLabel::Personal { epoch }, EpochPolicy::DAILY.length);
        self.master
            .issue_permit(&self.domain, label, length, identity)
    }

    pub(super) fn user(&self, name: &str) -> User {
        user(&self.master, self.domain, &self.server, name)
    }

    pub(in crate::tests) fn secret_bytes(&self) -> zeroize::Zeroizing<[u8; 48]> {
        self.alice.secret.as_point().to_bytes()
    }

    /// Alice, who typed this PIN; the true one is 1234.
    pub(super) fn typed(&self, digits: &str) -> User {
        let secret = self.master.issue_client(self.alice.secret.identity());
        let token = Token::new(self.domain, secret, &pin("1234")).unwrap();
        let secret = token.unlock(&pin(digits)).unwrap();
        User {
            name: self.alice.name.clone(),
            base: KeyBase::new(&secret, &self.server),
            secret,
            permit: self.alice.permit,
        }
    }

    pub(super) fn client<'a>(&self, user: &'a User) -> LoginClient<'a> {
        let keys = (&user.secret, &user.base);
        let client = LoginClient::new(keys, &user.name, self.domain, self.server.clone());
        let client = match &user.permit {
            Some(permit) => client.with_permit(permit),
            None => client,
        };
        match self.policy.openings {
            OpeningPolicy::Opened(_) => client.opened(),
            _ => client,
        }
    }

    pub(super) const fn server(&self) -> LoginServer<'_> {
        LoginServer::new(&self.verifier)
    }
}

fn user(master: &MasterSecret, domain: TrustDomainId, server: &ServerId, user: &str) -> User {
    let name = name(user);
    let secret = master.issue_client(&pseudonym(&domain, &name));
    User {
        name,
        base: KeyBase::new(&secret, server),
        secret,
        permit: None,
    }
}

/// Both ends of a run, each stopped wherever something arrives, and what was sent.
pub(in crate::tests) struct Stopped<'a> {
    world: &'a World,
    user: &'a User,
    /// Where there is a challenge.
    asked: Option<(AwaitChallenge<'a>, AwaitProof<'a>)>,
    pub(super) flights: Vec<Vec<u8>>,
}

pub(super) type Sessions = (Session<ServerId>, Session<LoggedIn>);

impl<'a> Stopped<'a> {
    pub(in crate::tests) fn new(world: &'a World, user: &'a User, one_pass: bool) -> Self {
        let mut run = Self {
            world,
            user,
            asked: None,
            flights: Vec::new(),
        };
        if !one_pass {
            let (client, hello) = world.client(user).start(&Prologue::new());
            let (server, challenge) = world
                .server()
                .challenge(&mut Seeded(2), &Prologue::new(), (&Forgetful, NOW), &hello)
                .unwrap();
            run.asked = Some((client, server));
            run.flights.extend([hello, challenge]);
        }
        let (_, proof) = run.await_server_key().unwrap();
        run.flights.push(proof);
        let (_, key) = run.await_name(run.flights.last().unwrap()).unwrap();
        let (client, _) = run.await_server_key().unwrap();
        let (_, last) = client.receive(&key).unwrap();
        run.flights.extend([key, last]);
        run
    }

    /// Whether flight `number` is the challenge, the proof and so on, counted from the back: 0 is the name.
    pub(super) fn back(&self, number: usize) -> usize {
        self.flights.len() - 1 - number
    }

    /// The client, with its proof out.
    pub(in crate::tests) fn await_server_key(
        &self,
    ) -> Result<(AwaitServerKey<'a>, Vec<u8>), LoginError> {
        match &self.asked {
            Some((client, _)) => client.clone().receive(&mut Seeded(3), &self.flights[1]),
            None => {
                self.world
                    .client(self.user)
                    .start_one_pass(&mut Seeded(3), &Prologue::new(), NOW)
            }
        }
    }

    /// The server, with this as the proof.
    pub(in crate::tests) fn await_name(
        &self,
        proof: &[u8],
    ) -> Result<(AwaitName, Vec<u8>), LoginError> {
        let mut rng = Seeded(4);
        match &self.asked {
            Some((_, server)) => server.clone().receive(&mut rng, &Forgetful, proof, NOW),
            None => {
                self.world
                    .server()
                    .one_pass(&mut rng, &Prologue::new(), (&Forgetful, NOW), proof)
            }
        }
    }

    /// What comes of it if these bytes arrive as flight `number`, and everything else as it is sent.
    pub(super) fn deliver(&self, number: usize, bytes: &[u8]) -> Result<Sessions, LoginError> {
        match self.back(number) {
            4 => {
                let (server, challenge) = self.world.server().challenge(
                    &mut Seeded(2),
                    &Prologue::new(),
                    (&Forgetful, NOW),
                    bytes,
                )?;
                let (client, _) = self.asked.clone().unwrap();
                let (client, proof) = client.receive(&mut Seeded(3), &challenge)?;
                let (server, key) = server.receive(&mut Seeded(4), &Forgetful, &proof, NOW)?;
                finish(client, server, &key)
            }
            3 => {
                let (client, _) = self.asked.clone().unwrap();
                let (client, proof) = client.receive(&mut Seeded(3), bytes)?;
                let (server, key) = self.await_name(&proof)?;
                finish(client, server, &key)
            }
            2 => {
                let (server, key) = self.await_name(bytes)?;
                finish(self.await_server_key()?.0, server, &key)
            }
            1 => {
                let (client, proof) = self.await_server_key()?;
                let (session, last) = client.receive(bytes)?;
                let (server, _) = self.await_name(&proof)?;
                Ok((session, server.receive(&last)?))
            }
            _ => {
                let (server, key) = self.await_name(&self.flights[self.flights.len() - 3])?;
                let session = server.receive(bytes)?;
                Ok((self.await_server_key()?.0.receive(&key)?.0, session))
            }
        }
    }
}

fn finish(
    client: AwaitServerKey<'_>,
    server: AwaitName,
    key: &[u8],
) -> Result<Sessions, LoginError> {
    let (session, last) = client.receive(key)?;
    Ok((session, server.receive(&last)?))
}

/// The reason of a refusal by the server.
pub(super) fn reason<T>(result: Result<T, LoginError>) -> Option<Reason> {
    match result {
        Err(LoginError::Rejected(rejected)) => Some(rejected.reason()),
        _ => None,
    }
}

pub(super) fn replays() -> MemoryReplayStore {
    MemoryReplayStore::new(10)
}
