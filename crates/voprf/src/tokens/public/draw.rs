//! The client's side of drawing.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::{self, Debug, Formatter};

use milagro_base::Seconds;
use milagro_curve::{G2Point, G2Prepared, SecretScalar, Transcript};
use rand_core::CryptoRng;

use crate::error::Error;
use crate::modes::bounds::check_len;
use crate::tags;
use crate::tokens::plan::{KeyId, Windows};
use crate::tokens::public::message::Request;
use crate::tokens::public::name::{Form, Origin};
use crate::tokens::public::pending::{Blind, Pending};
use crate::tokens::public::series::Series;
use crate::tokens::redeem::binding::Binding;
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

    /// Draws `count` tokens that have one-time keys of their own: what they buy is decided when they are spent.
    ///
    /// # Errors
    /// [`Error::EmptyBatch`], [`Error::BatchTooLarge`] beyond [`MAX_BATCH`](crate::MAX_BATCH).
    ///
    /// # Security
    /// A redeemer tells these tokens from those of [`Self::draw_for`]: all clients of an application draw the
    /// same kind.
    pub fn draw<R: CryptoRng + ?Sized>(&self, rng: &mut R, count: usize) -> Result<Drawing, Error> {
        check_len(count)?;
        let mut origins = Vec::with_capacity(count);
        origins.extend((0..count).map(|_| Origin::keyed(rng)));
        Ok(self.blind(rng, Form::Keyed, origins))
    }

    /// Draws one token for each binding, which it commits to for good: shorter by a signature when it is spent.
    ///
    /// # Errors
    /// As [`Self::draw`].
    pub fn draw_for<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        bindings: &[Binding<'_>],
    ) -> Result<Drawing, Error> {
        check_len(bindings.len())?;
        let mut origins = Vec::with_capacity(bindings.len());
        origins.extend(
            bindings
                .iter()
                .map(|binding| Origin::committed(rng, binding)),
        );
        Ok(self.blind(rng, Form::Committed, origins))
    }

    /// C = r·H(x), r uniform and hedged with all that is secret about the token.
    fn blind<R: CryptoRng + ?Sized>(
        &self,
        rng: &mut R,
        form: Form,
        origins: Vec<Origin>,
    ) -> Drawing {
        let mut items = Vec::with_capacity(origins.len());
        for (place, origin) in (0_u64..).zip(origins) {
            let mut transcript = Transcript::new(tags::PUBLIC_BLIND);
            transcript.append("key", self.0.id.as_bytes());
            transcript.append("name", &origin.name.bytes);
            transcript.append("seed", origin.seed());
            transcript.append_u64("place", place);
            let r = SecretScalar::hedged(rng, transcript);
            items.push(Blind::new(origin, r, &self.0.id));
        }
        let pending = Pending::new(self.clone(), form, items);
        Drawing {
            request: pending.request(),
            pending,
        }
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

/// What drawing starts with: the request to send, and what its answer is checked with. Save the latter first:
/// what was sent can be asked for again, and its answer be read, only with it.
#[derive(Debug)]
#[must_use = "a request that is not sent draws nothing"]
#[expect(
    clippy::exhaustive_structs,
    reason = "a step has a message and a state"
)]
pub struct Drawing {
    /// The request.
    pub request: Request,
    /// The tokens that it asks for.
    pub pending: Pending,
}
