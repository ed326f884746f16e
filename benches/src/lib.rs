//! What the benchmarks of the workspace share: the table of promised ratios and the figures that criterion leaves behind.
//!
//! The benchmarks themselves are in `benches/*.rs`, one file per layer, each with its peers in the same criterion
//! groups. `cargo run --release -p milagro-benches --bin ratios` runs them and compares the figures with `ratios.toml`.

#![forbid(unsafe_code)]

extern crate alloc;

mod figures;
mod options;
#[cfg(test)]
mod privacypass;
mod ratio;
mod table;

pub use figures::{Figures, criterion_home, record};
pub use options::{Options, OptionsError, USAGE};
pub use ratio::{Measured, Outcome, filter, middle, outcome};
pub use table::{Ratio, Table, TableError, Unit};
