//! The issuer's key.

use alloc::boxed::Box;

use milagro_base::DecodeError;
use milagro_curve::{G1Point, G2Point, SecretScalar};
use rand_core::CryptoRng;
use zeroize::{ZeroizeOnDrop, Zeroizing};

use crate::tags;
use crate::tokens::error::OutOfRange;
use crate::tokens::frame::digest;
use crate::tokens::plan::{Plan, Slot};
use crate::tokens::public::series::Series;

/// The secret key a of a series. Wiped when dropped.
///
/// # Security
/// The only copy that is needed is the issuer's: redeemers hold none. Whoever has it makes tokens of every epoch,
/// past ones too, and nobody can tell.
pub struct SeriesKey {
    /// Where it stays when this is moved: a move leaves the bytes behind.
    a: Box<SecretScalar>,
    series: Series,
}

impl SeriesKey {
    /// Bytes of an encoding.
    pub const LEN: usize = SecretScalar::LEN;

    /// A fresh key for a plan of the suite [`Bls12381G1`](crate::suite::Bls12381G1) with one use for each token.
    ///
    /// # Errors
    /// [`OutOfRange`] for another plan.
    pub fn generate<R: CryptoRng + ?Sized>(rng: &mut R, plan: Plan) -> Result<Self, OutOfRange> {
        Self::new(Box::new(SecretScalar::random(rng)), plan)
    }

    /// Reads a stored key; the plan comes from configuration.
    ///
    /// # Errors
    /// [`DecodeError::ScalarOutOfRange`], [`DecodeError::ZeroScalar`]; `Value` for a plan that
    /// [`Self::generate`] does not take.
    pub fn from_bytes(bytes: &[u8; Self::LEN], plan: Plan) -> Result<Self, DecodeError> {
        Ok(Self::new(Box::new(SecretScalar::from_bytes(bytes)?), plan)?)
    }

    fn new(a: Box<SecretScalar>, plan: Plan) -> Result<Self, OutOfRange> {
        let series = Series::new(plan, &G2Point::generator() * &*a)?;
        Ok(Self { a, series })
    }

    /// The key as bytes, for safekeeping.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<[u8; Self::LEN]> {
        self.a.to_bytes()
    }

    /// What everybody may know.
    #[must_use]
    pub const fn series(&self) -> &Series {
        &self.series
    }

    /// What the ledger counts the evaluations of this key under: A alone, whatever the plan.
    pub(super) fn budget(&self) -> [u8; 32] {
        let key = &G2Point::generator() * &*self.a;
        digest(&[tags::PUBLIC_KEY_BUDGET, &key.to_bytes()])
    }

    /// k = 1/(a + h); `None` if that does not exist, which gives a away.
    pub(super) fn at(&self, slot: &Slot) -> Option<EpochSecret> {
        let sum = self.a.to_residue().add_public(&self.series.exponent(slot));
        Some(EpochSecret(sum.to_nonzero()?.invert()))
    }
}

milagro_base::opaque_debug!(SeriesKey);

impl ZeroizeOnDrop for SeriesKey {}

/// The key k of one epoch. One that leaked would give a away, a = 1/k - h, so it stays in here.
pub(super) struct EpochSecret(SecretScalar);

impl EpochSecret {
    /// D = k·C
    pub(super) fn evaluate(&self, blinded: &G1Point) -> G1Point {
        blinded * &self.0
    }
}
