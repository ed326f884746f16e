//! A ledger that grants everything and remembers nothing, so that a message can be checked again and again: what a ledger
//! costs is measured in `ledger`.

use milagro_ledger::{Account, Charge, Grant, LedgerId, LocalLedger, Unavailable, Usage, Verdict};
use milagro_mpin::server::{Arrival, Attempts};
use milagro_mpin::{ChannelBinding, Seconds};

/// When everything happens.
pub(crate) const NOW: Seconds = Seconds::new(1_800_000_000);

/// The ledger of this name.
pub(crate) struct Granting(pub(crate) LedgerId);

impl LocalLedger for Granting {
    fn id(&self) -> LedgerId {
        self.0
    }

    fn charge(&self, _: Seconds, charges: &[Charge]) -> Vec<Verdict> {
        let grant = |_| {
            Verdict::Granted(Grant {
                used: 1,
                previous: None,
                again: false,
            })
        };
        charges.iter().map(grant).collect()
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

/// A message that came where attempts are counted by identity.
pub(crate) fn arrival() -> Arrival<'static> {
    let attempts = Attempts::PerIdentityStrangersCanLockOut;
    Arrival::new(&ChannelBinding::None, attempts, NOW)
}
