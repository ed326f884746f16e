//! By how much a PIN was mistyped.

use milagro_curve::{
    Gt,
    pairing::{Term, pairing_product},
};

use crate::compat::encoding::gt_to_milagro;
use crate::compat::refused::Refused;
use crate::compat::server::Server;
use crate::server::pin_error::find;

/// Distances are below this: both PINs are below 10,000.
const LIMIT: u32 = 10_000;

/// E = e(V, Q)·e(U + y·A, s·Q) and F = e(U + y·A, Q) of a refused login (Milagro,
/// `MPIN_SERVER_2`). Of a client that typed a PIN that is off by δ, E = F^(-δ).
///
/// # Security
/// Whoever holds a token can hide a wrong guess from this, by adding a known pair (X, s·X) to U and V;
/// the openings of the current protocol are there to prevent that. Every search follows a failure that was
/// counted, so the limit of attempts is the budget of searches. δ and the typed PIN together are the
/// true PIN: E and F are not to be logged or stored.
pub struct LegacyPinError {
    e: Gt,
    f: Gt,
}

impl Refused {
    /// E and F. `None` if the login was too late or used a permit.
    #[must_use]
    pub fn pin_error(&self, server: &Server) -> Option<LegacyPinError> {
        let failure = self.failure()?;
        let q = server.q(failure.device_key.as_ref());
        Some(LegacyPinError {
            e: failure.e,
            f: pairing_product(Term::new(failure.sum, &q), &[]),
        })
    }
}

impl LegacyPinError {
    /// E in Milagro's order, 576 bytes.
    #[must_use]
    pub fn e(&self) -> [u8; Gt::LEN] {
        gt_to_milagro(&self.e)
    }

    /// F in Milagro's order, 576 bytes.
    #[must_use]
    pub fn f(&self) -> [u8; Gt::LEN] {
        gt_to_milagro(&self.f)
    }

    /// δ, the PIN as typed less the true one: by baby-step giant-step, which finds every |δ| < 10,000,
    /// where Milagro's kangaroo misses some. `None` if it was no wrong PIN.
    ///
    /// Variable time in the distance, which only the server may know.
    #[must_use]
    pub fn distance_vartime(&self) -> Option<i32> {
        find(&self.e.invert(), &self.f, LIMIT)
    }
}

milagro_base::opaque_debug!(LegacyPinError);
