//! What the pseudorandom function gives.

use core::fmt::{self, Debug, Formatter};

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::suite::group::Suite;
use crate::suite::ristretto::Ristretto255;

/// The value of the pseudorandom function at an input: a secret shared by the client and whoever holds the
/// key.
///
/// 64 bytes for ristretto255 and P-521, 48 for P-384, 32 for P-256.
#[derive(Clone)]
pub struct Output<S: Suite = Ristretto255>(S::OutputBytes);

impl<S: Suite> Output<S> {
    pub(crate) const fn new(bytes: S::OutputBytes) -> Self {
        Self(bytes)
    }

    /// The bytes: an array, `[u8; 64]` for ristretto255.
    #[must_use]
    pub const fn as_bytes(&self) -> &S::OutputBytes {
        &self.0
    }
}

impl<S: Suite> ConstantTimeEq for Output<S> {
    fn ct_eq(&self, other: &Self) -> Choice {
        self.0.as_ref().ct_eq(other.0.as_ref())
    }
}

impl<S: Suite> Debug for Output<S> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output").finish_non_exhaustive()
    }
}

impl<S: Suite> Drop for Output<S> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<S: Suite> ZeroizeOnDrop for Output<S> {}
