//! An authority's service: its shares, what it counts in, and what it says.

pub(crate) mod answers;
mod covers;
pub(crate) mod permits;
pub(crate) mod routes;

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU32;
use core::sync::atomic::AtomicU64;
use core::time::Duration;
use std::sync::Mutex;
use std::time::Instant;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use milagro_base::Seconds;
use milagro_dta::grants::RegistrarPublicKey;
use milagro_dta::permits::Window;
use milagro_ledger::rules::SKEW;
use milagro_ledger::{Ledger, Records, Unavailable};
use milagro_mpin::TrustDomainId;
use milagro_wire::forms::DOMAINS_MAX;
use milagro_wire::server::Pool;
use milagro_wire::server::audit::Audit;
use zeroize::Zeroizing;

use crate::ceremony::hand_over;
use crate::held::HeldShare;
use crate::kinds::LIST;
use crate::service::covers::Covers;
use milagro_wire::server::Effects;
use milagro_wire::server::lists::Lists;

/// What a service stands on.
pub struct Parts {
    /// Where it counts whom it has issued to.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps lists and the log of issued subjects.
    pub records: Arc<dyn Records>,
    /// Its audit file.
    pub audit: Arc<Audit>,
    /// Hides subjects in the audit file.
    pub audit_key: Zeroizing<[u8; 32]>,
    /// Where it computes.
    pub pool: Pool,
    /// Its clock and generator.
    pub effects: Effects,
    /// Renders the metrics of the process.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

/// A share and whom it is used for.
#[derive(Debug)]
pub struct Configured {
    /// The share.
    pub share: HeldShare,
    /// Whose grants and lists count.
    pub registrar: RegistrarPublicKey,
    /// For which epochs there are permits.
    pub window: Window,
    /// How many grants of this registrar are answered in a minute.
    pub grants_per_minute: NonZeroU32,
}

/// Why there is no such service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Fault {
    /// No share, or more than [`DOMAINS_MAX`].
    Shares,
    /// Two shares of one domain.
    Twice,
    /// The share counts in another ledger than this one, or in none yet.
    Ledger,
    /// The share was handed over, or is being, or is lent to a repair: `milagro_authority::ceremony`.
    HandOver,
    /// The records did not answer.
    Unavailable,
}

/// The service. State that a second process over the same store would miss there is none, but for rate limits.
pub struct Service {
    parts: Parts,
    held: Vec<Held>,
    /// The latest time that the store has seen.
    store_clock: Option<StoreClock>,
}

type StoreClock = Arc<dyn Fn() -> Seconds + Send + Sync>;

/// A share at work.
pub(crate) struct Held {
    pub(crate) share: HeldShare,
    pub(crate) registrar: RegistrarPublicKey,
    pub(crate) window: Window,
    pub(crate) lists: Lists,
    pub(crate) covers: Covers,
    /// The number of the list that the audit file names, as far as this process knows.
    pub(crate) noted: AtomicU64,
    rate: Rate,
}

impl Service {
    /// Puts a service together, after asking each share whether it counts in this ledger.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn new(parts: Parts, shares: Vec<Configured>) -> Result<Self, Fault> {
        if shares.is_empty() || shares.len() > DOMAINS_MAX {
            return Err(Fault::Shares);
        }
        let mut held: Vec<Held> = Vec::new();
        for share in shares {
            let id = share.share.edition().id;
            if held.iter().any(|other| *other.id() == id) {
                return Err(Fault::Twice);
            }
            if hand_over::is_under_way(&*parts.records, &id).await? {
                return Err(Fault::HandOver);
            }
            if !share.share.counts_in(&parts.ledger.id()) {
                return Err(Fault::Ledger);
            }
            held.push(Held {
                lists: Lists::new(LIST, id, share.registrar),
                covers: Covers::default(),
                noted: AtomicU64::new(0),
                rate: Rate::new(share.grants_per_minute),
                share: share.share,
                registrar: share.registrar,
                window: share.window,
            });
        }
        Ok(Self {
            parts,
            held,
            store_clock: None,
        })
    }

    /// With the latest time that its store has seen, or has by its own clock: `/readyz` is red while the service's clock is
    /// behind it by more than a minute.
    #[must_use]
    pub fn with_store_clock(mut self, clock: Arc<dyn Fn() -> Seconds + Send + Sync>) -> Self {
        self.store_clock = Some(clock);
        self
    }

    /// What is wrong with the clock.
    pub(crate) fn clock_fault(&self) -> Option<String> {
        let (store, now) = (self.store_clock.as_ref()?(), self.parts.effects.now());
        (store > now.plus(SKEW)).then(|| {
            let behind = store.get().saturating_sub(now.get());
            format!("the clock is {behind} s behind what the store has seen")
        })
    }

    pub(crate) const fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn held(&self) -> &[Held] {
        &self.held
    }

    /// The share of a domain, by its place.
    pub(crate) fn find(&self, domain: &[u8]) -> Option<usize> {
        self.held
            .iter()
            .position(|held| held.id().to_bytes() == domain)
    }
}

impl Held {
    pub(crate) fn id(&self) -> &TrustDomainId {
        &self.share.edition().id
    }

    /// Seconds until grants are answered again, if they are not now.
    pub(crate) fn closed(&self) -> Option<u64> {
        self.rate.closed()
    }

    /// Counts a grant that the registrar has signed.
    pub(crate) fn count(&self) {
        self.rate.count();
    }
}

/// How many grants of a registrar are answered. Only grants with its signature count: a stranger cannot use the number up.
struct Rate {
    limiter: DefaultDirectRateLimiter,
    /// When grants are answered again, once there were too many.
    opens: Mutex<Option<Instant>>,
}

impl Rate {
    fn new(per_minute: NonZeroU32) -> Self {
        Self {
            limiter: RateLimiter::direct(Quota::per_minute(per_minute)),
            opens: Mutex::new(None),
        }
    }

    fn closed(&self) -> Option<u64> {
        let opens = self
            .opens
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let left = opens.map(|opens| opens.saturating_duration_since(Instant::now()));
        let left = left.filter(|left| *left > Duration::ZERO)?;
        Some(left.as_secs().saturating_add(1))
    }

    fn count(&self) {
        if let Err(until) = self.limiter.check() {
            let wait = until.wait_time_from(DefaultClock::default().now());
            let mut opens = self
                .opens
                .lock()
                .unwrap_or_else(std::sync::PoisonError::into_inner);
            *opens = Instant::now().checked_add(wait);
        }
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
            .field("domains", &self.held.len())
            .finish_non_exhaustive()
    }
}

impl From<Unavailable> for Fault {
    fn from(_: Unavailable) -> Self {
        Self::Unavailable
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shares => "there are no shares, or too many",
            Self::Twice => "two shares of one domain",
            Self::Ledger => "a share counts in another ledger than this one",
            Self::HandOver => {
                "a share is handed over or lent in a ceremony, and issues nothing meanwhile"
            }
            Self::Unavailable => "the records did not answer",
        })
    }
}

impl core::error::Error for Fault {}
