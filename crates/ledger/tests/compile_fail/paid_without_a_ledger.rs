//! Only spending makes a `Paid`.

use milagro_ledger::{Paid, Unspent};

fn by_hand(value: String) -> Paid<String> {
    Paid {
        value,
        charges: Vec::new(),
        grants: Vec::new(),
    }
}

fn by_conversion(unspent: Unspent<String>) -> Paid<String> {
    unspent.into()
}

fn main() {}
