//! Proofs that failed although they were properly opened.

use milagro_base::Seconds;
use milagro_curve::{G1Point, G2Prepared, Scalar, loose::E1Point};

use crate::names::identity::Identity;

/// A proof that failed although it was properly opened: all that the search for the PIN's distance needs.
pub struct OpenedFailure {
    pub(crate) identity: Identity,
    /// When its challenge was issued, or what time it said.
    pub(crate) time: Seconds,
    pub(crate) a: G1Point,
    pub(crate) b: G1Point,
    pub(crate) y: Scalar,
    pub(crate) u: E1Point,
    pub(crate) v: E1Point,
    pub(crate) w: E1Point,
    pub(crate) pa: Option<G2Prepared>,
}

impl OpenedFailure {
    /// Whose login it would have been.
    #[must_use]
    pub const fn claimed_identity(&self) -> &Identity {
        &self.identity
    }
}

milagro_base::opaque_debug!(OpenedFailure);
