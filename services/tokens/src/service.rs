//! The service: its tenants, what it counts in, and which edition of each schedule it goes by.

mod desk;
pub(crate) mod documents;
mod fault;
mod issue;
mod redeem;
mod refresh;
pub(crate) mod routes;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use core::fmt;

use milagro_wire::problem::ProblemType;

pub use desk::{Keys, Parts, Served};
pub use fault::Fault;
pub use refresh::RefreshError;

use crate::service::desk::Desk;

/// Issues and redeems for some tenants. It holds no state that a second process over the same store would miss, but what
/// is left of its leases.
pub struct Service {
    desks: BTreeMap<String, Arc<Desk>>,
}

impl Service {
    /// The most tenants of one service.
    pub const TENANTS_MAX: usize = 64;

    /// Puts a service together, after asking the keys of each tenant whether they belong to this ledger. It answers when
    /// [`Self::refresh`] has found or published a schedule.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn new(parts: Parts, tenants: Vec<Served>) -> Result<Self, Fault> {
        if tenants.is_empty() || tenants.len() > Self::TENANTS_MAX {
            return Err(Fault::Tenants);
        }
        let parts = Arc::new(parts);
        let mut desks = BTreeMap::<String, Arc<Desk>>::new();
        for served in tenants {
            let name = served.tenant.name().as_str().to_owned();
            if desks.contains_key(&name) {
                return Err(Fault::Twice);
            }
            let use_case = served.tenant.plan().use_case();
            let uses = |desk: &Arc<Desk>| desk.served.tenant.plan().use_case() == use_case;
            if desks.values().any(uses) {
                return Err(Fault::UseCase);
            }
            if served.issues.is_none() && !served.redeems {
                return Err(Fault::Idle);
            }
            if served.issues.is_some() && served.keys == Keys::Exported {
                return Err(Fault::Exported);
            }
            let desk = Desk::open(Arc::clone(&parts), served).await?;
            desks.insert(name, Arc::new(desk));
        }
        Ok(Self { desks })
    }

    /// Publishes what is due, where this process does that, and goes by the edition that stands in the records. To be called
    /// at the start, when settings change, and every half a minute or so.
    ///
    /// # Errors
    /// One [`RefreshError`] for each tenant that stays as it was.
    pub async fn refresh(&self) -> Result<(), Vec<RefreshError>> {
        let mut errors = Vec::new();
        for (name, desk) in &self.desks {
            if let Err(error) = desk.refresh().await {
                tracing::warn!(tenant = name, %error, "schedule not refreshed");
                errors.push(error);
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// What is wrong with the clock, which all tenants share.
    pub(crate) fn clock_fault(&self) -> Option<String> {
        let first = self.desks.values().next()?;
        first.parts.effects.clock_fault()
    }

    pub(crate) fn desks(&self) -> impl Iterator<Item = &Arc<Desk>> {
        self.desks.values()
    }

    pub(crate) fn desk(&self, name: &str) -> Result<&Arc<Desk>, ProblemType> {
        self.desks.get(name).ok_or(ProblemType::NotFound)
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("tenants", &self.desks.len())
            .finish_non_exhaustive()
    }
}
