//! An authority, a server, and Alice, who logs in to it.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, Grant, LedgerId, LocalLedger, Unavailable, Usage, Verdict};
use milagro_mpin::client::PinLength;
use milagro_mpin::full::KeyBase;
use milagro_mpin::names::EpochPolicy;
use milagro_mpin::permit::PermitLabel;
use milagro_mpin::server::{Attempts, Freshness, PermitPolicy, PinnedKey, Policy, Reason};
use milagro_mpin::{
    ClientSecret, Factors, Identity, MasterSecret, Permit, Pin, ServerId, Token, TrustDomainId,
    Verifier,
};

use crate::exchange::{Prologue, Session};
use crate::login::LoginError;
use crate::login::{
    AwaitChallenge, AwaitName, AwaitProof, AwaitServerKey, Due, LoggedIn, LoginClient, LoginServer,
    ProofArrival, pseudonym,
};
use crate::tests::fixture::{NOW, rng, today};
use milagro_curve::rand_core::{CryptoRng, TryCryptoRng, TryRng};

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

/// Grants everything, so that a test can deliver a flight again.
pub(in crate::tests) struct Forgetful;

impl LocalLedger for Forgetful {
    fn id(&self) -> LedgerId {
        LEDGER
    }

    fn charge(&self, _: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let granted = Grant {
            used: 1,
            previous: None,
            again: false,
        };
        vec![Verdict::Granted(granted); charges.len()]
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

/// What the server's key belongs to.
pub(super) const LEDGER: LedgerId = LedgerId::from_bytes([3; 32]);

/// Gives bytes of [`LEDGER`] alone.
struct Threes;

impl TryRng for Threes {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x0303_0303)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x0303_0303_0303_0303)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(3);
        Ok(())
    }
}

impl TryCryptoRng for Threes {}

/// The ledger that was made long ago and is called [`LEDGER`].
pub(super) fn ledger() -> MemoryLedger {
    let ledger = MemoryLedger::init(&mut Threes, 1000, NOW.minus(Seconds::days(30)));
    assert_eq!(ledger.id(), LEDGER);
    ledger
}

pub(super) fn arrival(now: Seconds) -> ProofArrival<'static> {
    ProofArrival {
        attempts: Attempts::PerIdentityStrangersCanLockOut,
        pinned: None,
        now,
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(in crate::tests) enum Stop {
    Login(LoginError),
    /// The ledger refused: exhausted, over, or elsewhere.
    Unpaid(&'static str),
}

impl From<LoginError> for Stop {
    fn from(error: LoginError) -> Self {
        Self::Login(error)
    }
}

impl<T> From<milagro_ledger::Refused<T>> for Stop {
    fn from(refused: milagro_ledger::Refused<T>) -> Self {
        Self::Unpaid(match refused {
            milagro_ledger::Refused::Exhausted => "exhausted",
            milagro_ledger::Refused::Over => "over",
            milagro_ledger::Refused::Full => "full",
            milagro_ledger::Refused::Conflict => "conflict",
            milagro_ledger::Refused::Again(_) => "again",
            milagro_ledger::Refused::Unknown(_) => "unknown",
            milagro_ledger::Refused::Elsewhere(_) => "elsewhere",
            _ => "other",
        })
    }
}

pub(super) type Answer = Result<(AwaitName, Vec<u8>), Stop>;

type Attempt<'a> =
    Result<Due<crate::login::AwaitAttempt<'a>, milagro_mpin::full::AdmittedHello>, LoginError>;

/// All moves of a server from a proof to its answer, paid for in a ledger. The generator does not repeat itself: what
/// is claimed in the ledger is to be this call's own.
pub(super) fn answer(due: Attempt<'_>, ledger: &dyn LocalLedger, now: Seconds) -> Answer {
    answer_with(&mut rng(), due, ledger, now)
}

/// The same answer every time, without a ledger that minds.
pub(super) fn answer_again(due: Attempt<'_>) -> Answer {
    answer_with(&mut Seeded(4), due, &Forgetful, NOW)
}

fn answer_with<R: CryptoRng>(
    rng: &mut R,
    due: Attempt<'_>,
    ledger: &dyn LocalLedger,
    now: Seconds,
) -> Answer {
    let due = due?;
    let paid = due.unspent.spend_local(ledger, now)?;
    let due = due.state.check(rng, paid, now)?;
    let sent = due.state.answer(due.unspent.spend_local(ledger, now)?);
    Ok((sent.state, sent.flight))
}

/// The moves from the name to the session. The generator does not repeat itself: the claim in the ledger is to be
/// this call's own.
pub(in crate::tests) fn session(
    waiting: AwaitName,
    ledger: &dyn LocalLedger,
    flight: &[u8],
    now: Seconds,
) -> Result<Session<LoggedIn>, Stop> {
    let due = waiting.receive(&mut rng(), flight, now)?;
    let paid = due.unspent.spend_local(ledger, now)?;
    Ok(due.state.finish(paid, now, |_| true)?)
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
pub(in crate::tests) struct User<B = milagro_mpin::client::Unbound> {
    pub(super) name: Identity,
    pub(super) secret: ClientSecret<B>,
    pub(super) base: KeyBase,
    pub(super) permit: Option<Permit>,
}

pub(in crate::tests) fn name(user: &str) -> Identity {
    Identity::device("example", user, &[7; 16]).unwrap()
}

pub(super) fn pin(digits: &str) -> Factors {
    Factors::pin(Pin::new(digits, PinLength::FOUR).unwrap())
}

pub(super) fn policy(permits: PermitPolicy) -> Policy {
    Policy {
        freshness: Freshness::ChallengesAndTimes,
        ..Policy::new(permits)
    }
}

impl World {
    pub(in crate::tests) fn new() -> Self {
        Self::with_policy(policy(PermitPolicy::NoPermits))
    }

    pub(super) fn with_policy(policy: Policy) -> Self {
        let master = MasterSecret::random(&mut Seeded(1));
        let domain = master.trust_domain("example");
        let server = ServerId::new(b"ledger.example").unwrap();
        let key = master.issue_server(&server).belonging_to(LEDGER);
        let verifier = Verifier::new(domain, &key, LEDGER, policy).unwrap();
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

    pub(super) fn permit(&self, epoch: milagro_mpin::names::Epoch, identity: &Identity) -> Permit {
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

    pub(super) fn client<'a, B: milagro_mpin::client::Binding>(
        &self,
        user: &'a User<B>,
    ) -> LoginClient<'a, B> {
        let (secret, base) = (&user.secret, &user.base);
        let client = LoginClient::new(secret, base, &user.name, self.domain, self.server.clone());
        match &user.permit {
            Some(permit) => client.with_permit(permit),
            None => client,
        }
    }

    /// A verifier of the same domain, over a ledger of this name.
    pub(super) fn verifier(
        &self,
        master: &MasterSecret,
        server: &ServerId,
        id: LedgerId,
    ) -> Verifier {
        let key = master.issue_server(server).belonging_to(id);
        Verifier::new(self.domain, &key, id, self.policy).unwrap()
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
pub(in crate::tests) struct Stopped<'a, B = milagro_mpin::client::Unbound> {
    world: &'a World,
    user: &'a User<B>,
    /// Where there is a challenge.
    asked: Option<(AwaitChallenge<'a, B>, AwaitProof<'a>)>,
    pinned: Option<PinnedKey>,
    pub(super) flights: Vec<Vec<u8>>,
}

pub(super) type Sessions = (Session<ServerId>, Session<LoggedIn>);

impl<'a, B: milagro_mpin::client::Binding> Stopped<'a, B> {
    pub(in crate::tests) fn new(world: &'a World, user: &'a User<B>, one_pass: bool) -> Self {
        let mut run = Self {
            world,
            user,
            asked: None,
            pinned: PinnedKey::of(user.secret.identity()),
            flights: Vec::new(),
        };
        if !one_pass {
            let (client, hello) = world.client(user).start(&Prologue::new());
            let sent = world
                .server()
                .challenge(&mut Seeded(2), &Prologue::new(), &hello, NOW)
                .unwrap();
            run.asked = Some((client, sent.state));
            run.flights.extend([hello, sent.flight]);
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

    fn arrival(&self) -> ProofArrival<'_> {
        ProofArrival {
            pinned: self.pinned.as_ref(),
            ..arrival(NOW)
        }
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
    pub(in crate::tests) fn await_name(&self, proof: &[u8]) -> Answer {
        let mut rng = Seeded(4);
        let due = match &self.asked {
            Some((_, server)) => server.clone().receive(&mut rng, proof, self.arrival()),
            None => self
                .world
                .server()
                .one_pass(&mut rng, &Prologue::new(), proof, self.arrival()),
        };
        answer_again(due)
    }

    /// What comes of it if these bytes arrive as flight `number`, and everything else as it is sent.
    pub(super) fn deliver(&self, number: usize, bytes: &[u8]) -> Result<Sessions, Stop> {
        match self.back(number) {
            4 => {
                let sent =
                    self.world
                        .server()
                        .challenge(&mut Seeded(2), &Prologue::new(), bytes, NOW)?;
                let (client, _) = self.asked.clone().unwrap();
                let (client, proof) = client.receive(&mut Seeded(3), &sent.flight)?;
                let due = sent.state.receive(&mut Seeded(4), &proof, self.arrival());
                finish(client, answer_again(due)?)
            }
            3 => {
                let (client, _) = self.asked.clone().unwrap();
                let (client, proof) = client.receive(&mut Seeded(3), bytes)?;
                finish(client, self.await_name(&proof)?)
            }
            2 => {
                let answered = self.await_name(bytes)?;
                finish(self.await_server_key()?.0, answered)
            }
            1 => {
                let (client, proof) = self.await_server_key()?;
                let (ours, last) = client.receive(bytes)?;
                let (server, _) = self.await_name(&proof)?;
                Ok((ours, session(server, &Forgetful, &last, NOW)?))
            }
            _ => {
                let (server, key) = self.await_name(&self.flights[self.flights.len() - 3])?;
                let theirs = session(server, &Forgetful, bytes, NOW)?;
                Ok((self.await_server_key()?.0.receive(&key)?.0, theirs))
            }
        }
    }
}

fn finish(
    client: AwaitServerKey<'_>,
    (server, key): (AwaitName, Vec<u8>),
) -> Result<Sessions, Stop> {
    let (ours, last) = client.receive(&key)?;
    Ok((ours, session(server, &Forgetful, &last, NOW)?))
}

/// The reason of a refusal by the server.
pub(super) fn reason<T>(result: Result<T, Stop>) -> Option<Reason> {
    match result {
        Err(Stop::Login(LoginError::Rejected(rejected))) => Some(rejected.reason()),
        _ => None,
    }
}
