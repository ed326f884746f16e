//! What the programs that measure stores have in common.

use core::error::Error;
use std::time::Instant;

use milagro_base::Seconds;
use milagro_ledger::{Charge, Kind, Ledger, Life, Verdict};

use crate::load::{named, one_of_three};

/// Accounts that were never charged.
#[derive(Clone, Copy, Debug)]
pub struct Names {
    /// Of which kind they are.
    pub kind: Kind,
    /// The last one that was charged.
    pub last: u64,
    /// When they are worthless.
    pub until: Seconds,
}

/// How many charges there are, and how many of them go into one call.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// So many in one call.
    pub batch: usize,
    /// So many in all.
    pub count: usize,
}

impl Names {
    /// Charges of the next accounts.
    pub fn charges(&mut self, count: usize) -> Vec<Charge> {
        let life = Life::Span {
            from: None,
            until: self.until,
        };
        let mut next = || {
            self.last += 1;
            one_of_three(named(self.kind, self.last, life))
        };
        (0..count).map(|_charge| next()).collect()
    }
}

impl Size {
    /// How many a second that is, since `start`.
    ///
    /// # Errors
    /// Where there are more than four thousand million.
    pub fn a_second(&self, start: Instant) -> Result<f64, Box<dyn Error>> {
        Ok(f64::from(u32::try_from(self.count)?) / start.elapsed().as_secs_f64())
    }
}

/// Charges accounts, one call after the other. How many a second were granted.
///
/// # Errors
/// When one is not.
pub async fn charge(
    ledger: &dyn Ledger,
    now: Seconds,
    names: &mut Names,
    size: Size,
) -> Result<f64, Box<dyn Error>> {
    let charges = names.charges(size.count);
    let start = Instant::now();
    for batch in charges.chunks(size.batch) {
        let verdicts = ledger.charge(now, batch).await;
        let is_granted = |verdict: &Verdict| matches!(verdict, Verdict::Granted(_));
        if !verdicts.iter().all(is_granted) {
            return Err("not granted".into());
        }
    }
    size.a_second(start)
}
