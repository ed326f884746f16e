//! A ledger and records in memory: for one process, for tests, and for what may start empty.

mod ledger;
mod records;
mod shard;
mod sync;
mod table;

pub use ledger::{MemoryLedger, Snapshot};
pub use records::MemoryRecords;

#[cfg(test)]
mod tests;
