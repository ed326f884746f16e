//! Ledgers that answer as a test needs it.

use alloc::collections::VecDeque;
use std::sync::Mutex;

use getrandom::SysRng;
use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::rand_core::UnwrapErr;
use milagro_ledger::{
    Account, Answer, Charge, Ledger, LedgerId, LocalLedger, Unavailable, Usage, Verdict,
};

/// Answers what it was told to, and writes down what is asked of it.
#[derive(Default)]
pub(crate) struct Script {
    verdicts: Mutex<VecDeque<Vec<Verdict>>>,
    pub(crate) charged: Mutex<Vec<Vec<Charge>>>,
    refunded: Mutex<Vec<Charge>>,
}

impl Script {
    pub(crate) fn new(verdicts: &[Verdict]) -> Self {
        let script = Self::default();
        script.verdicts.lock().unwrap().push_back(verdicts.to_vec());
        script
    }

    pub(crate) fn refunded(&self) -> Vec<Charge> {
        self.refunded.lock().unwrap().clone()
    }

    pub(crate) fn calls(&self) -> usize {
        self.charged.lock().unwrap().len()
    }
}

impl LocalLedger for Script {
    fn id(&self) -> LedgerId {
        LedgerId::from_bytes([0; 32])
    }

    fn charge(&self, _: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        self.charged.lock().unwrap().push(charges.to_vec());
        self.verdicts.lock().unwrap().pop_front().unwrap()
    }

    fn refund(&self, charges: &[Charge]) -> Result<(), Unavailable> {
        self.refunded.lock().unwrap().extend_from_slice(charges);
        // What cannot be given back is nobody's error.
        Err(Unavailable)
    }

    fn clear(&self, _: &[Account]) -> Result<(), Unavailable> {
        Err(Unavailable)
    }

    fn usage(&self, _: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        Err(Unavailable)
    }
}

pub(crate) fn memory() -> MemoryLedger {
    MemoryLedger::init(&mut UnwrapErr(SysRng), 100, Seconds::ZERO)
}

/// Counts, and loses its answers for a while.
pub(crate) struct Lossy {
    pub(crate) ledger: MemoryLedger,
    lost: Mutex<usize>,
    sizes: Mutex<Vec<usize>>,
}

impl Lossy {
    pub(crate) fn new(lost: usize) -> Self {
        Self {
            ledger: memory(),
            lost: Mutex::new(lost),
            sizes: Mutex::default(),
        }
    }
}

impl LocalLedger for Lossy {
    fn id(&self) -> LedgerId {
        self.ledger.id()
    }

    fn charge(&self, now: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        self.sizes.lock().unwrap().push(charges.len());
        let verdicts = self.ledger.charge(now, charges);
        let mut lost = self.lost.lock().unwrap();
        if *lost == 0 {
            return verdicts;
        }
        *lost -= 1;
        vec![Verdict::Unknown; charges.len()]
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

/// Counts when it is first polled, and answers when it is polled again.
pub(crate) struct Slow(pub(crate) MemoryLedger);

impl Ledger for Slow {
    fn id(&self) -> LedgerId {
        self.0.id()
    }

    fn charge<'a>(&'a self, now: Seconds, charges: &'a [Charge]) -> Answer<'a, Vec<Verdict>> {
        Box::pin(async move {
            let verdicts = self.0.charge(now, charges);
            tokio::task::yield_now().await;
            verdicts
        })
    }

    fn refund<'a>(&'a self, charges: &'a [Charge]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move { self.0.refund(charges) })
    }

    fn clear<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<(), Unavailable>> {
        Box::pin(async move { self.0.clear(accounts) })
    }

    fn usage<'a>(&'a self, accounts: &'a [Account]) -> Answer<'a, Result<Vec<Usage>, Unavailable>> {
        Box::pin(async move { self.0.usage(accounts) })
    }
}
