//! What is spent is gone, and neither half can be copied.

use milagro_base::Seconds;
use milagro_ledger::memory::MemoryLedger;
use milagro_ledger::{Paid, Unspent};

fn spent_twice(unspent: Unspent<String>, ledger: &MemoryLedger, now: Seconds) {
    let _first = unspent.spend_local(ledger, now);
    let _second = unspent.spend_local(ledger, now);
}

fn cloned(unspent: &Unspent<String>, paid: &Paid<String>) -> (Unspent<String>, Paid<String>) {
    (unspent.clone(), paid.clone())
}

fn used_and_given_back(paid: Paid<String>, ledger: &MemoryLedger) -> String {
    paid.give_back_local(ledger);
    paid.into_value()
}

fn main() {}
