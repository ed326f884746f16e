//! The value of an `Unspent` can be had by spending alone: there is no field, no method, no
//! dereference, no conversion.

use milagro_ledger::{Paid, Unspent};

fn by_field(unspent: Unspent<String>) -> String {
    unspent.value
}

fn by_method(unspent: Unspent<String>) -> String {
    unspent.into_value()
}

fn by_dereference(unspent: &Unspent<String>) -> &str {
    unspent
}

fn by_conversion(unspent: Unspent<String>) -> Paid<String> {
    unspent.into()
}

fn main() {}
