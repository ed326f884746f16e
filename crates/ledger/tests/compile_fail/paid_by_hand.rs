//! The parts of a `Paid` and of an `Unspent` are private.

use milagro_ledger::{LedgerId, Paid, Unspent};

fn by_hand(value: String) -> Paid<String> {
    Paid {
        value,
        charges: Vec::new(),
        grants: Vec::new(),
        ledger: LedgerId::from_bytes([0; 32]),
    }
}

fn by_pattern(unspent: Unspent<String>) -> String {
    let Unspent { value, .. } = unspent;
    value
}

fn main() {}
