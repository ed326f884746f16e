//! The public key of all epochs.

use alloc::vec::Vec;

use milagro_base::{DecodeError, Reader, Writer};
use milagro_curve::msm::msm_g2_vartime;
use milagro_curve::{G2Point, Scalar, Transcript};

use crate::suite::bls12381::Bls12381G1;
use crate::tags;
use crate::tokens::error::{OUT_OF_RANGE, OutOfRange};
use crate::tokens::frame::digest;
use crate::tokens::plan::{KeyId, Plan, Slot, Windows};
use crate::tokens::timetable::Epoch;
use crate::tokens::uses::Uses;

/// The hash of all that is public about a series: what clients and redeemers pin; 32 bytes.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct SeriesId([u8; Self::LEN]);

impl SeriesId {
    /// Length in bytes.
    pub const LEN: usize = 32;

    /// Reads an id from configuration.
    #[must_use]
    pub const fn from_bytes(bytes: &[u8; Self::LEN]) -> Self {
        Self(*bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn to_bytes(&self) -> [u8; Self::LEN] {
        self.0
    }
}

/// A series of public tokens: its plan and A = a·Q in G2. Whoever has it can check the tokens of every epoch.
///
/// The key of an epoch is k = 1/(a + h), h = Hs(attributes of the epoch); a token is checked against V = A +
/// h·Q, so there is no list of keys to publish, and none to look up.
///
/// Bytes, version 1: `01 ‖ length (2) ‖ suite ‖ length (2) ‖ use case ‖ timetable (40) ‖ 01 ‖ A (96)`.
///
/// # Security
/// An issuer who could show every user a series of its own could tell them apart: everyone pins one id.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Series {
    plan: Plan,
    key: G2Point,
    id: SeriesId,
}

impl Series {
    const VERSION: u8 = 1;

    pub(super) fn new(plan: Plan, key: G2Point) -> Result<Self, OutOfRange> {
        if !Self::takes(&plan) {
            return Err(OUT_OF_RANGE);
        }
        let mut series = Self {
            plan,
            key,
            id: SeriesId([0; SeriesId::LEN]),
        };
        series.id = SeriesId(digest(&[tags::PUBLIC_SERIES, &series.to_bytes()]));
        Ok(series)
    }

    /// Whether a plan is for this suite, with one use for each token: a token that commits to its payload has no
    /// second one.
    pub(super) fn takes(plan: &Plan) -> bool {
        plan.is_for::<Bls12381G1>() && plan.uses() == Uses::ONE
    }

    /// What to pin.
    #[must_use]
    pub const fn id(&self) -> &SeriesId {
        &self.id
    }

    /// Use case and timetable.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Reads a series, if it is the one that is expected.
    ///
    /// # Errors
    /// [`DecodeError`]: length, version, a plan of another suite or with more than one use, a key that is no
    /// element of G2; `Value` for another series.
    pub fn pinned(bytes: &[u8], id: &SeriesId) -> Result<Self, DecodeError> {
        let series = Self::from_bytes(bytes)?;
        if series.id == *id {
            Ok(series)
        } else {
            Err(DecodeError::Value)
        }
    }

    /// Reads a series.
    ///
    /// # Security
    /// Whoever made the bytes issues the tokens: [`Self::pinned`] compares their id.
    ///
    /// # Errors
    /// As [`Self::pinned`], but for the id.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.version(Self::VERSION)?;
        let plan = Plan::read(&mut reader)?;
        if !Self::takes(&plan) {
            return Err(DecodeError::Value);
        }
        let key = *reader.array()?;
        reader.finish()?;
        Ok(Self::new(plan, G2Point::from_bytes(&key)?)?)
    }

    /// Encodes it.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let writer = self.plan.write(Writer::new().u8(Self::VERSION));
        writer.bytes(&self.key.to_bytes()).finish()
    }

    /// The id of an epoch's key.
    ///
    /// # Errors
    /// [`OutOfRange`] if the epoch's windows pass 2^64 seconds.
    pub fn key_id(&self, epoch: Epoch) -> Result<KeyId, OutOfRange> {
        Ok(self.id_at(&self.plan.slot(epoch)?))
    }

    pub(super) fn id_at(&self, slot: &Slot) -> KeyId {
        let attributes = self.plan.attributes(slot);
        let series = self.id.to_bytes();
        KeyId::from_bytes(&digest(&[tags::PUBLIC_KEY_ID, &series, &attributes]))
    }

    pub(super) fn windows(&self, slot: &Slot) -> Result<Windows, OutOfRange> {
        self.plan.windows(slot)
    }

    /// h = Hs(attributes)
    pub(super) fn exponent(&self, slot: &Slot) -> Scalar {
        let mut transcript = Transcript::new(tags::PUBLIC_ATTRIBUTES);
        transcript.append("attributes", &self.plan.attributes(slot));
        transcript.challenge("h")
    }

    /// V = A + h·Q; `None` if that is the identity, which gives a away.
    pub(super) fn key_at(&self, slot: &Slot) -> Option<G2Point> {
        let points = [self.key, G2Point::generator()];
        let scalars = [Scalar::ONE, self.exponent(slot)];
        msm_g2_vartime(&points, &scalars).ok()?.to_point()
    }
}
