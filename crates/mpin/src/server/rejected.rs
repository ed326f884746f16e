//! A login that is refused.

use core::fmt;

use milagro_ledger::{Charge, Ledger, LocalLedger, Unspent};

use crate::server::device::CopiedCookie;
use crate::server::failure::OpenedFailure;
use crate::server::reason::Reason;

/// The login is refused. To the peer this says nothing else: send the same answer whatever the reason.
pub struct Rejected {
    reason: Reason,
    detail: Detail,
}

enum Detail {
    Nothing,
    Opened(Box<OpenedFailure>),
    Copied(Box<Unspent<CopiedCookie>>),
    Unchecked(Vec<Charge>),
}

impl Rejected {
    pub(crate) fn opened_failure(failure: OpenedFailure) -> Self {
        Self {
            reason: Reason::Proof,
            detail: Detail::Opened(Box::new(failure)),
        }
    }

    pub(crate) fn copied_cookie(copied: Unspent<CopiedCookie>) -> Self {
        Self {
            reason: Reason::CookieCopied,
            detail: Detail::Copied(Box::new(copied)),
        }
    }

    /// Refused although its attempt was paid, without a check.
    pub(crate) const fn unchecked(reason: Reason, charges: Vec<Charge>) -> Self {
        Self {
            reason,
            detail: Detail::Unchecked(charges),
        }
    }

    /// Why, for the server's own records. Never tell the peer.
    #[must_use]
    pub const fn reason(&self) -> Reason {
        self.reason
    }

    /// The failed proof, if it was properly opened: only then can it be told by how much the PIN was mistyped,
    /// with [`Verifier::search`](crate::server::Verifier::search).
    #[must_use]
    pub fn opened(&self) -> Option<&OpenedFailure> {
        match &self.detail {
            Detail::Opened(failure) => Some(failure),
            _ => None,
        }
    }

    /// That a copy of the device's cookie exists, of a proof that is right ([`Reason::CookieCopied`]). It counts
    /// once spent: a recorded login that is sent again says nothing.
    #[must_use]
    pub fn into_copied(self) -> Option<Unspent<CopiedCookie>> {
        match self.detail {
            Detail::Copied(copied) => Some(*copied),
            _ => None,
        }
    }

    /// Gives the attempt back if nothing was checked; else does nothing.
    pub async fn give_back(&self, ledger: &dyn Ledger) {
        if let Detail::Unchecked(charges) = &self.detail {
            // What cannot be given back stays counted, which is safe.
            let _unavailable = ledger.refund(charges).await;
        }
    }

    /// As [`Self::give_back`], without waiting for anybody else.
    pub fn give_back_local<L: LocalLedger + ?Sized>(&self, ledger: &L) {
        if let Detail::Unchecked(charges) = &self.detail {
            let _unavailable = ledger.refund(charges);
        }
    }
}

impl From<Reason> for Rejected {
    fn from(reason: Reason) -> Self {
        Self {
            reason,
            detail: Detail::Nothing,
        }
    }
}

milagro_base::opaque_debug!(Rejected);

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("login refused")
    }
}

impl core::error::Error for Rejected {}
