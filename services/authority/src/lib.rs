#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

extern crate alloc;

pub mod board;
pub mod ceremony;
mod documents;
mod held;
pub mod issued;
mod kinds;
pub mod safe;
mod service;

pub use held::HeldShare;
pub use kinds::LIST as LISTS;
pub use service::routes::router;
pub use service::{Configured, Fault, Parts, Service};

#[cfg(test)]
mod tests;
