//! The value of an `Unspent` can be had by spending alone: there is no field, no method, no dereference.

use milagro_ledger::Unspent;

fn by_field(unspent: Unspent<String>) -> String {
    unspent.value
}

fn by_method(unspent: Unspent<String>) -> String {
    unspent.into_value()
}

fn by_dereference(unspent: &Unspent<String>) -> &str {
    unspent
}

fn by_pattern(unspent: Unspent<String>) -> String {
    let Unspent { value, .. } = unspent;
    value
}

fn main() {}
