#![doc = include_str!("../README.md")]
#![deny(unsafe_code)]

mod field;
mod freed;
mod recorder;
mod secret;

pub use freed::{Freed, record};
pub use recorder::Recorder;
pub use secret::Secret;
