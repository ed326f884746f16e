//! A tenant at work.

use alloc::sync::Arc;
use core::time::Duration;
use std::sync::{PoisonError, RwLock};

use milagro_ledger::{Ledger, LedgerId, Records};
use milagro_voprf::tokens::issuer::Issuer;
use milagro_voprf::tokens::redeemer::Redeemer;
use milagro_voprf::tokens::schedule::{Epoch, KeySchedule, ScheduleSigner, ScheduleVerifier};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Pool};
use zeroize::Zeroizing;

use crate::authenticate::Authenticate;
use crate::primary::{self, Exported, KeyError, Primary, RedeemedAt, Safe};
use crate::service::fault::Fault;
use crate::tenant::Tenant;

/// How long a ledger has for its answers before the client is told to ask again.
pub(crate) const LEDGER: Duration = Duration::from_secs(20);

/// What a service stands on.
pub struct Parts {
    /// Where it counts.
    pub ledger: Arc<dyn Ledger>,
    /// Where it keeps schedules and sealed keys.
    pub records: Arc<dyn Records>,
    /// What those are sealed under.
    pub operator: Arc<OperatorKey>,
    /// Its audit file: a line for each answer to a user, none for redemptions, which are of nobody.
    pub audit: Arc<Audit>,
    /// Hides users in the audit file.
    pub audit_key: Zeroizing<[u8; 32]>,
    /// Where it computes.
    pub pool: Pool,
    /// Its clock and generator.
    pub effects: Effects,
}

milagro_base::opaque_debug!(Parts);

/// Which keys a process holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Keys {
    /// The primary key, which gives every key of the schedule.
    Primary,
    /// The primary key and the signer of the schedule: this process publishes what is due.
    PrimaryAndSigner,
    /// Keys that were exported: this process redeems and cannot issue.
    Exported,
}

/// A tenant, and what a process does for it.
pub struct Served {
    /// The tenant.
    pub tenant: Tenant,
    /// Whose signature its schedules have.
    pub verifier: ScheduleVerifier,
    /// Which keys are here.
    pub keys: Keys,
    /// Whom tokens are issued to, if any are.
    pub issues: Option<Arc<dyn Authenticate>>,
    /// Whether tokens are redeemed.
    pub redeems: bool,
}

milagro_base::opaque_debug!(Served);

/// A tenant at work.
pub(crate) struct Desk {
    pub(crate) parts: Arc<Parts>,
    pub(crate) served: Served,
    pub(super) held: Arc<Held>,
    pub(super) signer: Option<ScheduleSigner>,
    pub(super) ledger: LedgerId,
    /// Over editions, so that leases stay.
    pub(crate) issuer: Arc<tokio::sync::RwLock<Option<Issuer>>>,
    pub(super) shown: RwLock<Option<Arc<Shown>>>,
}

pub(super) enum Held {
    Primary(Box<Primary>),
    Exported,
}

/// What is so under one edition.
pub(crate) struct Shown {
    pub(crate) schedule: KeySchedule,
    /// What clients get.
    pub(crate) signed: Vec<u8>,
    pub(crate) redeemer: Option<Redeemer>,
    /// Where redemptions are counted, and of which keys; none where no key was exported.
    pub(super) place: Option<RedeemedAt>,
    /// Epochs of listed keys that are not here.
    pub(super) missing: Vec<Epoch>,
}

impl Desk {
    pub(crate) async fn open(parts: Arc<Parts>, served: Served) -> Result<Self, Fault> {
        let safe = parts.safe();
        let tenant = &served.tenant;
        let (held, ledger) = match served.keys {
            Keys::Exported => {
                let ledger = Exported::ledger(safe, tenant.name()).await;
                (Held::Exported, ledger.map_err(Fault::Key)?)
            }
            Keys::Primary | Keys::PrimaryAndSigner => {
                let primary = Primary::find(safe, tenant).await.map_err(Fault::Key)?;
                let ledger = primary.ledger();
                (Held::Primary(Box::new(primary)), ledger)
            }
        };
        if ledger != parts.ledger.id() {
            return Err(Fault::Ledger);
        }
        if served.redeems && served.keys != Keys::Exported {
            let place = primary::redeemed_at(safe, tenant.name()).await;
            if place
                .map_err(Fault::Key)?
                .is_some_and(|place| place.ledger != ledger)
            {
                return Err(Fault::Elsewhere);
            }
        }
        let signer = if served.keys == Keys::PrimaryAndSigner {
            let signer = primary::signer(safe, tenant.name())
                .await
                .map_err(Fault::Key)?;
            if signer.verifier() != served.verifier {
                return Err(Fault::Key(KeyError::OtherForm));
            }
            Some(signer)
        } else {
            None
        };
        Ok(Self {
            held: Arc::new(held),
            signer,
            ledger,
            issuer: Arc::default(),
            shown: RwLock::new(None),
            parts,
            served,
        })
    }

    /// What is so now, if there is an edition.
    pub(crate) fn shown(&self) -> Option<Arc<Shown>> {
        self.shown
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What is not as it should be, in words.
    pub(crate) fn faults(&self) -> Vec<String> {
        let name = self.served.tenant.name();
        let Some(shown) = self.shown() else {
            return vec![format!("{name}: no schedule yet")];
        };
        let now = self.parts.effects.now();
        let Some(present) = self.served.tenant.plan().timetable().epoch(now) else {
            return vec![format!("{name}: no epoch yet")];
        };
        let next = Epoch::new(present.number().saturating_add(1));
        let mut faults = Vec::new();
        for (epoch, which) in [(present, "this"), (next, "the next")] {
            let mut keys = shown.schedule.keys().iter();
            let listed = keys.any(|key| key.slot().epoch() == epoch && !key.is_withdrawn());
            if !listed {
                faults.push(format!("{name}: no key is published for {which} epoch"));
            } else if epoch == present && shown.schedule.issuing(now).is_none() {
                faults.push(format!("{name}: no key issues yet"));
            } else if shown.missing.contains(&epoch) {
                faults.push(format!("{name}: the key of {which} epoch is not here"));
            }
        }
        if self.ledger != self.parts.ledger.id() {
            faults.push(format!("{name}: the ledger is another one"));
        }
        faults
    }
}

impl Parts {
    pub(crate) fn safe(&self) -> Safe<'_> {
        Safe {
            records: &*self.records,
            key: &self.operator,
        }
    }
}
