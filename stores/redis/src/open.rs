//! Making, opening and restoring a ledger.

use core::hash::BuildHasher as _;
use core::sync::atomic::{AtomicU64, Ordering};
use std::hash::RandomState;

use milagro_base::Seconds;
use milagro_ledger::rand_core::CryptoRng;
use milagro_ledger::{LedgerId, rules};
use milagro_store::{Divergence, Event, Marks, OpenError};
use redis::RedisError;

use crate::bucket::Buckets;
use crate::fitness;
use crate::link::Link;
use crate::meta::{Making, Meta, Metas};
use crate::restore::Order;
use crate::settings::Settings;
use crate::shared::Shared;

/// A ledger and records in Redis: on one server, or in a cluster.
///
/// It is made for a fleet: every process has its own, all on the same database.
#[derive(Debug)]
pub struct Redis {
    pub(crate) link: Link,
    pub(crate) shared: Shared,
    settings: Settings,
    /// Names of calls that write records: no two calls of any process have the same.
    calls: (u64, AtomicU64),
}

impl Redis {
    /// Makes a ledger, and opens it. `now` is the clock's time: the ledger is born [`rules::SKEW`] later, and what
    /// can have been charged by then is over.
    ///
    /// # Errors
    /// [`OpenError`]; [`OpenError::AlreadyThere`] rather than touch a ledger.
    pub async fn init<R: CryptoRng + ?Sized>(
        rng: &mut R,
        settings: Settings,
        now: Seconds,
    ) -> Result<Self, OpenError> {
        let id = LedgerId::random(rng);
        let link = connect(&settings).await?;
        let buckets = Buckets::new(&settings.name, settings.buckets.get());
        for bucket in buckets.iter() {
            let meta = Meta::look(&link, bucket).await?;
            if let Some(there) = meta.id.filter(|_| meta.is_whole) {
                return Err(OpenError::AlreadyThere(there));
            }
        }
        let making = Making {
            id,
            birth: rules::birth(now),
            count: buckets.len(),
        };
        for bucket in buckets.iter() {
            making.make(&link, bucket, None).await?;
        }
        let numbers = making.finish(&link, &buckets).await?;
        Self::open_new(
            settings,
            Marks {
                ledger: id,
                numbers,
            },
        )
        .await
    }

    /// Opens the ledger that is there.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(settings: Settings) -> Result<Self, OpenError> {
        let link = connect(&settings).await?;
        let metas = Metas::look(&link, &settings.name).await?;
        let id = metas.id()?;
        if settings.expected.is_some_and(|expected| expected != id) {
            return Err(OpenError::AnotherLedger(id));
        }
        let witnessed = witnessed(&settings, id)?;
        let marks = metas.marks(id);
        if witnessed.as_ref().is_some_and(|known| !marks.reach(known)) {
            return Err(OpenError::Diverged(Divergence::Behind));
        }
        if let Err(divergence) = metas.check_runs(witnessed.is_some()) {
            metas.mark_promoted(&link, id).await?;
            return Err(OpenError::Diverged(divergence));
        }
        let shared = Shared::new(&settings, &marks, metas);
        let seed = RandomState::new().hash_one(id.to_bytes());
        let redis = Self {
            link,
            shared,
            settings,
            calls: (seed, AtomicU64::new(RandomState::new().hash_one(0))),
        };
        redis.remember()?;
        Ok(redis)
    }

    /// Opens a ledger that comes from a copy, from an older state, or on a replica that was promoted: under a new
    /// name, born [`rules::SKEW`] after the latest time that it, its servers or the caller has seen. What can have
    /// been charged by then is over; lasting accounts of [`rules::USED_UP`] count as used up.
    ///
    /// Whoever has the ledger open is closed by that. Keys that name the old ledger do not belong to the new one. A
    /// restoration that is interrupted is simply begun again.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn restore<R: CryptoRng + ?Sized>(
        rng: &mut R,
        settings: Settings,
        now: Seconds,
    ) -> Result<Self, OpenError> {
        let id = LedgerId::random(rng);
        let link = connect(&settings).await?;
        let order = Order { id, now };
        let numbers = order.carry_out(&link, &settings).await?;
        Self::open_new(
            settings,
            Marks {
                ledger: id,
                numbers,
            },
        )
        .await
    }

    /// Why nothing is answered any more: the database turned out to be another one, or to have lost something.
    #[must_use]
    pub fn closed(&self) -> Option<Divergence> {
        self.shared.closed()
    }

    /// Has the witness remember how far the ledger has come. Each process that has one does this every few seconds;
    /// it does not ask the server.
    ///
    /// # Errors
    /// [`OpenError::Witness`].
    pub fn keep_up(&self) -> Result<(), OpenError> {
        match self.closed() {
            Some(divergence) => Err(OpenError::Diverged(divergence)),
            None => self.remember(),
        }
    }

    /// Looks at the servers as [`Self::open`] does: a setting may have been changed under a ledger that is open, or a
    /// server may have joined the cluster. For a probe of whether a process is ready.
    ///
    /// # Errors
    /// [`OpenError::Unfit`], [`OpenError::Unreachable`], [`OpenError::Diverged`].
    pub async fn examine(&self) -> Result<(), OpenError> {
        match self.closed() {
            Some(divergence) => Err(OpenError::Diverged(divergence)),
            None => fitness::check(&self.link, &self.settings).await,
        }
    }

    /// The time by the clock of a server, which should be the callers'.
    ///
    /// # Errors
    /// [`OpenError::Unreachable`].
    pub async fn clock(&self) -> Result<Seconds, OpenError> {
        let alone = Buckets::new(&self.settings.name, 1);
        let first = alone.iter().next().ok_or(OpenError::NoLedger)?;
        Ok(Meta::look(&self.link, first).await?.clock)
    }

    /// A name for a call that writes.
    pub(crate) fn name_call(&self) -> [u8; 16] {
        let (seed, next) = &self.calls;
        let number = next.fetch_add(1, Ordering::Relaxed);
        let mut name = [0; 16];
        let bytes = [seed.to_be_bytes(), number.to_be_bytes()];
        for (to, from) in name.iter_mut().zip(bytes.as_flattened()) {
            *to = *from;
        }
        name
    }

    async fn open_new(settings: Settings, marks: Marks) -> Result<Self, OpenError> {
        if let Some(witness) = &settings.witness {
            witness.write(&marks).map_err(OpenError::Witness)?;
        }
        Self::open(settings.expecting(marks.ledger)).await
    }

    fn remember(&self) -> Result<(), OpenError> {
        let Some(witness) = &self.settings.witness else {
            return Ok(());
        };
        witness
            .write(&self.shared.marks())
            .map_err(OpenError::Witness)
    }
}

async fn connect(settings: &Settings) -> Result<Link, OpenError> {
    let link = Link::new(settings).await.map_err(unreachable)?;
    settings.observer.observe(&Event::Connected);
    fitness::check(&link, settings).await?;
    Ok(link)
}

/// How far the witness knows the ledger to have come.
fn witnessed(settings: &Settings, id: LedgerId) -> Result<Option<Marks>, OpenError> {
    let Some(witness) = &settings.witness else {
        return Ok(None);
    };
    match witness.read().map_err(OpenError::Witness)? {
        Some(marks) if marks.ledger != id => Err(OpenError::AnotherLedger(id)),
        marks => Ok(marks),
    }
}

fn unreachable(error: RedisError) -> OpenError {
    OpenError::Unreachable(error.into())
}
