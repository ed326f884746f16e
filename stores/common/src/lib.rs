#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod error;
pub mod files;
pub mod keys;
mod observe;
mod patience;
mod tally;
mod witness;

pub use error::{Divergence, OpenError, Unfit};
pub use observe::{Event, Observer, Outcome, Silent};
pub use patience::Patience;
pub use tally::{Tally, TallyError};
pub use witness::{Marks, Witness, WitnessError};
