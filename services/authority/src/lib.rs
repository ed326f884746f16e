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
pub use service::parts::Parts;
pub use service::queue::Waiting;
pub use service::routes::router;
pub use service::{Configured, Fault, Service};

#[cfg(test)]
mod tests;
