//! From the published edition to what a tenant shows.

use alloc::sync::Arc;
use core::fmt;
use std::sync::PoisonError;

use milagro_voprf::tokens::issuer::Issuer;
use milagro_voprf::tokens::keys::{KeyRing, TokenSecretKey};
use milagro_voprf::tokens::redeemer::Redeemer;
use milagro_voprf::tokens::schedule::{Edition, KeySchedule, ScheduleSigner, ScheduledKey};

use crate::editions::{self, EditionError, Next, Published};
use crate::primary::{self, Exported, KeyError, RedeemedAt};
use crate::renewal::is_all_of;
use crate::rotation::{Rotation, RotationError};
use crate::service::desk::{Desk, Held, Served, Shown};

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
    /// The published keys are of another primary key, which has taken the place of the one here: another ledger counts.
    Renewed,
    /// The pool is full.
    Busy,
}

impl Desk {
    /// Publishes what is due, if this process does that, and takes up the edition that is published.
    pub(crate) async fn refresh(&self) -> Result<(), RefreshError> {
        // First, and before all that can fail: whoever does not redeem here any more stops.
        let place = self.place().await?;
        if place.is_some_and(|place| place.ledger != self.ledger) {
            self.stop_redeeming(place);
        }
        let mut published = self.published().await?;
        let mut own = Ok(());
        if let Some(signer) = &self.signer {
            // Of processes that publish at once, one is first, and the others find what it has published.
            for _ in 0..3 {
                match self.publish(signer, published.as_ref()).await {
                    Ok(true) => published = self.published().await?,
                    Ok(false) => break,
                    Err(RefreshError::Renewed) => {
                        own = Err(RefreshError::Renewed);
                        break;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        let published = published.ok_or(RefreshError::None)?;
        if !self.shows(published.schedule.edition(), place) {
            self.take_up(published, place).await?;
        }
        own
    }

    /// Shows what it shows, and redeems no more.
    fn stop_redeeming(&self, place: Option<RedeemedAt>) {
        let mut shown = self.shown.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(before) = shown.as_ref().filter(|shown| shown.redeemer.is_some()) {
            let stopped = Shown {
                schedule: before.schedule.clone(),
                signed: before.signed.clone(),
                redeemer: None,
                place,
                missing: before.missing.clone(),
            };
            *shown = Some(Arc::new(stopped));
        }
    }

    /// Whether nothing has changed. Exported keys may come after the edition that lists them.
    fn shows(&self, edition: Edition, place: Option<RedeemedAt>) -> bool {
        self.shown().is_some_and(|shown| {
            let all = shown.missing.is_empty() || matches!(*self.held, Held::Primary(_));
            all && shown.schedule.edition() == edition && shown.place == place
        })
    }

    /// Where redemptions are counted, which may change while this process works.
    async fn place(&self) -> Result<Option<RedeemedAt>, RefreshError> {
        if matches!(*self.held, Held::Exported) {
            return Ok(None);
        }
        let name = self.served.tenant.name();
        Ok(primary::redeemed_at(self.parts.safe(), name).await?)
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
        if let Some(current) = current
            && !is_all_of(current, primary)?
        {
            return Err(RefreshError::Renewed);
        }
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

    async fn take_up(
        &self,
        published: Published,
        place: Option<RedeemedAt>,
    ) -> Result<(), RefreshError> {
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
        let redeemer = self.redeemer(&schedule, &ring, place).await?;
        self.update_issuer(&schedule, ring).await?;
        let shown = Shown {
            schedule,
            signed: published.signed.to_bytes(),
            redeemer,
            place,
            missing,
        };
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(shown));
        Ok(())
    }

    /// The keys of a schedule that are here.
    async fn keys(&self, schedule: &KeySchedule) -> Result<Vec<TokenSecretKey>, RefreshError> {
        if matches!(*self.held, Held::Exported) {
            let name = self.served.tenant.name();
            let (safe, ledger) = (self.parts.safe(), self.ledger);
            return Ok(Exported::find(safe, name, ledger, schedule).await?);
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

    async fn redeemer(
        &self,
        schedule: &KeySchedule,
        ring: &Arc<KeyRing>,
        place: Option<RedeemedAt>,
    ) -> Result<Option<Redeemer>, RefreshError> {
        // In another ledger each token would be good once more.
        if !self.served.redeems || place.is_some_and(|place| place.ledger != self.ledger) {
            return Ok(None);
        }
        let mut ring = Arc::clone(ring);
        if let Some(place) = place {
            let early = |key: &&ScheduledKey| key.slot().opens() < place.since;
            let early: Vec<_> = schedule.keys().iter().filter(early).collect();
            if !early.is_empty() {
                let mut counted = KeyRing::new();
                for key in self.keys(schedule).await? {
                    if early.iter().all(|early| early.id() != key.id()) {
                        counted.insert(key);
                    }
                }
                ring = Arc::new(counted);
            }
        }
        let id = self.served.tenant.redeemer().clone();
        let redeemer = Redeemer::new(id, schedule.clone(), ring, self.ledger);
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
            Self::Renewed => f.write_str("the published keys are of another primary key"),
            Self::Busy => f.write_str("too much to compute at once"),
        }
    }
}

impl core::error::Error for RefreshError {}
