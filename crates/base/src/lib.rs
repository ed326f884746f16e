#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

mod encoding;
mod error;
mod opaque;
pub mod parallel;
mod seconds;

pub use encoding::{Reader, Writer};
pub use error::DecodeError;
pub use seconds::Seconds;

#[cfg(test)]
mod tests;
