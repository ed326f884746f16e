//! The parties of the example, and where they listen.

use std::sync::Arc;

use milagro::base::Seconds;
use milagro::dta::issue::{self, Combined};
use milagro::mpin::names::EpochPolicy;
use milagro::mpin::rand_core::{Rng as _, UnwrapErr};
use milagro::mpin::server::{AttemptPolicy, PermitPolicy, Policy};
use milagro::mpin::{ServerId, ServerSecret};

use super::authorities::Authorities;
use super::batch::BatchServer;
use super::clock::Clock;
use super::dta::SERVER_KEY;
use super::issuer::TokenIssuer;
use super::publisher::Publisher;
use super::redeemer::RedeemerServer;
use super::report::{Outcome, Report};
use super::server::LoginServer;
use super::wire::{Handler, Service};

/// Failures that use up the attempts of a device, or of an identity where there are no device cookies.
pub(crate) const LIMIT: u32 = 3;

pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) authorities: Authorities,
    /// Counts attempts for each device. Issues tokens to users who have logged in.
    pub(crate) accounts: Server<LoginServer>,
    /// Counts attempts for each identity, and tells users by how much they mistyped.
    pub(crate) shop: Server<LoginServer>,
    /// Checks logins in batches.
    pub(crate) tickets: Server<BatchServer>,
    /// Publishes the authorities' bulletin.
    pub(crate) publisher: Service<Publisher>,
    pub(crate) issuer: Arc<TokenIssuer>,
    pub(crate) redeemer: Service<RedeemerServer>,
}

/// A server and its name.
pub(crate) struct Server<R: Handler> {
    pub(crate) site: ServerId,
    pub(crate) service: Service<R>,
}

impl World {
    /// For how long a server waits for the answer to a challenge.
    pub(crate) const PATIENCE: Seconds = Seconds::minutes(1);

    /// Three authorities make a key, and three servers fetch theirs.
    pub(crate) fn found(report: &mut Report) -> Outcome<Self> {
        report.section("Three authorities make a master key that none of them has");
        let clock = Clock::start();
        let authorities = Authorities::found(&clock)?;
        let ports: Vec<String> = authorities
            .addresses()
            .map(|address| address.port().to_string())
            .collect();
        report.step(
            &format!(
                "Each is a thread with a TCP port of its own ({}). In five rounds of signed, public messages they make a \
                 master key of which each has a share. Any two can issue keys; one cannot.",
                ports.join(", ")
            ),
            ports.len() == 3 && authorities.domain().generation() == 0,
        )?;
        let id = authorities.id();
        let issuer = Arc::new(TokenIssuer::open(clock.clone())?);
        let start = |secret, policy| LoginServer::new(id, secret, policy, clock.clone());
        let accounts = open(
            report,
            &authorities,
            "accounts.example",
            |secret, policy| {
                let server = start(secret, policy)?.with_issuer(Arc::clone(&issuer));
                Ok(server.with_devices())
            },
        )?;
        let shop = open(report, &authorities, "shop.example", |secret, policy| {
            Ok(start(secret, policy)?.with_search())
        })?;
        let tickets = open(report, &authorities, "tickets.example", |secret, policy| {
            BatchServer::new(id, secret, policy, clock.clone())
        })?;
        let (schedule, keys) = issuer.keys();
        let redeemer = RedeemerServer::open(clock.clone(), schedule, keys)?;
        Ok(Self {
            clock,
            authorities,
            accounts,
            shop,
            tickets,
            publisher: Service::start(Publisher::default())?,
            issuer,
            redeemer: Service::start(redeemer)?,
        })
    }
}

/// Fetches a server's key and opens its port.
fn open<R: Handler>(
    report: &mut Report,
    authorities: &Authorities,
    name: &str,
    start: impl FnOnce(ServerSecret, Policy) -> Outcome<R>,
) -> Outcome<Server<R>> {
    let site = ServerId::new(name.as_bytes())?;
    let invited = authorities.invite::<issue::ServerSecret>(site.clone())?;
    let enrolled = authorities.enrol(&mut authorities.call(), SERVER_KEY, &invited)?;
    let Combined { key, culprits } = enrolled?;
    let checked = culprits.is_empty() && key.server() == &site;
    let policy = Policy {
        challenge_lifetime: World::PATIENCE,
        attempts: AttemptPolicy {
            short: LIMIT,
            ..AttemptPolicy::DEFAULT
        },
        ..Policy::new(PermitPolicy::Cover(EpochPolicy::DAILY))
    };
    let service = Service::start(start(key, policy)?)?;
    report.step(
        &format!(
            "{name} asks them for its key, checks their shares, and listens on {}.",
            service.address().port()
        ),
        checked,
    )?;
    Ok(Server { site, service })
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
