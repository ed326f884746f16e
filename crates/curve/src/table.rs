//! Tables for a base that repeats.

mod comb;
mod short;
mod windowed;

pub use comb::G1Comb;
pub use short::G1ShortTable;
pub use windowed::{G1Table, SecretG1Table};
