//! The ledger as its callers see it.

mod clock_table;
mod conformance;
mod memory;
mod model;
mod planted;
mod planted_records;
mod properties;
mod spend;
