//! The service: what it stands on, and what it asks of logins.

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU32;
use core::time::Duration;

use milagro_base::Seconds;
use milagro_ledger::{Ledger, Records};
use milagro_mpin::server::{EscrowPolicy, Policy};
use milagro_mpin::{TrustDomainId, Verifier};
use milagro_wire::login::names::Origin;
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Pool};
use zeroize::Zeroizing;

use crate::endings::Endings;
use crate::held::Held;
use crate::keys::Keys;
use crate::notes::Notebook;
use crate::queue::{Queue, Tools, Waiting};
use crate::registrar::{Link, Registrar, WhenAway};
use crate::tell::Tell;
use crate::visits::Visits;
use crate::watch::Watch;

/// What a service stands on.
pub struct Parts {
    /// Where it counts.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps devices, sessions and codes.
    pub records: Arc<dyn Records>,
    /// What its keys in the records are sealed under, which change while it runs.
    pub operator: Arc<OperatorKey>,
    /// Its audit file.
    pub audit: Arc<Audit>,
    /// Hides users and devices in the audit file.
    pub audit_key: Zeroizing<[u8; 32]>,
    /// Where it computes.
    pub pool: Pool,
    /// Its clock and generator.
    pub effects: Effects,
    /// Tells users what they should know.
    pub tell: Arc<dyn Tell>,
}

/// What a service asks of logins, and how long what it gives out lasts.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What is asked of a proof.
    pub policy: Policy,
    /// The origins under which browsers know the service itself.
    pub origins: Vec<Origin>,
    /// How logins wait for each other.
    pub waiting: Waiting,
    /// Of how many identities the points are remembered, 96 bytes each and the identity.
    pub points: usize,
    /// How long sessions last.
    pub sessions: SessionTimes,
    /// How many numbers for hand-offs an application is given in five minutes.
    pub numbers: u32,
    /// How many of them browsers of one network (/24 of IPv4, /48 of IPv6) are given in five minutes, if nobody has been handed
    /// over to them before.
    pub numbers_of_network: u32,
    /// Whether a proxy of the operator's is in front, whose last `X-Forwarded-For` is the address that counts.
    pub forwarded: bool,
    /// How often a device may come in a minute, to one process.
    pub visits: NonZeroU32,
    /// How often replicas look for hand-offs that have ended.
    pub look: Duration,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SessionTimes {
    /// Without use.
    pub idle: Seconds,
    /// With use.
    pub absolute: Seconds,
}

impl Settings {
    /// For a policy and the service's own origins: 30 minutes without use and 12 hours with it, 4,096 points, 1,000
    /// numbers of which a network gets 100, no proxy, 300 visits, a look each second.
    #[must_use]
    pub fn new(policy: Policy, origins: Vec<Origin>) -> Self {
        Self {
            policy,
            origins,
            waiting: Waiting::default(),
            points: 4096,
            sessions: SessionTimes {
                idle: Seconds::minutes(30),
                absolute: Seconds::hours(12),
            },
            numbers: 1000,
            numbers_of_network: 100,
            forwarded: false,
            visits: const { NonZeroU32::new(300).unwrap() },
            look: Duration::from_secs(1),
        }
    }
}

/// Why there is no such service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// The keys belong to another ledger than this.
    Ledger,
    /// The policy takes device keys, which this service does not pin yet.
    DeviceKeys,
}

/// The service. It has no state that a second process over the same ledger and records would miss: what is on its way waits
/// here, and nothing else.
pub struct Service {
    pub(crate) parts: Parts,
    pub(crate) settings: Settings,
    pub(crate) domain: TrustDomainId,
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) held: Held,
    pub(crate) queue: Queue,
    pub(crate) book: Notebook,
    pub(crate) watch: Watch,
    pub(crate) visits: Visits,
    pub(crate) link: Option<Link>,
    pub(crate) endings: Endings,
}

impl Service {
    /// Puts a service together, in a runtime of tokio.
    ///
    /// # Errors
    /// [`Fault`].
    pub fn new(parts: Parts, keys: Keys, settings: Settings) -> Result<Self, Fault> {
        if settings.policy.escrow != EscrowPolicy::AuthoritiesTrusted {
            return Err(Fault::DeviceKeys);
        }
        let (ledger, policy) = (parts.ledger.id(), settings.policy);
        let verifier = Verifier::new(keys.domain, &keys.server, ledger, policy);
        let verifier = verifier.map_err(|_| Fault::Ledger)?;
        let verifier = Arc::new(verifier.with_point_cache(settings.points));
        let tools = Tools {
            verifier: Arc::clone(&verifier),
            ledger: Arc::clone(&parts.ledger),
            pool: parts.pool.clone(),
            effects: parts.effects.clone(),
        };
        let queue = Queue::begin(tools, settings.waiting);
        let book = Notebook::begin(Arc::clone(&parts.audit), parts.audit_key.clone());
        let visits = Visits::new(settings.visits);
        let held = Held::new(keys.ring, parts.effects.now());
        Ok(Self {
            parts,
            settings,
            domain: keys.domain,
            verifier,
            held,
            queue,
            book,
            watch: Watch::default(),
            visits,
            link: None,
            endings: Endings::default(),
        })
    }

    /// Has the registrar that enrols the devices asked at each login, and told of each. Devices that it does not know do not
    /// log in any more.
    #[must_use]
    pub fn with_registrar(mut self, registrar: Arc<dyn Registrar>, when_away: WhenAway) -> Self {
        self.link = Some(Link::new(registrar, when_away));
        self
    }

    /// Waits until no login is on its way, and the registrar was told of all: at the end of a process, after its listener has drained.
    pub async fn drain(&self) {
        self.queue.drain().await;
        if let Some(link) = &self.link {
            link.drain().await;
        }
    }

    /// For how many logins anything of the curve was computed.
    #[must_use]
    pub fn checked(&self) -> u64 {
        self.queue.checked()
    }

    pub(crate) fn now(&self) -> Seconds {
        self.parts.effects.now()
    }

    pub(crate) fn records(&self) -> &dyn Records {
        &*self.parts.records
    }

    pub(crate) fn ledger(&self) -> &dyn Ledger {
        &*self.parts.ledger
    }

    /// Fresh random bytes.
    pub(crate) fn random<const N: usize>(&self) -> Zeroizing<[u8; N]> {
        let mut bytes = Zeroizing::new([0; N]);
        milagro_mpin::rand_core::Rng::fill_bytes(&mut *self.parts.effects.rng(), &mut *bytes);
        bytes
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").finish_non_exhaustive()
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("server", self.verifier.server())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ledger => "the keys of the login service belong to another ledger",
            Self::DeviceKeys => "the login service does not pin device keys yet",
        })
    }
}

impl core::error::Error for Fault {}
