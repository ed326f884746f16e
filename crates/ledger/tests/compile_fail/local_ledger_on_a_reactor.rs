//! A ledger that writes to a disk in its caller's thread is no `Ledger` unless somebody says so.

use milagro_base::Seconds;
use milagro_ledger::Unspent;
use milagro_ledger::memory::MemoryLedger;

async fn spend(unspent: Unspent<String>, ledger: &MemoryLedger, now: Seconds) {
    let _result = unspent.spend(ledger, now).await;
}

fn main() {}
