//! Who is in the story, and where they listen.

use std::sync::Arc;

use milagro::dta::issue::Combined;
use milagro::mpin::rand_core::{Rng as _, UnwrapErr};
use milagro::mpin::{
    Counted, EpochPolicy, OpeningPolicy, PermitPolicy, PinLength, Policy, ServerId, ServerSecret,
};

use super::board::Board;
use super::clock::Clock;
use super::council::Council;
use super::dta::Applicant;
use super::guard::Guard;
use super::mint::Mint;
use super::phone::Door;
use super::server::LoginServer;
use super::station::Station;
use super::story::{Outcome, Story};
use super::turnstile::Turnstile;
use super::wire::{Role, Service};

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) council: Council,
    /// Issues tokens to those who have logged in. Counts all failures, since closed proofs do not tell a
    /// guess from noise.
    pub(crate) ledger: Server<LoginServer>,
    /// Counts mistyped PINs.
    pub(crate) bazaar: Server<LoginServer>,
    /// Checks logins in batches.
    pub(crate) stadium: Server<Turnstile>,
    /// Where the authorities' bulletin hangs.
    pub(crate) board: Service<Board>,
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

    /// Three authorities make a key, and three servers fetch theirs.
    pub(crate) fn found(story: &mut Story) -> Outcome<Self> {
        story.chapter("Three authorities make a key that nobody has");
        let clock = Clock::start();
        let council = Council::found(&clock)?;
        let ports: Vec<String> = council
            .addresses()
            .map(|address| address.port().to_string())
            .collect();
        story.step(
            &format!(
                "Each is a thread with a TCP port of its own ({}). In five rounds of letters they make a master key of \
                 which each has a share; any two can issue, one can not.",
                ports.join(", ")
            ),
            ports.len() == 3 && council.domain().generation() == 0,
        )?;
        let id = council.id();
        let mint = Arc::new(Mint::open(clock.clone())?);
        let ledger = open(
            story,
            &council,
            "ledger.example",
            false,
            |secret, policy| {
                LoginServer::new(id, secret, policy, clock.clone())
                    .with_mint(Arc::clone(&mint))
                    .with_guard(Guard::new(Counted::AllFailures))
            },
        )?;
        let bazaar = open(story, &council, "bazaar.example", true, |secret, policy| {
            LoginServer::new(id, secret, policy, clock.clone())
                .with_guard(Guard::new(Counted::MistypedPins))
        })?;
        let stadium = open(
            story,
            &council,
            "stadium.example",
            false,
            |secret, policy| Turnstile::new(id, secret, policy, clock.clone()),
        )?;
        let (schedule, keys) = mint.keys();
        let station = Service::start(Station::open(clock.clone(), schedule, keys, mint.ledger())?)?;
        Ok(Self {
            clock,
            council,
            ledger,
            bazaar,
            stadium,
            board: Service::start(Board::default())?,
            mint,
            station,
        })
    }
}

/// Fetches a server's key and opens its port.
fn open<R: Role>(
    story: &mut Story,
    council: &Council,
    name: &str,
    opened: bool,
    role: impl FnOnce(&ServerSecret, Policy) -> R,
) -> Outcome<Server<R>> {
    let id = ServerId::new(name.as_bytes())?;
    let code = council.invite(&Applicant::Server(id.clone()));
    let Combined { key, culprits } = council.server(&code, &id)?;
    let mut policy = Policy::new(PermitPolicy::Cover(EpochPolicy::DAILY));
    policy.challenge_lifetime = World::PATIENCE;
    if opened {
        policy.openings = OpeningPolicy::Opened(PinLength::FOUR);
    }
    let service = Service::start(role(&key, policy))?;
    story.step(
        &format!(
            "{name} asks them for its key, checks their shares, and listens on {}.",
            service.address().port()
        ),
        culprits.is_empty() && key.server() == &id,
    )?;
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
