//! Ledgers of a known name: one that minds, and one that grants everything.

use core::convert::Infallible;

use milagro_base::Seconds;
use milagro_curve::rand_core::{TryCryptoRng, TryRng};
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Account, Charge, Grant, LedgerId, LocalLedger, Unavailable, Usage, Verdict};

use crate::tests::fixture::NOW;

/// Grants everything, so that a test can deliver a flight again.
pub(in crate::tests) struct Forgetful;

impl LocalLedger for Forgetful {
    fn id(&self) -> LedgerId {
        LEDGER
    }

    fn charge(&self, _: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let granted = Grant {
            used: 1,
            previous: None,
            again: false,
        };
        vec![Verdict::Granted(granted); charges.len()]
    }

    fn refund(&self, _: &[Charge]) -> Result<(), Unavailable> {
        Ok(())
    }

    fn clear(&self, _: &[Account]) -> Result<(), Unavailable> {
        Ok(())
    }

    fn usage(&self, accounts: &[Account]) -> Result<Vec<Usage>, Unavailable> {
        Ok(vec![Usage::default(); accounts.len()])
    }
}

/// What the server's key belongs to.
pub(super) const LEDGER: LedgerId = LedgerId::from_bytes([3; 32]);

/// Gives bytes of [`LEDGER`] alone.
struct Threes;

impl TryRng for Threes {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(0x0303_0303)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(0x0303_0303_0303_0303)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        out.fill(3);
        Ok(())
    }
}

impl TryCryptoRng for Threes {}

/// The ledger that was made long ago and is called [`LEDGER`].
pub(super) fn ledger() -> MemoryLedger {
    let ledger = MemoryLedger::init(&mut Threes, 1000, NOW.minus(Seconds::days(30)));
    assert_eq!(ledger.id(), LEDGER);
    ledger
}
