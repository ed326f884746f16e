//! An authority's service: its shares, what it counts in, and what it says.

pub(crate) mod answers;
pub(crate) mod at_work;
mod covers;
pub(crate) mod parts;
pub(crate) mod permits;
pub(crate) mod queue;
pub(crate) mod repeats;
pub(crate) mod routes;

use alloc::sync::Arc;
use core::fmt;
use core::num::NonZeroU32;
use core::sync::atomic::AtomicU64;

use milagro_dta::grants::RegistrarPublicKey;
use milagro_dta::permits::Window;
use milagro_ledger::Unavailable;
use milagro_wire::forms::DOMAINS_MAX;
use milagro_wire::server::lists::Lists;

use crate::ceremony::hand_over;
use crate::held::HeldShare;
use crate::kinds::LIST;
use crate::service::at_work::{Held, Rate};
use crate::service::covers::Covers;
use crate::service::parts::Parts;
use crate::service::queue::{Queue, Waiting};
use crate::service::repeats::Repeats;

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
    parts: Arc<Parts>,
    held: Vec<Arc<Held>>,
    queue: Queue,
}

impl Service {
    /// Puts a service together, in a runtime of tokio, after asking each share whether it counts in this ledger.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn new(parts: Parts, shares: Vec<Configured>) -> Result<Self, Fault> {
        if shares.is_empty() || shares.len() > DOMAINS_MAX {
            return Err(Fault::Shares);
        }
        let mut held: Vec<Arc<Held>> = Vec::new();
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
            held.push(Arc::new(Held {
                lists: Lists::new(LIST, id, share.registrar),
                covers: Covers::default(),
                noted: AtomicU64::new(0),
                rate: Rate::new(share.grants_per_minute),
                repeats: Repeats::default(),
                share: share.share,
                registrar: share.registrar,
                window: share.window,
            }));
        }
        let parts = Arc::new(parts);
        Ok(Self {
            queue: Queue::begin(&parts, &held, Waiting::default()),
            parts,
            held,
        })
    }

    /// With another queue of grants: before anybody asks.
    #[must_use]
    pub fn with_waiting(mut self, waiting: Waiting) -> Self {
        self.queue = Queue::begin(&self.parts, &self.held, waiting);
        self
    }

    /// Answers no more grants, and waits until all that are on their way are answered: at the end of a process, after its
    /// listener has drained. Whoever asks afterwards is told that the service is busy.
    pub async fn drain(&self) {
        self.queue.drain().await;
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn held(&self) -> &[Arc<Held>] {
        &self.held
    }

    pub(crate) const fn queue(&self) -> &Queue {
        &self.queue
    }

    /// The share of a domain, by its place.
    pub(crate) fn find(&self, domain: &[u8]) -> Option<usize> {
        self.held
            .iter()
            .position(|held| held.id().to_bytes() == domain)
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
