//! The key of one epoch, as clients and redeemers have it.

use alloc::sync::Arc;
use core::fmt::{self, Debug, Formatter};

use milagro_base::Seconds;
use milagro_curve::{G2Point, G2Prepared};

use crate::error::Error;
use crate::tokens::plan::{KeyId, Windows};
use crate::tokens::public::series::Series;
use crate::tokens::timetable::Epoch;

/// The key of one epoch of a series, ready to draw tokens under and to check answers with.
#[derive(Clone)]
pub struct EpochKey(Arc<Parts>);

struct Parts {
    epoch: Epoch,
    id: KeyId,
    windows: Windows,
    /// V = A + h·Q
    key: G2Prepared,
    generator: G2Prepared,
}

impl EpochKey {
    /// The key to draw under at time `now`, by the client's clock: that of the epoch that `now` lies in.
    ///
    /// # Errors
    /// [`Error::InvalidInput`] before the first epoch, or if the windows pass 2^64 seconds;
    /// [`Error::KeyExposed`] if the epoch cancels the key.
    ///
    /// # Security
    /// The series is the one that everybody has: [`Series::pinned`].
    pub fn now(series: &Series, now: Seconds) -> Result<Self, Error> {
        let epoch = series.plan().timetable().epoch(now);
        Self::of(series, epoch.ok_or(Error::InvalidInput)?)
    }

    /// The key of an epoch, whether or not it issues now: for tokens that were asked for before.
    ///
    /// # Errors
    /// As [`Self::now`].
    pub fn of(series: &Series, epoch: Epoch) -> Result<Self, Error> {
        let slot = series.plan().slot(epoch).map_err(|_| Error::InvalidInput)?;
        let windows = series.windows(&slot).map_err(|_| Error::InvalidInput)?;
        let key = series.key_at(&slot).ok_or(Error::KeyExposed)?;
        Ok(Self(Arc::new(Parts {
            epoch,
            id: series.id_at(&slot),
            windows,
            key: G2Prepared::from(&key),
            generator: G2Prepared::from(&G2Point::generator()),
        })))
    }

    /// The key's id.
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.0.id
    }

    /// The epoch.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.0.epoch
    }

    pub(super) fn windows(&self) -> &Windows {
        &self.0.windows
    }

    pub(super) fn key(&self) -> &G2Prepared {
        &self.0.key
    }

    pub(super) fn generator(&self) -> &G2Prepared {
        &self.0.generator
    }
}

impl Debug for EpochKey {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("EpochKey")
            .field("epoch", &self.0.epoch)
            .field("id", &self.0.id)
            .finish_non_exhaustive()
    }
}
