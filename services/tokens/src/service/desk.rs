//! A tenant at work.

use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;
use std::sync::{PoisonError, RwLock};

use milagro_ledger::{Ledger, LedgerId, Records};
use milagro_voprf::tokens::issuer::Issuer;
use milagro_voprf::tokens::keys::{KeyRing, TokenSecretKey};
use milagro_voprf::tokens::redeemer::Redeemer;
use milagro_voprf::tokens::schedule::{
    Edition, Epoch, KeySchedule, ScheduleSigner, ScheduleVerifier, ScheduledKey,
};
use milagro_wire::server::audit::Audit;
use milagro_wire::server::locked::OperatorKey;
use milagro_wire::server::{Effects, Pool};
use zeroize::Zeroizing;

use crate::authenticate::Authenticate;
use crate::editions::{self, EditionError, Next, Published};
use crate::primary::{self, Exported, KeyError, Primary, Safe};
use crate::rotation::{Rotation, RotationError};
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
    /// Renders the metrics of the process.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
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

/// Why a process goes on with the edition that it has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RefreshError {
    /// There is no edition yet.
    None,
    /// The edition in the records.
    Edition(EditionError),
    /// The keys.
    Key(KeyError),
    /// The edition that is due.
    Rotation(RotationError),
    /// The pool is full.
    Busy,
}

/// A tenant at work.
pub(crate) struct Desk {
    pub(crate) parts: Arc<Parts>,
    pub(crate) served: Served,
    held: Arc<Held>,
    signer: Option<ScheduleSigner>,
    ledger: LedgerId,
    /// Over editions, so that leases stay.
    pub(crate) issuer: Arc<tokio::sync::RwLock<Option<Issuer>>>,
    shown: RwLock<Option<Arc<Shown>>>,
}

enum Held {
    Primary(Box<Primary>),
    Exported,
}

/// What is so under one edition.
pub(crate) struct Shown {
    pub(crate) schedule: KeySchedule,
    /// What clients get.
    pub(crate) signed: Vec<u8>,
    pub(crate) redeemer: Option<Redeemer>,
    /// Epochs of listed keys that are not here.
    missing: Vec<Epoch>,
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
                .is_some_and(|place| place != ledger)
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

    /// Publishes what is due, if this process does that, and takes up the edition that is published.
    pub(crate) async fn refresh(&self) -> Result<(), RefreshError> {
        let mut published = self.published().await?;
        if let Some(signer) = &self.signer {
            // Of processes that publish at once, one is first, and the others find what it has published.
            for _ in 0..3 {
                if !self.publish(signer, published.as_ref()).await? {
                    break;
                }
                published = self.published().await?;
            }
        }
        let published = published.ok_or(RefreshError::None)?;
        let edition = published.schedule.edition();
        if self.edition() != Some(edition) {
            self.take_up(published).await?;
        }
        Ok(())
    }

    fn edition(&self) -> Option<Edition> {
        self.shown().map(|shown| shown.schedule.edition())
    }

    async fn published(&self) -> Result<Option<Published>, RefreshError> {
        let Served {
            tenant, verifier, ..
        } = &self.served;
        let found = editions::current(&*self.parts.records, tenant.name(), verifier).await;
        found.map_err(RefreshError::Edition)
    }

    /// Publishes the next edition. False if none is due.
    async fn publish(
        &self,
        signer: &ScheduleSigner,
        after: Option<&Published>,
    ) -> Result<bool, RefreshError> {
        let tenant = &self.served.tenant;
        let current = after.map(|after| &after.schedule);
        let due = Rotation::due(tenant, current, self.parts.effects.now())?;
        let Held::Primary(primary) = &*self.held else {
            return Ok(false);
        };
        if due.is_empty() {
            return Ok(false);
        }
        // Up to some hundred derivations, once in an epoch.
        let next = due.apply(tenant, current, primary)?;
        let next = Next {
            tenant: tenant.name(),
            schedule: &next,
        };
        match editions::publish(&*self.parts.records, signer, after, next).await {
            Ok(()) | Err(EditionError::Conflict) => Ok(true),
            Err(error) => Err(RefreshError::Edition(error)),
        }
    }

    async fn take_up(&self, published: Published) -> Result<(), RefreshError> {
        let schedule = published.schedule;
        if let Some(shown) = self.shown()
            && !shown.schedule.is_followed_by(&schedule)
        {
            return Err(RefreshError::Edition(EditionError::NotLater));
        }
        let keys = self.keys(&schedule).await?;
        let mut ring = KeyRing::new();
        let listed = schedule.keys().iter().filter(|key| !key.is_withdrawn());
        let lacks = |listed: &&ScheduledKey| keys.iter().all(|key| key.id() != listed.id());
        let missing = listed.filter(lacks).map(|key| key.slot().epoch()).collect();
        for key in keys {
            ring.insert(key);
        }
        let ring = Arc::new(ring);
        let redeemer = self.redeemer(&schedule, &ring)?;
        self.update_issuer(&schedule, ring).await?;
        let shown = Shown {
            schedule,
            signed: published.signed.to_bytes(),
            redeemer,
            missing,
        };
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(shown));
        Ok(())
    }

    /// The keys of a schedule that are here.
    async fn keys(&self, schedule: &KeySchedule) -> Result<Vec<TokenSecretKey>, RefreshError> {
        if matches!(*self.held, Held::Exported) {
            let name = self.served.tenant.name();
            return Ok(Exported::find(self.parts.safe(), name, schedule).await?);
        }
        let (held, schedule) = (Arc::clone(&self.held), schedule.clone());
        let derive = move || {
            let Held::Primary(primary) = &*held else {
                return Ok(Vec::new());
            };
            let listed = schedule.keys().iter().filter(|key| !key.is_withdrawn());
            listed
                .map(|key| primary.derive(schedule.plan(), *key.slot()))
                .collect()
        };
        let derived = self.parts.pool.run(derive).await;
        Ok(derived.map_err(|_| RefreshError::Busy)??)
    }

    fn redeemer(
        &self,
        schedule: &KeySchedule,
        ring: &Arc<KeyRing>,
    ) -> Result<Option<Redeemer>, RefreshError> {
        if !self.served.redeems {
            return Ok(None);
        }
        let id = self.served.tenant.redeemer().clone();
        let redeemer = Redeemer::new(id, schedule.clone(), Arc::clone(ring), self.ledger);
        redeemer
            .map(Some)
            .map_err(|_| RefreshError::Rotation(RotationError::OtherPlan))
    }

    async fn update_issuer(
        &self,
        schedule: &KeySchedule,
        ring: Arc<KeyRing>,
    ) -> Result<(), RefreshError> {
        if self.served.issues.is_none() {
            return Ok(());
        }
        let tenant = &self.served.tenant;
        let schedule = schedule.clone();
        let mut issuer = self.issuer.write().await;
        let updated = if let Some(issuer) = &mut *issuer {
            issuer.update(schedule, ring)
        } else {
            let (quota, budget) = (tenant.quota(), tenant.budget());
            Issuer::new(schedule, ring, quota, budget, self.ledger).map(|new| *issuer = Some(new))
        };
        updated.map_err(|_| RefreshError::Edition(EditionError::NotLater))
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

impl From<RotationError> for RefreshError {
    fn from(error: RotationError) -> Self {
        Self::Rotation(error)
    }
}

impl From<KeyError> for RefreshError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}

impl fmt::Display for RefreshError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("no edition is published yet"),
            Self::Edition(error) => error.fmt(f),
            Self::Key(error) => error.fmt(f),
            Self::Rotation(error) => error.fmt(f),
            Self::Busy => f.write_str("too much to compute at once"),
        }
    }
}

impl core::error::Error for RefreshError {}
