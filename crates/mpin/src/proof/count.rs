//! Counts pairing products in tests, so that they can show where none is computed.

use core::cell::Cell;

std::thread_local! {
    static PRODUCTS: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn one_more() {
    PRODUCTS.with(|products| products.set(products.get() + 1));
}

/// How many this thread has computed.
pub(crate) fn products() -> u64 {
    PRODUCTS.with(Cell::get)
}
