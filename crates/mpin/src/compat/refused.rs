//! A login that is refused.

use core::fmt;

use milagro_curve::{G1Sum, Gt};
use milagro_ledger::{Charge, Ledger, LocalLedger};

use crate::compat::device_key::DevicePublicKey;

/// The login is refused. To the peer this says nothing else: send the same answer whatever the reason.
pub struct Refused(Detail);

enum Detail {
    /// Nothing more to say.
    Nothing,
    /// A login without permit whose equation does not hold.
    Failed(Box<Failure>),
    /// It was paid, and was not checked.
    Unchecked(Vec<Charge>),
}

/// What the distance of a mistyped PIN is computed from.
pub(super) struct Failure {
    /// E = e(V, Q)·e(U + y·A, s·Q).
    pub(super) e: Gt,
    /// U + y·A.
    pub(super) sum: G1Sum,
    pub(super) device_key: Option<DevicePublicKey>,
}

impl Refused {
    pub(super) const fn plain() -> Self {
        Self(Detail::Nothing)
    }

    pub(super) fn failed(failure: Failure) -> Self {
        Self(Detail::Failed(Box::new(failure)))
    }

    pub(super) const fn unchecked(charges: Vec<Charge>) -> Self {
        Self(Detail::Unchecked(charges))
    }

    pub(super) fn failure(&self) -> Option<&Failure> {
        match &self.0 {
            Detail::Failed(failure) => Some(failure),
            _ => None,
        }
    }

    /// Gives what was paid back if nothing was checked; else does nothing.
    pub async fn give_back(&self, ledger: &dyn Ledger) {
        if let Detail::Unchecked(charges) = &self.0 {
            // What cannot be given back stays counted, which is safe.
            let _unavailable = ledger.refund(charges).await;
        }
    }

    /// As [`Self::give_back`], without waiting for anybody else.
    pub fn give_back_local<L: LocalLedger + ?Sized>(&self, ledger: &L) {
        if let Detail::Unchecked(charges) = &self.0 {
            let _unavailable = ledger.refund(charges);
        }
    }
}

milagro_base::opaque_debug!(Refused);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("login refused")
    }
}

impl core::error::Error for Refused {}
