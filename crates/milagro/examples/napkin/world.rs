//! Who is in the story, and where they listen.

use std::sync::Arc;

use milagro::mpin::rand_core::{Rng as _, UnwrapErr};
use milagro::mpin::{
    Identity, OpeningPolicy, PermitPolicy, PinLength, Policy, ServerId, ServerSecret, TrustDomainId,
};

use super::authority::{Applicant, Authority, Code, request_server};
use super::clock::Clock;
use super::guard::Guard;
use super::mint::Mint;
use super::phone::Door;
use super::server::LoginServer;
use super::station::Station;
use super::story::{Outcome, Story, scene};
use super::turnstile::Turnstile;
use super::wire::{Connection, Role, Service};

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) domain: TrustDomainId,
    pub(crate) authority: Service<Authority>,
    /// Issues tokens to those who have logged in.
    pub(crate) ledger: Server<LoginServer>,
    /// Counts mistyped PINs.
    pub(crate) bazaar: Server<LoginServer>,
    /// Checks logins in batches.
    pub(crate) stadium: Server<Turnstile>,
    pub(crate) mint: Arc<Mint>,
    pub(crate) station: Service<Station>,
}

/// A server, and what phones know of it.
pub(crate) struct Server<R: Role> {
    pub(crate) door: Door,
    pub(crate) service: Service<R>,
}

impl World {
    /// Seconds for which a server waits for the answer to a challenge.
    pub(crate) const PATIENCE: u64 = 60;

    /// Founds the authority and opens the servers.
    pub(crate) fn found(story: &mut Story) -> Outcome<Self> {
        story.chapter("An authority and three servers");
        let clock = Clock::start();
        let authority = Service::start(Authority::found("napkin"))?;
        let domain = authority.role().domain();
        scene(&format!(
            "The authority makes a master secret and listens on {}.",
            authority.address()
        ));
        let mint = Arc::new(Mint::open(clock.clone())?);
        let ledger = open(&authority, "ledger.example", false, |secret, policy| {
            LoginServer::new(domain, secret, policy, clock.clone()).with_mint(Arc::clone(&mint))
        })?;
        let bazaar = open(&authority, "bazaar.example", true, |secret, policy| {
            LoginServer::new(domain, secret, policy, clock.clone()).with_guard(Guard::new())
        })?;
        let stadium = open(&authority, "stadium.example", false, |secret, policy| {
            Turnstile::new(domain, secret, policy, clock.clone())
        })?;
        let (schedule, keys) = mint.keys();
        let station = Service::start(Station::open(clock.clone(), schedule, keys)?)?;
        Ok(Self {
            clock,
            domain,
            authority,
            ledger,
            bazaar,
            stadium,
            mint,
            station,
        })
    }

    /// Gives out an activation code.
    pub(crate) fn invite(&self, identity: &Identity) -> Code {
        let code = fresh();
        let applicant = Applicant::Client(identity.clone());
        self.authority.role().admit(applicant, code);
        code
    }
}

/// Fetches a server's key and opens its port.
fn open<R: Role>(
    authority: &Service<Authority>,
    name: &str,
    opened: bool,
    role: impl FnOnce(&ServerSecret, Policy) -> R,
) -> Outcome<Server<R>> {
    let id = ServerId::new(name.as_bytes())?;
    let code = fresh();
    let applicant = Applicant::Server(id.clone());
    authority.role().admit(applicant, code);
    let mut connection = Connection::open(authority.address())?;
    let secret = request_server(&mut connection, &code, &id)?;
    let mut policy = Policy::new(PermitPolicy::NoPermits);
    policy.challenge_lifetime = World::PATIENCE;
    if opened {
        policy.openings = OpeningPolicy::Opened(PinLength::FOUR);
    }
    let service = Service::start(role(&secret, policy))?;
    scene(&format!(
        "{name} has fetched a key that is good for its name only, and listens on {}.",
        service.address()
    ));
    Ok(Server {
        door: Door { name: id, opened },
        service,
    })
}

/// The operating system's generator.
pub(crate) fn rng() -> UnwrapErr<getrandom::SysRng> {
    UnwrapErr(getrandom::SysRng)
}

/// Random bytes.
pub(crate) fn fresh<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rng().fill_bytes(&mut bytes);
    bytes
}
