//! A ledger behind a connection that loses what it is told to lose, and counts calls.

use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;

use milagro_base::Seconds;
use milagro_ledger::{Account, Charge, LedgerId, LocalLedger, Unavailable, Usage, Verdict};

/// What becomes of the next call of `charge`.
#[derive(Clone, Copy, Debug)]
pub(in crate::tokens) enum Loss {
    /// It does not arrive.
    Request,
    /// It takes effect, and nobody hears of it.
    Reply,
}

pub(in crate::tokens) struct Flaky<L> {
    ledger: L,
    next: Mutex<Option<Loss>>,
    calls: AtomicUsize,
}

impl<L> Flaky<L> {
    pub(in crate::tokens) fn new(ledger: L) -> Self {
        Self {
            ledger,
            next: Mutex::new(None),
            calls: AtomicUsize::new(0),
        }
    }

    /// Loses this of the next call.
    pub(in crate::tokens) fn lose(&self, loss: Loss) {
        *self.next.lock().unwrap() = Some(loss);
    }

    /// How often it was asked to charge.
    pub(in crate::tokens) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }
}

impl<L: LocalLedger> LocalLedger for Flaky<L> {
    fn id(&self) -> LedgerId {
        self.ledger.id()
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let loss = self.next.lock().unwrap().take();
        let unknown = || vec![Verdict::Unknown; charges.len()];
        match loss {
            None => self.ledger.charge(now, charges),
            Some(Loss::Request) => unknown(),
            Some(Loss::Reply) => {
                let _lost = self.ledger.charge(now, charges);
                unknown()
            }
        }
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        self.ledger.refund(charges)
    }

    fn clear(&self, accounts: &[Account]) -> Result<(), Unavailable> {
        self.ledger.clear(accounts)
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        self.ledger.usage(accounts)
    }
}
