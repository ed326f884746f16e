//! What a check starts with: a store of its own, and accounts and claims that no check shares with another.

use alloc::format;
use alloc::sync::Arc;
use core::num::NonZeroU32;
use core::sync::atomic::{AtomicU64, Ordering};

use milagro_base::Seconds;

use crate::account::{Account, Life};
use crate::charge::{Charge, Claim};
use crate::conformance::check::Checked;
use crate::conformance::harness::{LedgerHarness, RecordsHarness};
use crate::kind::Kind;
use crate::ledger::Ledger;
use crate::records::Records;
use crate::rules::SKEW;

/// A new ledger, made an hour ago, and names for one check.
pub(super) async fn start(harness: &dyn LedgerHarness) -> Checked<(Arc<dyn Ledger>, Fixture)> {
    let fixture = Fixture::new(harness.now());
    let ledger = harness.init(fixture.made()).await;
    let ledger = ledger.map_err(|problem| format!("init: {problem}"))?;
    Ok((ledger, fixture))
}

/// New records for one check.
pub(super) async fn start_records(harness: &dyn RecordsHarness) -> Checked<Arc<dyn Records>> {
    let records = harness.init().await;
    records.map_err(|problem| format!("init: {problem}"))
}

/// The times of one check, and names for its accounts and claims.
pub(super) struct Fixture {
    /// When the check begins. The ledger was made an hour before.
    pub(super) now: Seconds,
    number: AtomicU64,
}

impl Fixture {
    pub(super) const fn new(now: Seconds) -> Self {
        let number = AtomicU64::new(1);
        Self { now, number }
    }

    /// When the ledger is made.
    pub(super) const fn made(&self) -> Seconds {
        self.now.minus(Seconds::hours(1))
    }

    /// A span around now.
    pub(super) const fn span(&self) -> Life {
        Life::Span {
            from: Some(self.now.minus(SKEW)),
            until: self.now.plus(Seconds::hours(1)),
        }
    }

    /// A span that ends now and never began.
    pub(super) const fn open_span(&self) -> Life {
        Life::Span {
            from: None,
            until: self.now.plus(Seconds::hours(1)),
        }
    }

    /// One of each sort.
    pub(super) const fn lives(&self) -> [Life; 3] {
        [self.span(), self.open_span(), Life::Lasting]
    }

    /// A new account of the first kind of tests.
    pub(super) fn account(&self, life: Life) -> Account {
        self.account_of(KINDS[0], life)
    }

    /// A new account.
    pub(super) fn account_of(&self, kind: Kind, life: Life) -> Account {
        Account::new(kind, &self.bytes(), life)
    }

    /// A new fresh claim.
    pub(super) fn fresh(&self) -> Claim {
        Claim::fresh_from(self.bytes())
    }

    /// A new public claim.
    pub(super) fn public(&self) -> Claim {
        Claim::public(self.bytes())
    }

    /// One of at most `limit`, under a new fresh claim.
    pub(super) fn one_of(&self, account: Account, limit: u64) -> Charge {
        self.some_of(account, NonZeroU32::MIN, limit)
    }

    /// Some of at most `limit`, under a new fresh claim.
    pub(super) fn some_of(&self, account: Account, amount: NonZeroU32, limit: u64) -> Charge {
        Charge {
            account,
            amount,
            limit,
            claim: self.fresh(),
        }
    }

    fn bytes(&self) -> [u8; 32] {
        let number = self.number.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        let mut bytes = [0; 32];
        for (to, from) in bytes.iter_mut().rev().zip(number.iter().rev()) {
            *to = *from;
        }
        bytes
    }
}

/// The kinds of the checks: those of applications.
pub(super) const KINDS: [Kind; 3] = [Kind::new(128), Kind::new(129), Kind::new(255)];

/// The same charge with another claim.
pub(super) const fn with_claim(mut charge: Charge, claim: Claim) -> Charge {
    charge.claim = claim;
    charge
}

/// An amount, at least one.
pub(super) fn amount(amount: u32) -> NonZeroU32 {
    NonZeroU32::new(amount).unwrap_or(NonZeroU32::MIN)
}
