//! The ledger as its callers see it.

#![forbid(unsafe_code)]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests fail by panicking"
)]

extern crate alloc;

mod clock_table;
mod conformance;
mod faults;
mod faulty;
mod formats;
mod ledgers;
mod memory;
mod model;
mod planted;
mod planted_records;
mod properties;
mod spend;
