//! Who is in the story, and where they listen.

use std::sync::Arc;

use milagro::mpin::rand_core::{Rng as _, UnwrapErr};
use milagro::mpin::{Identity, PermitPolicy, Policy, ServerId, TrustDomainId};

use super::authority::{Applicant, Authority, Code, request_server};
use super::clock::Clock;
use super::mint::Mint;
use super::server::LoginServer;
use super::station::Station;
use super::story::{Outcome, Story, scene};
use super::wire::{Connection, Service};

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) domain: TrustDomainId,
    pub(crate) authority: Service<Authority>,
    pub(crate) ledger: Server,
    pub(crate) bazaar: Server,
    pub(crate) mint: Arc<Mint>,
    pub(crate) station: Service<Station>,
}

/// A server with its name.
pub(crate) struct Server {
    pub(crate) name: ServerId,
    pub(crate) service: Service<LoginServer>,
}

impl World {
    /// Seconds for which a server waits for the answer to a challenge.
    pub(crate) const PATIENCE: u64 = 60;

    /// Founds the authority and opens two servers.
    pub(crate) fn found(story: &mut Story) -> Outcome<Self> {
        story.chapter("An authority and two servers");
        let clock = Clock::start();
        let authority = Service::start(Authority::found("napkin"))?;
        let domain = authority.role().domain();
        scene(&format!(
            "The authority makes a master secret and listens on {}.",
            authority.address()
        ));
        let mint = Arc::new(Mint::open(clock.clone())?);
        let ledger = open(&authority, &clock, "ledger.example", |server| {
            server.with_mint(Arc::clone(&mint))
        })?;
        let bazaar = open(&authority, &clock, "bazaar.example", |server| server)?;
        let (schedule, keys) = mint.keys();
        let station = Service::start(Station::open(clock.clone(), schedule, keys)?)?;
        for server in [&ledger, &bazaar] {
            scene(&format!(
                "{} has fetched a key that is good for its name only, and listens on {}.",
                server.name.as_bytes().escape_ascii(),
                server.service.address()
            ));
        }
        Ok(Self {
            clock,
            domain,
            authority,
            ledger,
            bazaar,
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

fn open(
    authority: &Service<Authority>,
    clock: &Clock,
    name: &str,
    furnish: impl FnOnce(LoginServer) -> LoginServer,
) -> Outcome<Server> {
    let name = ServerId::new(name.as_bytes())?;
    let code = fresh();
    let applicant = Applicant::Server(name.clone());
    authority.role().admit(applicant, code);
    let mut connection = Connection::open(authority.address())?;
    let secret = request_server(&mut connection, &code, &name)?;
    let policy = Policy {
        challenge_lifetime: World::PATIENCE,
        ..Policy::new(PermitPolicy::NoPermits)
    };
    let server = LoginServer::new(authority.role().domain(), &secret, policy, clock.clone());
    Ok(Server {
        name,
        service: Service::start(furnish(server))?,
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
